/*
 * What spot nodes cost and how often they are missing, by the way they are bought: a simulation on a made-up market,
 * the same numbers every time. docs/autoscaling.md says what it is worth.
 *
 *   npm run simulate                    the table
 *   npm run simulate -- --plot FOLDER   and pictures of five days of each market
 *   npm run simulate -- --knative       replicas of Knative's autoscaler instead: see knative.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draw } from '../plot';
import { main as knative } from './knative';
import { POLICIES, simulate, type Outcome } from './policies';
import { GPU, SCARCE, STEP_MINUTES, XEON, drawDemand, drawTrace, type Market } from './trace';

const DAYS = 90;
const STEPS = (DAYS * 1440) / STEP_MINUTES;
const SEED = 1;

/** Nodes that are needed at night, and at noon of a workday. */
const DEMAND = { least: 8, most: 40 } as const;

/** The market, and what each policy makes of it. */
export function run(market: Market): {
  readonly outcomes: readonly Outcome[];
  readonly demand: Float64Array;
} {
  const pools = drawTrace(market, STEPS, SEED);
  const demand = drawDemand(STEPS, DEMAND.least, DEMAND.most, SEED + 1);
  return { outcomes: POLICIES.map((policy) => simulate(policy, pools, demand)), demand };
}

/** The table of one market, in Markdown. */
export function table(market: Market, outcomes: readonly Outcome[]): string {
  const [onDemand] = outcomes;
  const percent = (share: number, digits: number): string => `${(share * 100).toFixed(digits)} %`;
  const rows = outcomes.map(({ policy, cost, availability, missing99, interruptionsPerMonth }) =>
    [
      policy.name,
      percent(cost / (onDemand?.cost ?? cost), 0),
      percent(availability, 3),
      percent(missing99, 1),
      policy.spot ? interruptionsPerMonth.toFixed(1) : '',
    ].join(' | '),
  );
  return [
    `| ${market.name} | cost | capacity available | missing, p99 | interruptions of a node a month |`,
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--knative') {
    knative(args.slice(1));
    return;
  }
  const folder = args[0] === '--plot' ? args[1] : undefined;
  for (const [name, market] of Object.entries({ xeon: XEON, gpu: GPU, 'gpu-scarce': SCARCE })) {
    const { outcomes, demand } = run(market);
    console.log(`${table(market, outcomes)}\n`);
    if (folder === undefined) continue;
    writeFileSync(join(folder, `spot-${name}.svg`), `${await picture(market, outcomes, demand)}\n`);
  }
}

/** Five days, a point every quarter of an hour: the least of it. */
function picture(
  market: Market,
  outcomes: readonly Outcome[],
  demand: Float64Array,
): Promise<string> {
  const from = (10 * 1440) / STEP_MINUTES;
  const points = (values: Float64Array): [number, number][] =>
    Array.from({ length: 5 * 96 }, (_, index) => {
      const start = from + index * 15;
      return [(index * 15) / 1440, Math.min(...values.slice(start, start + 15))];
    });
  const chosen = outcomes.filter(({ policy }) => policy.spot && policy.onDemandFloor === 0);
  return draw({
    title: `${market.name}: nodes that serve`,
    x: 'days',
    y: 'nodes',
    series: {
      demanded: points(demand),
      ...Object.fromEntries(chosen.map(({ policy, serving }) => [policy.name, points(serving)])),
    },
  });
}

if (require.main === module) void main(process.argv.slice(2));
