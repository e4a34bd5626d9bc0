import type { Checks } from '../../core/checks';
import { isCron } from '../cron';
import type { ScalingPolicyDefinition } from '../scaling-policy-definition';

/** A window of time that comes back. */
export interface ScheduleOptions {
  /** When it begins: minute, hour, day of the month, month, day of the week. */
  readonly start: string;
  /** When it ends, in the same notation. */
  readonly end: string;
  /** Time zone of both, such as `Europe/Berlin`. */
  readonly timezone: string;
  /** Replicas within the window, at the least; count, 1 to `maxReplicas`. */
  readonly replicas: number;
}

/** Replicas that are there before the load is. */
export function schedule(options: ScheduleOptions): ScalingPolicyDefinition {
  const { start, end, timezone, replicas } = options;
  return {
    // Several windows go together.
    name: `schedule "${start}"`,
    call: `schedule("${start}" to "${end}")`,
    // Its windows start replicas; between them there are as few as allowed.
    wakes: true,
    readsPods: false,
    trigger: () => ({
      type: 'cron',
      metadata: { timezone, start, end, desiredReplicas: String(replicas) },
    }),
    check: (checks, { minReplicas, maxReplicas }) => {
      checkTimes(checks, options);
      checks.require(
        Number.isInteger(replicas) && replicas > minReplicas && replicas <= maxReplicas,
        'policies',
        () => ({
          got: `${replicas} replicas from "${start}" to "${end}"`,
          expected: `a whole number above minReplicas (${minReplicas}) and at most maxReplicas (${maxReplicas})`,
          fix: 'change the replicas of the window, or the bounds',
        }),
      );
    },
  };
}

function checkTimes(checks: Checks, { start, end, timezone }: ScheduleOptions): void {
  for (const time of [start, end]) {
    checks.require(isCron(time), 'policies', () => ({
      got: `"${time}" in a schedule`,
      expected: 'minute, hour, day of the month, month and day of the week, such as 0 8 * * 1-5',
      fix: 'correct it',
    }));
  }
  checks.require(start !== end, 'policies', () => ({
    got: `a window from "${start}" to the same time`,
    expected: 'an end that differs from the start',
    fix: 'set another end',
  }));
  checks.require(
    /^(UTC|[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_+-]*[A-Za-z0-9]*)+)$/.test(timezone),
    'policies',
    () => ({
      got: `the time zone "${timezone}"`,
      expected: 'a name such as Europe/Berlin, or UTC',
      fix: 'name the area and the city, so that the clock change is known',
    }),
  );
}
