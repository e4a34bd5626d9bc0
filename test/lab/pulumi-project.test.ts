/*
 * The files that a person starts from, as Pulumi's own command line reads them.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { program, type StackOutputs } from '../../stacks/pulumi/program';
import { stacks } from '../../stacks/stacks';
import { CONFIGURATIONS } from '../support/configurations';
import { record, startRecording } from '../support/recorder';
import { installed, program as tool } from './support/lab-home';
import { startEngine } from './support/pulumi-engine';
import { SimulatedCloud } from './support/simulated-cloud';

const ROOT = resolve(__dirname, '..', '..');

(installed('pulumi') ? test : test.skip)('the entry exports what people need', async () => {
  const cloud = new SimulatedCloud();
  const engine = await startEngine({ gcp: cloud, kubernetes: cloud });
  const stack = await engine.stack('entry', () =>
    Promise.resolve({ ...jest.requireActual<StackOutputs>('../../stacks/index') }),
  );
  await stack.configure({ ...CONFIGURATIONS['gke-gpu'] });

  const { error, outputs } = await stack.up();
  engine.stop();

  expect(error).toBeUndefined();
  expect(outputs).toMatchObject({
    bucket: 'gs://models',
    endpoint: 'https://10.0.0.2',
    kubeconfigCommand: 'gcloud container clusters get-credentials gke-gpu --region europe-west4',
    pools: ['control', 'xeon-spot', 'l4-spot', 'l4-fallback'],
  });
});

(installed('pulumi') ? test : test.skip).each(Object.keys(stacks))(
  'the example of %s is a configuration that its program takes',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-project-'));
    mkdirSync(join(folder, 'state'));
    copyFileSync(join(ROOT, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'));
    copyFileSync(join(ROOT, `Pulumi.${name}.example.yaml`), join(folder, 'Pulumi.dev.yaml'));
    const run = (...args: string[]): string => {
      const { stdout, stderr, status } = spawnSync(tool('pulumi'), args, {
        cwd: folder,
        encoding: 'utf8',
        env: {
          ...process.env,
          PULUMI_HOME: join(folder, 'home'),
          PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
          PULUMI_CONFIG_PASSPHRASE: 'lab',
          PULUMI_SKIP_UPDATE_CHECK: 'true',
        },
      });
      if (status !== 0) throw new Error(stderr);
      return stdout;
    };
    run('stack', 'init', 'dev', '--non-interactive');
    const values = JSON.parse(run('config', '--json')) as Record<string, { value: string }>;
    rmSync(folder, { recursive: true });

    await startRecording();
    pulumi.runtime.setAllConfig(
      Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value])),
    );
    const { resources } = await record(() => void program());

    expect(values['inference:stack']?.value).toBe(name);
    expect(resources.length).toBeGreaterThan(40);
  },
);
