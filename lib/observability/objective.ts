/*
 * How well a server is to answer, and when it burns what it may fail too fast.
 * @see https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate alerts)
 */
import type { Duration } from 'cdk8s';
import type { Checks } from '../core/checks';
import type { Indicated, Indicator, IndicatorTarget } from './indicator';

/** What is promised over 30 days. */
export interface ServiceObjective {
  /** Percent of the requests that are answered, 90 to 99.999. */
  readonly availability: number;
  /**
   * Time within which 99 % of the requests are answered; a bound of the histogram that counts them.
   * @default - none: latency is shown, and nobody is told
   */
  readonly latencyP99?: Duration;
}

/** Share of the requests that may take longer than `latencyP99`. */
export const SLOW_SHARE = 0.01;

/** One way in which a budget burns too fast. */
export interface BurnRate {
  readonly severity: 'page' | 'ticket';
  /** Times as fast as the budget of 30 days allows. */
  readonly factor: number;
  /** The window that decides, and the short one by which the alert ends soon after the trouble. */
  readonly long: string;
  readonly short: string;
}

/** 2 % of the budget in an hour, 5 % in six hours, 10 % in three days. */
export const BURN_RATES: readonly BurnRate[] = [
  { severity: 'page', factor: 14.4, long: '1h', short: '5m' },
  { severity: 'page', factor: 6, long: '6h', short: '30m' },
  { severity: 'ticket', factor: 1, long: '3d', short: '6h' },
];

/** Windows over which ratios are recorded. */
export const WINDOWS = ['5m', '30m', '1h', '6h', '3d'] as const;

/** Share of the requests that may fail. */
export function errorBudget({ availability }: ServiceObjective): number {
  return Number(((100 - availability) / 100).toFixed(7));
}

/** Records an objective that cannot be kept an eye on. */
export function checkObjective(
  checks: Checks,
  objective: ServiceObjective,
  indicator: Indicator,
  { engine }: IndicatorTarget,
  { succeeded, failed, latency }: Indicated,
): void {
  const { availability, latencyP99 } = objective;
  checks.require(availability >= 90 && availability <= 99.999, 'objective.availability', () => ({
    got: `${availability} %`,
    expected: '90 to 99.999 %',
    fix: 'promise what clients need and you can keep',
  }));
  checks.require(succeeded !== undefined && failed !== undefined, 'indicator', () => ({
    got: `${indicator.toString()}, and ${engine} does not count what it fails`,
    expected: 'an indicator that does',
    fix: 'use Indicator.istio',
  }));
  if (latencyP99 === undefined) return;
  checks.require(latency !== undefined, 'objective.latencyP99', () => ({
    got: `${latencyP99.toMilliseconds()} ms, and ${engine} exports no histogram of latencies`,
    expected: 'an indicator that does',
    fix: 'use Indicator.istio, or drop latencyP99',
  }));
  if (latency === undefined) return;
  const bound = boundOf(latency.perSecond, latencyP99);
  checks.require(latency.bounds.includes(bound), 'objective.latencyP99', () => ({
    got: `${latencyP99.toMilliseconds()} ms`,
    expected: `a bound of the histogram: ${latency.bounds.map((one) => `${Number(((one / latency.perSecond) * 1000).toPrecision(6))}`).join(', ')} ms`,
    fix: 'choose one of those: what lies between two bounds is not counted',
  }));
}

/** A duration in the unit of a histogram. */
export function boundOf(perSecond: number, duration: Duration): number {
  return Number(((duration.toMilliseconds() * perSecond) / 1000).toPrecision(9));
}
