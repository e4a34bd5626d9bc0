/*
 * What Knative's autoscaler makes of a load: how many replicas, and how long nobody is there to answer.
 *
 *   npm run simulate -- --knative                          a made-up day, by several settings
 *   npm run simulate -- --knative --load FILE --target 10  your own: open requests, a number a line, a line a second
 *       [--min 0] [--max 10] [--start SECONDS] [--window SECONDS] [--delay SECONDS] [--limit REQUESTS]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Duration } from 'cdk8s';
import { ScalingPolicy, type ComponentScaling } from 'inference-constructs';
import { DeploymentMode } from '../../lib/serverless/deployment-mode';
import {
  secondsUntilZero,
  simulateKnative,
  simulatedService,
  type SimulatedScaling,
  type SimulatedService,
} from '../../lib/serverless/knative-simulation';
import { resolveScaling } from '../../lib/serverless/resolve-scaling';
import { seeded } from './random';

const DAY = 86_400;

/** Settings to compare: what a replica is kept at is 4 requests, and it takes 30 s to start, unless the name says other. */
const VARIANTS: Readonly<
  Record<string, { readonly scaling: ComponentScaling; readonly start: number }>
> = {
  'one replica at least': { scaling: {}, start: 30 },
  'to zero': { scaling: { minReplicas: 0 }, start: 30 },
  'to zero, 120 s to start': { scaling: { minReplicas: 0 }, start: 120 },
  'to zero, kept for 10 min': {
    scaling: { minReplicas: 0, knative: { lastReplicaRetention: Duration.minutes(10) } },
    start: 30,
  },
  'window of 5 min': { scaling: { knative: { window: Duration.minutes(5) } }, start: 30 },
};

/** Open requests by the second: quiet nights, busy days, bursts, and half an hour of nothing now and then. */
export function drawLoad(seed: number): number[] {
  const random = seeded(seed);
  let burst = 0;
  let pause = 0;
  return Array.from({ length: DAY }, (_, second) => {
    const hour = second / 3600;
    const base = hour < 7 || hour > 20 ? 0.2 : 12 * Math.sin(((hour - 7) / 13) * Math.PI);
    if (random() < 1 / 5400) burst = 90;
    if (random() < 1 / 10_800) pause = 1800;
    burst -= 1;
    pause -= 1;
    if (pause > 0) return 0;
    const mean = base * (burst > 0 ? 5 : 1);
    return Math.floor(mean + random());
  });
}

/** The settings of a variant. */
export function variant(scaling: ComponentScaling, startSeconds: number): SimulatedService {
  const policy = scaling.policy ?? ScalingPolicy.requestsInFlight(4);
  const resolved = resolveScaling(
    DeploymentMode.KNATIVE,
    { maxReplicas: 50, ...scaling, policy },
    Infinity,
  );
  return simulatedService(resolved, startSeconds);
}

/** The table of several settings, in Markdown. */
export function knativeTable(load: readonly number[]): string {
  const rows = Object.entries(VARIANTS).map(([name, { scaling, start }]) => {
    const service = variant(scaling, start);
    return row(name, service, simulateKnative(load, service));
  });
  return [HEAD, ...rows].join('\n');
}

const HEAD = [
  '| Knative | replicas, mean | most | starts that requests waited for | seconds without a replica | goes after |',
  '| --- | --- | --- | --- | --- | --- |',
].join('\n');

function row(
  name: string,
  service: SimulatedService,
  { ready, replicaSeconds, coldStarts, coldSeconds }: SimulatedScaling,
): string {
  const gone = secondsUntilZero(service);
  return `| ${[
    name,
    (replicaSeconds / ready.length).toFixed(2),
    ready.reduce((most, replicas) => Math.max(most, replicas), 0),
    coldStarts,
    coldSeconds,
    gone === Infinity ? 'never' : `${gone} s`,
  ].join(' | ')} |`;
}

/** Prints what was asked for on the command line. */
export function main(args: readonly string[]): void {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      load: string,
      target: string,
      min: string,
      max: string,
      start: string,
      window: string,
      delay: string,
      limit: string,
    },
  });
  if (values.load === undefined) {
    console.log(knativeTable(drawLoad(1)));
    return;
  }
  const load = readFileSync(values.load, 'utf8').trim().split('\n').map(Number);
  if (load.some(Number.isNaN)) throw new Error(`${values.load}: a number a line, please`);
  const { target, min, max, start, window, delay, limit } = values;
  const service = variant(
    {
      policy: ScalingPolicy.requestsInFlight(Number(target ?? 100)),
      ...(min !== undefined && { minReplicas: Number(min) }),
      ...(max !== undefined && { maxReplicas: Number(max) }),
      ...(limit !== undefined && { concurrencyLimit: Number(limit) }),
      ...(delay !== undefined && { scaleDownDelay: Duration.seconds(Number(delay)) }),
      ...(window !== undefined && { knative: { window: Duration.seconds(Number(window)) } }),
    },
    Number(start ?? 30),
  );
  console.log([HEAD, row(values.load, service, simulateKnative(load, service))].join('\n'));
}
