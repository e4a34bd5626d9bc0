/*
 * How fast replicas come and go. Up: at once, as far as a rate allows. Down: only when the load has been low for
 * longer than a replica takes to load, and no more at a time than can load again or drain in the same time.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior (v1.35)
 */
import type { Duration } from 'cdk8s';
import type { HorizontalPodAutoscalerBehavior } from 'kubernetes-types/autoscaling/v2';
import type { Checks } from '../core/checks';
import type { ScalingFacts } from '../serving/endpoint';

const DEFAULTS = {
  scaleUpStabilizationSeconds: 0,
  scaleUpPercent: 100,
  scaleUpPods: 4,
  scaleUpPeriodSeconds: 15,
  scaleDownStabilizationSeconds: 300,
  scaleDownPercent: 20,
  scaleDownPeriodSeconds: 60,
} as const;

/** Bounds of the API. */
const BOUNDS = { stabilizationSeconds: 3600, periodSeconds: 1800 } as const;

/** How fast replicas come and go. */
export interface ScalingBehavior {
  /**
   * How long the load must be high before replicas are added, 0 s to 1 h.
   * @default Duration.seconds(0)
   */
  readonly scaleUpStabilization?: Duration;
  /**
   * Replicas added within a period, percent of those there are, 1 to 1000.
   * @default 100
   */
  readonly scaleUpPercent?: number;
  /**
   * Replicas added within a period, if that is more; count, 1 to 1000.
   * @default 4
   */
  readonly scaleUpPods?: number;
  /**
   * Period of adding, 1 s to 30 min.
   * @default Duration.seconds(15)
   */
  readonly scaleUpPeriod?: Duration;
  /**
   * How long the load must be low before replicas are removed, 0 s to 1 h.
   * @default - 5 min, or as long as a replica loads if that is longer
   */
  readonly scaleDownStabilization?: Duration;
  /**
   * Replicas removed within a period, percent of those there are, at least one; 1 to 100.
   * @default 20
   */
  readonly scaleDownPercent?: number;
  /**
   * Period of removing, 1 s to 30 min.
   * @default - as long as a replica drains and another loads, at least 1 min
   */
  readonly scaleDownPeriod?: Duration;
}

/** A behavior with nothing left open, in seconds, percent and counts. */
export interface ResolvedBehavior {
  readonly scaleUpStabilization: number;
  readonly scaleUpPercent: number;
  readonly scaleUpPods: number;
  readonly scaleUpPeriod: number;
  readonly scaleDownStabilization: number;
  readonly scaleDownPercent: number;
  readonly scaleDownPeriod: number;
}

/** @internal */
export function resolveBehavior(
  behavior: ScalingBehavior,
  warmupSeconds: number,
  { drainSeconds }: ScalingFacts,
): ResolvedBehavior {
  const cycle = Math.min(BOUNDS.periodSeconds, warmupSeconds + drainSeconds);
  const calm = Math.min(BOUNDS.stabilizationSeconds, warmupSeconds);
  return {
    scaleUpStabilization:
      behavior.scaleUpStabilization?.toSeconds() ?? DEFAULTS.scaleUpStabilizationSeconds,
    scaleUpPercent: behavior.scaleUpPercent ?? DEFAULTS.scaleUpPercent,
    scaleUpPods: behavior.scaleUpPods ?? DEFAULTS.scaleUpPods,
    scaleUpPeriod: behavior.scaleUpPeriod?.toSeconds() ?? DEFAULTS.scaleUpPeriodSeconds,
    scaleDownStabilization:
      behavior.scaleDownStabilization?.toSeconds() ??
      Math.max(DEFAULTS.scaleDownStabilizationSeconds, calm),
    scaleDownPercent: behavior.scaleDownPercent ?? DEFAULTS.scaleDownPercent,
    scaleDownPeriod:
      behavior.scaleDownPeriod?.toSeconds() ?? Math.max(DEFAULTS.scaleDownPeriodSeconds, cycle),
  };
}

/** @internal */
export function checkBehavior(checks: Checks, behavior: ResolvedBehavior): void {
  const count = (property: keyof ResolvedBehavior, least: number, most: number, unit = ''): void =>
    checks.requireCount(behavior[property], `behavior.${property}`, least, most, unit);
  count('scaleUpStabilization', 0, BOUNDS.stabilizationSeconds, ' s');
  count('scaleUpPercent', 1, 1000, ' %');
  count('scaleUpPods', 1, 1000);
  count('scaleUpPeriod', 1, BOUNDS.periodSeconds, ' s');
  count('scaleDownStabilization', 0, BOUNDS.stabilizationSeconds, ' s');
  count('scaleDownPercent', 1, 100, ' %');
  count('scaleDownPeriod', 1, BOUNDS.periodSeconds, ' s');
}

/** @internal */
export function behaviorSpec(behavior: ResolvedBehavior): HorizontalPodAutoscalerBehavior {
  return {
    scaleUp: {
      stabilizationWindowSeconds: behavior.scaleUpStabilization,
      selectPolicy: 'Max',
      policies: [
        {
          type: 'Percent',
          value: behavior.scaleUpPercent,
          periodSeconds: behavior.scaleUpPeriod,
        },
        { type: 'Pods', value: behavior.scaleUpPods, periodSeconds: behavior.scaleUpPeriod },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: behavior.scaleDownStabilization,
      // A share of few replicas rounds down to none: one is always let go.
      selectPolicy: 'Max',
      policies: [
        {
          type: 'Percent',
          value: behavior.scaleDownPercent,
          periodSeconds: behavior.scaleDownPeriod,
        },
        { type: 'Pods', value: 1, periodSeconds: behavior.scaleDownPeriod },
      ],
    },
  };
}
