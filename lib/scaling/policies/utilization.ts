import type { Checks } from '../../core/checks';

/**
 * Bounds of a share of what is requested, in percent. Below the lower one a replica that only answers probes and
 * scrapes would count as loaded; above 100 is for servers whose limits are above their requests.
 */
const BOUNDS = { least: 10, most: 200 } as const;

/** Requires a share that a busy replica exceeds and an idle one does not. */
export function requireUtilization(checks: Checks, call: string, percent: number): void {
  const { least, most } = BOUNDS;
  checks.require(
    Number.isInteger(percent) && percent >= least && percent <= most,
    'policies',
    () => ({
      got: call,
      expected: `a whole number from ${least} to ${most} percent of what a replica requests`,
      fix: 'set a share that a busy replica exceeds and an idle one does not',
    }),
  );
}
