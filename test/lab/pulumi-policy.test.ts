/*
 * The policy pack in Pulumi's own engine.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import * as s3 from '@pulumi/aws/s3';
import { program } from '../../stacks/pulumi/program';
import { CONFIGURATIONS } from '../support/configurations';
import { installed } from './support/lab-home';
import { startEngine, type Engine } from './support/pulumi-engine';
import { SimulatedCloud } from './support/simulated-cloud';

const ROOT = resolve(__dirname, '..', '..');

const describeWithEngine = installed('pulumi') ? describe : describe.skip;

describeWithEngine('the policy pack', () => {
  const cloud = new SimulatedCloud();
  const path = process.env['PATH'] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'lab-policy-'));
  let engine: Engine;

  beforeAll(async () => {
    execFileSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', 'lib'], { cwd: ROOT });
    // What the installation of Pulumi brings along to start packs that are written for Node.
    const analyzer = join(folder, 'pulumi-analyzer-policy');
    const runner = join(ROOT, 'node_modules', '@pulumi', 'pulumi', 'cmd', 'run-policy-pack');
    writeFileSync(analyzer, `#!/bin/sh\nexec "${process.execPath}" "${runner}" "$@"\n`);
    chmodSync(analyzer, 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path}`;
    engine = await startEngine({ aws: cloud, gcp: cloud, kubernetes: cloud });
  });

  afterAll(() => {
    process.env['PATH'] = path;
    engine.stop();
    rmSync(folder, { recursive: true });
  });

  test('lets the stacks pass', async () => {
    const stack = await engine.stack('passes', () => Promise.resolve({ ...program() }));
    await stack.configure(CONFIGURATIONS['eks-spot-resnet'] ?? {});

    const { error, messages } = await stack.preview([join(ROOT, 'policy')]);

    expect(error).toBeUndefined();
    expect(messages.filter((one) => /^ckv/.test(one) && !one.includes('during preview'))).toEqual(
      [],
    );
  });

  test('stops a program that breaks a rule, and says which', async () => {
    const stack = await engine.stack('breaks', () => {
      new s3.BucketVersioning('open', {
        bucket: 'x',
        versioningConfiguration: { status: 'Suspended' },
      });
      return Promise.resolve({});
    });

    const { error, messages } = await stack.preview([join(ROOT, 'policy')]);

    expect(error).toBeDefined();
    expect(messages.join('\n')).toContain('ckv-aws-21: buckets keep versions');
  });
});
