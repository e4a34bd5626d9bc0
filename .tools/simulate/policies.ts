/*
 * How nodes are bought: what the library's pools and its autoscaler do, and what one would do without them. Times are
 * those of the manifests: two minutes of notice, five minutes until the next pool is tried.
 */
import { STEP_MINUTES, type SpotPool } from './trace';

/** Minutes from the order of a node until the model on it answers. */
const START_MINUTES = 3;

/** Minutes of the notice. */
const NOTICE_MINUTES = 2;

/** Minutes without spot capacity after which the next pool is tried: `--max-node-provision-time`. */
const FALLBACK_MINUTES = 5;

/** Nodes beyond what is needed, as a target utilisation leaves them. */
const HEADROOM = 0.1;

/** A way to buy nodes. */
export interface Policy {
  readonly name: string;
  /** Nodes on demand that are always there, as a share of the least demand. */
  readonly onDemandFloor: number;
  readonly spot: boolean;
  /** Whether nodes on demand take over when spot capacity does not come. */
  readonly fallback: boolean;
}

export const POLICIES: readonly Policy[] = [
  { name: 'all on demand', onDemandFloor: Infinity, spot: false, fallback: false },
  { name: 'spot only', onDemandFloor: 0, spot: true, fallback: false },
  { name: 'spot and an on-demand floor', onDemandFloor: 1, spot: true, fallback: false },
  { name: 'spot and on-demand fallback', onDemandFloor: 0, spot: true, fallback: true },
  { name: 'spot, floor and fallback', onDemandFloor: 1, spot: true, fallback: true },
];

/** What became of it. */
export interface Outcome {
  readonly policy: Policy;
  /** Sum of what all nodes cost, in on-demand prices of a node and a minute. */
  readonly cost: number;
  /** Share of the demanded capacity that was there. */
  readonly availability: number;
  /** Share of the demand that was missing, at the 99th percentile of the minutes. */
  readonly missing99: number;
  /** Interruptions of a spot node in a month. */
  readonly interruptionsPerMonth: number;
  /** Nodes that served, at each step. */
  readonly serving: Float64Array;
}

/** Nodes that were ordered together; they serve once they have started. */
interface Batch {
  count: number;
  readonly readyAt: number;
}

class Fleet {
  private batches: Batch[] = [];

  public get size(): number {
    return this.batches.reduce((sum, { count }) => sum + count, 0);
  }

  public ready(step: number): number {
    return this.batches.reduce((sum, { count, readyAt }) => sum + (readyAt <= step ? count : 0), 0);
  }

  public add(count: number, step: number): void {
    if (count > 0) this.batches.push({ count, readyAt: step + START_MINUTES / STEP_MINUTES });
  }

  /** Takes the youngest first: they may not even serve yet. */
  public remove(count: number): void {
    let rest = count;
    while (rest > 0) {
      const last = this.batches[this.batches.length - 1];
      if (last === undefined) return;
      const taken = Math.min(rest, last.count);
      last.count -= taken;
      rest -= taken;
      if (last.count === 0) this.batches.pop();
    }
  }

  public clear(): number {
    const { size } = this;
    this.batches = [];
    return size;
  }
}

/** Runs a policy against a market. */
export function simulate(
  policy: Policy,
  pools: readonly SpotPool[],
  demand: Float64Array,
): Outcome {
  const least = Math.ceil(demand.reduce((a, b) => Math.min(a, b), Infinity));
  const onDemand = new Fleet();
  const spot = pools.map(() => new Fleet());
  /** Nodes with a notice: still serving, and gone at `until`. */
  let leaving: { readonly count: number; readonly until: number }[] = [];
  let shortSince: number | undefined;
  const totals = { cost: 0, demanded: 0, served: 0, interruptions: 0, spotMinutes: 0 };
  const missing: number[] = [];
  const serving = new Float64Array(demand.length);

  demand.forEach((needed, step) => {
    leaving = leaving.filter(({ until }) => until > step);
    pools.forEach((pool, index) => {
      if (pool.available[step] === 1) return;
      const count = spot[index]?.clear() ?? 0;
      if (count === 0) return;
      totals.interruptions += count;
      leaving.push({ count, until: step + NOTICE_MINUTES / STEP_MINUTES });
    });

    const target = Math.ceil(needed * (1 + HEADROOM));
    const floor = Math.min(target, policy.onDemandFloor * least);
    const wantedSpot = policy.spot ? target - floor : 0;
    const haveSpot = buySpot(spot, pools, wantedSpot, step);
    const short = policy.spot && haveSpot < wantedSpot;
    shortSince = short ? (shortSince ?? step) : undefined;
    const waited =
      shortSince !== undefined && (step - shortSince) * STEP_MINUTES >= FALLBACK_MINUTES;
    // Nodes that took over go once spot nodes serve in their place.
    const readySpot = spot.reduce((sum, fleet) => sum + fleet.ready(step), 0);
    const standIns = policy.fallback
      ? Math.max(0, Math.min(onDemand.size - floor, wantedSpot - readySpot))
      : 0;
    const takeOver = policy.fallback && waited ? wantedSpot - haveSpot : 0;
    const wantedOnDemand = floor + Math.max(standIns, takeOver);
    if (onDemand.size < wantedOnDemand) onDemand.add(wantedOnDemand - onDemand.size, step);
    else onDemand.remove(onDemand.size - wantedOnDemand);

    const going = leaving.reduce((sum, { count }) => sum + count, 0);
    const ready = onDemand.ready(step) + readySpot + going;
    serving[step] = ready;
    totals.demanded += needed;
    totals.served += Math.min(needed, ready);
    missing.push(Math.max(0, needed - ready) / needed);
    totals.cost += onDemand.size;
    pools.forEach((pool, index) => {
      const count = spot[index]?.size ?? 0;
      totals.cost += count * (pool.price[step] ?? 1);
      totals.spotMinutes += count * STEP_MINUTES;
    });
  });

  missing.sort((a, b) => a - b);
  return {
    policy,
    cost: totals.cost * STEP_MINUTES,
    availability: totals.served / totals.demanded,
    missing99: missing[Math.floor(missing.length * 0.99)] ?? 0,
    interruptionsPerMonth:
      totals.spotMinutes === 0 ? 0 : totals.interruptions / (totals.spotMinutes / 43_200),
    serving,
  };
}

/** Brings the spot fleets to so many nodes, spread over what has capacity, and says how many there are. */
function buySpot(
  fleets: readonly Fleet[],
  pools: readonly SpotPool[],
  wanted: number,
  step: number,
): number {
  let have = fleets.reduce((sum, fleet) => sum + fleet.size, 0);
  while (have > wanted) {
    const largest = fleets.reduce((best, fleet) => (fleet.size > best.size ? fleet : best));
    largest.remove(1);
    have -= 1;
  }
  while (have < wanted) {
    const open = fleets.filter(
      (fleet, index) =>
        pools[index]?.available[step] === 1 && fleet.size < (pools[index]?.nodes ?? 0),
    );
    const [first] = open;
    if (first === undefined) return have;
    // The emptiest first: an interruption takes as few nodes as possible.
    open.reduce((best, fleet) => (fleet.size < best.size ? fleet : best), first).add(1, step);
    have += 1;
  }
  return have;
}
