/*
 * What the library costs beside raw cdk8s, as ratios of medians taken in one run, interleaved, in fresh
 * processes: `npm run bench`. Times of one machine mean little on another; their ratios travel.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'cdk8s';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';

const ROOT = resolve(__dirname, '..', '..');
const OUT = join(ROOT, 'dist', 'bench');
const ROUNDS = 11;

interface Measured {
  readonly millis: number;
  readonly synthMillis?: number;
  readonly objects?: number;
  readonly maxRssMib: number;
  readonly wallMillis: number;
}

interface Row {
  readonly claim: string;
  readonly target: number;
  readonly value: number;
  readonly unit: string;
  readonly detail: string;
}

const work = mkdtempSync(join(tmpdir(), 'bench-'));

function compile(): void {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  execFileSync(tsc, ['-p', 'lib'], { cwd: ROOT, stdio: 'inherit' });
  execFileSync(tsc, ['-p', '.', '--outDir', OUT, '--declaration', 'false'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}

/** The first stack's objects, chart by chart, and those of its one server, for the raw programs. */
function writeObjects(): { readonly stack: string; readonly server: string } {
  const app = new App();
  stacks['eks-spot-resnet']?.(
    app,
    readSettings(() => undefined),
  );
  const charts = app.charts.map((chart) => chart.toJson() as object[]);
  const stack = join(work, 'stack.json');
  const server = join(work, 'server.json');
  writeFileSync(stack, JSON.stringify(charts));
  writeFileSync(server, JSON.stringify(charts.slice(1)));
  return { stack, server };
}

function measure(...args: string[]): Measured {
  const started = performance.now();
  const program = join(OUT, 'test', 'bench', 'program.js');
  const out = execFileSync(process.execPath, [program, ...args], { cwd: ROOT, encoding: 'utf8' });
  return {
    ...(JSON.parse(out) as Omit<Measured, 'wallMillis'>),
    wallMillis: performance.now() - started,
  };
}

/** Medians of two programs, run in turns. */
function compare(
  one: readonly string[],
  two: readonly string[],
  of: (measured: Measured) => number,
  rounds = ROUNDS,
): [number, number] {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    times[0].push(of(measure(...one)));
    times[1].push(of(measure(...two)));
  }
  return [median(times[0]), median(times[1])];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function ratio(claim: string, target: number, [ours, raw]: readonly [number, number]): Row {
  return {
    claim,
    target,
    value: ours / raw,
    unit: 'x',
    detail: `${ours.toFixed(0)} ms against ${raw.toFixed(0)} ms`,
  };
}

function main(): void {
  compile();
  const { stack, server } = writeObjects();
  const wall = ({ wallMillis }: Measured): number => wallMillis;
  const synth = ({ synthMillis = NaN }: Measured): number => synthMillis;
  const many = measure('many-ours', '572');
  const [small, large] = compare(
    ['many-ours', '58'],
    ['many-ours', '572'],
    ({ synthMillis = NaN, objects = NaN }) => synthMillis / objects,
    7,
  );
  const rows: Row[] = [
    ratio(
      'cold synth of eks-spot-resnet',
      1.5,
      compare(['stack-ours'], ['stack-raw', '0', stack], wall),
    ),
    ratio(
      `synth of ${many.objects ?? 0} objects, 572 servers`,
      1.5,
      compare(['many-ours', '572'], ['many-raw', '572', server], synth, 7),
    ),
    {
      claim: 'memory of that',
      target: 250,
      value: many.maxRssMib,
      unit: ' MB',
      detail: 'peak of the process',
    },
    {
      claim: 'cost of an object, from 400 to 4,000',
      target: 1.2,
      value: large / small,
      unit: 'x',
      detail: `${(small * 1000).toFixed(0)} µs, then ${(large * 1000).toFixed(0)} µs`,
    },
    ratio('loading the entry', 1.5, compare(['load-ours'], ['load-raw'], wall)),
  ];
  for (const { claim, target, value, unit, detail } of rows) {
    const verdict = value <= target ? 'ok  ' : 'MISS';
    console.log(
      `  ${verdict}  ${claim.padEnd(38)} ${value.toFixed(2)}${unit} (target ${target}${unit}; ${detail})`,
    );
  }
  process.exitCode = rows.every(({ value, target }) => value <= target) ? 0 : 1;
}

try {
  main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
