/*
 * Checkov over the resources of clouds that the stacks declare.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import { program } from '../../stacks/pulumi/program';
import { CONFIGURATIONS } from '../support/configurations';
import { record, startRecording } from '../support/recorder';
import { LAB_HOME, installed } from './support/lab-home';
import { terraformPlan } from './support/terraform-plan';

interface Exception {
  readonly rule: string;
  readonly reason: string;
}

const exceptions = parse(
  readFileSync(resolve(__dirname, 'cloud-scanner-exceptions.yaml'), 'utf8'),
) as readonly Exception[];

(installed('checkov') ? test : test.skip)(
  'checkov finds what is excepted, and nothing else',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-checkov-'));
    await startRecording();
    for (const [index, config] of Object.values(CONFIGURATIONS).entries()) {
      pulumi.runtime.setAllConfig({ ...config });
      const { resources } = await record(() => void program());
      mkdirSync(join(folder, String(index)));
      writeFileSync(
        join(folder, String(index), 'plan.json'),
        JSON.stringify(terraformPlan(resources)),
      );
    }
    const args = [
      '-d',
      folder,
      '--framework',
      'terraform_plan',
      '--compact',
      '--quiet',
      '-o',
      'json',
      '--skip-download',
    ];
    // What connects resources is lost with their references: those checks see every bucket without its policy.
    const run = spawnSync(
      join(LAB_HOME, 'venv-checkov', 'bin', 'checkov'),
      [...args, '--skip-check', 'CKV2_*'],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    rmSync(folder, { recursive: true });
    const { results, summary } = JSON.parse(run.stdout) as {
      results: { failed_checks: { check_id: string; check_name: string; resource: string }[] };
      summary: { passed: number; parsing_errors: number };
    };
    const found = new Set(results.failed_checks.map(({ check_id }) => check_id));
    const text = results.failed_checks.map(
      ({ check_id, check_name, resource }) => `${check_id} ${resource}: ${check_name}`,
    );

    expect(summary.parsing_errors).toBe(0);
    expect(summary.passed).toBeGreaterThan(300);
    expect({ found: [...found].sort(), text: [...new Set(text)] }).toEqual({
      found: exceptions.map(({ rule }) => rule).sort(),
      text: expect.anything() as unknown,
    });
    for (const { reason } of exceptions) expect(reason.length).toBeGreaterThan(20);
  },
);
