/*
 * Quantities of Kubernetes as numbers, and numbers for people.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ (v1.35)
 */
import type { Json } from './manifest';

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The number that a quantity stands for, such as 0.5 for `500m`; not a number where it is none. */
export function amountOf(quantity: Json | undefined): number {
  if (typeof quantity === 'number') return quantity;
  if (typeof quantity !== 'string') return Number.NaN;
  const [, digits, unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  return Number(digits) * (UNITS[unit] ?? Number.NaN);
}

/** At most two digits behind the point, and none that is not needed. */
export function numberText(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** GiB for people. */
export function gibText(bytes: number): string {
  return `${numberText(bytes / 2 ** 30)} GiB`;
}

/** Fewest and most of something. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export function rangeText(
  { min, max }: Range,
  text: (value: number) => string = numberText,
): string {
  return min === max ? text(max) : `${text(min)}–${text(max)}`;
}
