/*
 * A made-up market of spot capacity with the shape of published ones.
 *
 * - A combination of type and zone either has capacity or has none, for times that are distributed exponentially; when
 *   it runs out, its nodes get their notice. Zones fail as a whole, too: interruptions come together in a zone, and
 *   hardly across zones (SkyServe, arXiv 2411.01438, section 3).
 * - How often: `XEON` has the interruption frequency of the highest band that the Spot Instance Advisor of AWS shows
 *   (over 20 % a month); `GPU` changes several times a day, as the traces of SkyServe do.
 * - Prices are a share of the on-demand price and move slowly, as they have since 2017.
 */
import { normal, seeded, type Random } from './random';

/** Minutes of a step. */
export const STEP_MINUTES = 1;

/** What a market is like. */
export interface Market {
  readonly name: string;
  readonly types: number;
  readonly zones: number;
  /** Mean hours for which a combination has capacity. */
  readonly hoursWith: number;
  /** Mean hours for which it has none. */
  readonly hoursWithout: number;
  /** Mean hours between failures of a whole zone, and of their length. */
  readonly zoneHours: { readonly between: number; readonly long: number };
  /** Most nodes of a combination. */
  readonly nodes: number;
  /** Mean price as a share of the on-demand price. */
  readonly price: number;
}

export const XEON: Market = {
  name: 'Xeon: 6 types in 3 zones',
  types: 6,
  zones: 3,
  hoursWith: 24 * 120,
  hoursWithout: 6,
  zoneHours: { between: 24 * 30, long: 2 },
  nodes: 40,
  price: 0.38,
};

export const GPU: Market = {
  name: 'GPU: 2 types in 3 zones',
  types: 2,
  zones: 3,
  hoursWith: 14,
  hoursWithout: 5,
  zoneHours: { between: 24 * 10, long: 4 },
  nodes: 40,
  price: 0.4,
};

/** As scarce as the GPU of one type that a model may need. */
export const SCARCE: Market = {
  ...GPU,
  name: 'GPU: 1 type in 3 zones',
  types: 1,
  hoursWith: 10,
  hoursWithout: 7,
};

/** One combination of type and zone over time. */
export interface SpotPool {
  readonly zone: number;
  /** Whether it has capacity, at each step. */
  readonly available: Uint8Array;
  /** Share of the on-demand price, at each step. */
  readonly price: Float64Array;
  readonly nodes: number;
}

/** Draws a market. */
export function drawTrace(market: Market, steps: number, seed: number): readonly SpotPool[] {
  const random = seeded(seed);
  const failing = Array.from({ length: market.zones }, () =>
    alternate(steps, market.zoneHours.between, market.zoneHours.long, random),
  );
  return Array.from({ length: market.types * market.zones }, (_, index) => {
    const zone = index % market.zones;
    const own = alternate(steps, market.hoursWith, market.hoursWithout, random);
    const zoneUp = failing[zone];
    return {
      zone,
      available: own.map((up, step) => (up === 1 && zoneUp?.[step] === 1 ? 1 : 0)),
      price: drift(steps, market.price, random),
      nodes: market.nodes,
    };
  });
}

/** 1 and 0 in turns, for times of these means. */
function alternate(steps: number, hoursUp: number, hoursDown: number, random: Random): Uint8Array {
  const states = new Uint8Array(steps);
  let up = true;
  for (let step = 0; step < steps; step += 1) {
    states[step] = up ? 1 : 0;
    const mean = ((up ? hoursUp : hoursDown) * 60) / STEP_MINUTES;
    if (random() < 1 / mean) up = !up;
  }
  return states;
}

/** A price that wanders around its mean. */
function drift(steps: number, mean: number, random: Random): Float64Array {
  const prices = new Float64Array(steps);
  let price = mean;
  for (let step = 0; step < steps; step += 1) {
    price += 0.0005 * (mean - price) + 0.0008 * normal(random);
    price = Math.min(1, Math.max(0.15, price));
    prices[step] = price;
  }
  return prices;
}

/** Nodes that are needed, at each step: days and nights, workdays and weekends, and noise. */
export function drawDemand(steps: number, least: number, most: number, seed: number): Float64Array {
  const random = seeded(seed);
  let noise = 0;
  return Float64Array.from({ length: steps }, (_, step) => {
    const hour = ((step * STEP_MINUTES) / 60) % 24;
    const day = Math.floor((step * STEP_MINUTES) / 1440) % 7;
    const weekday = day < 5 ? 1 : 0.6;
    const daylight = (1 - Math.cos((2 * Math.PI * (hour - 4)) / 24)) / 2;
    noise = 0.98 * noise + 0.006 * normal(random);
    return Math.max(least, least + (most - least) * weekday * Math.max(0, daylight + noise));
  });
}
