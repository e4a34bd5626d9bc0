/*
 * What the cloud side costs a person who waits: the program of `eks-spot-resnet` in a fresh process, and a preview
 * of it with Pulumi's own engine, where the lab is installed. Seconds on this machine, not ratios: run it twice.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { program } from '../../stacks/pulumi/program';
import { installed } from '../lab/support/lab-home';
import { startEngine } from '../lab/support/pulumi-engine';
import { SimulatedCloud } from '../lab/support/simulated-cloud';
import { CONFIGURATIONS } from '../support/configurations';

const ROOT = resolve(__dirname, '..', '..');
const OUT = join(ROOT, 'dist', 'bench');
const ROUNDS = 5;

interface Measured {
  readonly resources: number;
  readonly gcp: number;
  readonly maxRssMib: number;
}

function report(claim: string, value: number, target: number, unit: string, detail: string): void {
  const verdict = value <= target ? 'ok  ' : 'MISS';
  if (value > target) process.exitCode = 1;
  console.log(
    `  ${verdict}  ${claim.padEnd(38)} ${value.toFixed(2)}${unit} (target ${target}${unit}; ${detail})`,
  );
}

async function main(): Promise<void> {
  const times: number[] = [];
  let last: Measured = { resources: 0, gcp: 0, maxRssMib: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    const out = execFileSync(process.execPath, [join(OUT, 'test', 'bench', 'cloud-program.js')], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    times.push((performance.now() - started) / 1000);
    last = JSON.parse(out) as Measured;
  }
  const median = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN;
  report('program of eks-spot-resnet, cold', median, 3, ' s', `${last.resources} resources`);
  report('memory of that', last.maxRssMib, 400, ' MB', 'peak of the process');
  report('modules of the SDK that it does not use', last.gcp, 0, '', '@pulumi/gcp');

  const script = `require('./dist/lib/cloud.js'); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const loaded = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' }),
  ) as string[];
  const others = loaded.filter((file) =>
    /node_modules\/(cdk8s|constructs|@pulumi\/(aws|gcp))/.test(file),
  );
  report(
    'modules that the entry ./cloud loads early',
    others.length,
    0,
    '',
    'cdk8s, SDKs of clouds',
  );

  if (!installed('pulumi')) return;
  const cloud = new SimulatedCloud();
  const engine = await startEngine({ aws: cloud, gcp: cloud, kubernetes: cloud });
  const stack = await engine.stack('bench', () => Promise.resolve({ ...program() }));
  await stack.configure(CONFIGURATIONS['eks-spot-resnet'] ?? {});
  const started = performance.now();
  const { error, counts } = await stack.preview();
  if (error) throw error;
  const seconds = (performance.now() - started) / 1000;
  report('preview of it by the engine', seconds, 20, ' s', `${counts['create'] ?? 0} to create`);
  engine.stop();
}

void main().then(() => process.exit());
