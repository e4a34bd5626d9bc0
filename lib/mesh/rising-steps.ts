import type { Checks } from '../core/checks';

/** Requires whole percents that rise, from 1 to `most`. */
export function requireRisingSteps(checks: Checks, steps: readonly number[], most: number): void {
  const rising = steps.every((percent, index) => percent > (steps[index - 1] ?? 0));
  const within = steps.every((percent) => Number.isInteger(percent) && percent <= most);
  checks.require(steps.length > 0 && rising && within, 'steps', () => ({
    got: `[${steps.join(', ')}]`,
    expected: `rising whole percents from 1 to ${most}`,
    fix: 'say how much of the calls what is new gets at each step',
  }));
}
