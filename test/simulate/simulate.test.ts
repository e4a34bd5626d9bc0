/*
 * The simulation of `npm run simulate`: its parts against what can be worked out by hand, and its result.
 */
import { run, table } from '../../.tools/simulate/main';
import { POLICIES, simulate, type Policy } from '../../.tools/simulate/policies';
import { seeded } from '../../.tools/simulate/random';
import { GPU, XEON, drawTrace, type SpotPool } from '../../.tools/simulate/trace';

const STEPS = 600;

/** Combinations that have capacity but for the steps given, at 0.4 of the price. */
function market(count: number, without: (step: number, pool: number) => boolean): SpotPool[] {
  return Array.from({ length: count }, (_, pool) => ({
    zone: pool,
    available: Uint8Array.from({ length: STEPS }, (__, step) => (without(step, pool) ? 0 : 1)),
    price: new Float64Array(STEPS).fill(0.4),
    nodes: 100,
  }));
}

const demand = new Float64Array(STEPS).fill(10);

const policy = (name: string): Policy => POLICIES.find((one) => one.name === name) as Policy;

test('the same seed gives the same numbers, spread evenly', () => {
  const draw = (seed: number): number[] => {
    const random = seeded(seed);
    return Array.from({ length: 10_000 }, random);
  };
  const mean = draw(1).reduce((a, b) => a + b) / 10_000;

  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(mean).toBeCloseTo(0.5, 1);
});

test('on demand costs what it costs, and misses only the first start', () => {
  const { cost, availability } = simulate(
    policy('all on demand'),
    market(1, () => false),
    demand,
  );

  // Ten and a tenth more.
  expect(cost).toBe(11 * STEPS);
  expect(availability).toBeCloseTo(1 - 3 / STEPS, 10);
});

test('spot costs its price', () => {
  const { cost } = simulate(
    policy('spot only'),
    market(3, () => false),
    demand,
  );

  expect(cost).toBeCloseTo(0.4 * 11 * STEPS, 6);
});

test('a notice of two minutes leaves a minute until new nodes have started', () => {
  // One of two combinations is gone from step 100 on: five of eleven nodes, of which four are missed.
  const pools = market(2, (step, pool) => step >= 100 && pool === 1);
  const { serving, interruptionsPerMonth } = simulate(policy('spot only'), pools, demand);

  expect([...serving.slice(98, 106)]).toEqual([11, 11, 11, 11, 6, 11, 11, 11]);
  expect(interruptionsPerMonth).toBeGreaterThan(0);
});

test('without a fallback nothing serves while no spot capacity is there', () => {
  const pools = market(2, (step) => step >= 100 && step < 200);
  const { serving } = simulate(policy('spot only'), pools, demand);

  expect([...serving.slice(102, 200)]).toEqual(new Array(98).fill(0));
});

test('the fallback comes five minutes later and starts, and goes when spot serves again', () => {
  const pools = market(2, (step) => step >= 100 && step < 200);
  const { serving, cost } = simulate(policy('spot and on-demand fallback'), pools, demand);

  expect([...serving.slice(101, 110)]).toEqual([11, 0, 0, 0, 0, 0, 0, 11, 11]);
  expect(serving[202]).toBe(11);
  expect(serving[203]).toBe(11);
  // On demand from step 105 until spot serves at 203.
  expect(cost).toBeCloseTo(0.4 * 11 * (STEPS - 100) + 11 * (203 - 105), 6);
});

test('a market has capacity for about as long as it is told to', () => {
  const steps = 90 * 1440;
  const pools = drawTrace(GPU, steps, 1);
  const share = pools.reduce((sum, { available }) => sum + available.reduce((a, b) => a + b, 0), 0);
  const zone = GPU.zoneHours.between / (GPU.zoneHours.between + GPU.zoneHours.long);

  expect(share / steps / pools.length).toBeCloseTo(
    (GPU.hoursWith / (GPU.hoursWith + GPU.hoursWithout)) * zone,
    1,
  );
});

test('spot with a fallback costs at most half, and 99.9 % of the capacity is there', () => {
  for (const one of [XEON, GPU]) {
    const { outcomes } = run(one);
    const [onDemand] = outcomes;
    const fallback = outcomes.find(
      ({ policy: { name } }) => name === 'spot and on-demand fallback',
    );

    expect((fallback?.cost ?? 0) / (onDemand?.cost ?? 1)).toBeLessThanOrEqual(0.5);
    expect(fallback?.availability).toBeGreaterThanOrEqual(0.999);
    expect(table(one, outcomes)).toMatchSnapshot();
  }
});
