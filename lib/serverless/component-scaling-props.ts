import type { Duration } from 'cdk8s';
import type { ScalingPolicy } from '../scaling/scaling-policy';

/**
 * How Knative's autoscaler judges. The defaults are those of Knative.
 * @see https://knative.dev/docs/serving/autoscaling/ (1.23)
 */
export interface KnativeScaling {
  /**
   * Share of a target that replicas are kept at, percent, 1 to 100: the rest is room for what comes while more start.
   * @default 70
   */
  readonly targetUtilizationPercent?: number;
  /**
   * Time over which load is averaged, whole seconds, 6 s to 1 h. Without load for so long, the last replica goes.
   * @default Duration.seconds(60)
   */
  readonly window?: Duration;
  /**
   * Part of the window by which bursts are noticed, percent, 1 to 100.
   * @default 10
   */
  readonly panicWindowPercent?: number;
  /**
   * Load of that part against what the replicas are for at which it panics, percent, 110 to 1000: it adds at once, and
   * takes nothing away for a window.
   * @default 200
   */
  readonly panicThresholdPercent?: number;
  /**
   * Requests that may come at once without being held up by the activator, count; 0 takes it out of the way unless there
   * is no replica, -1 keeps it in the way.
   * @default 211
   */
  readonly targetBurstCapacity?: number;
  /**
   * Replicas of a new revision before it gets any request, count, 1 or more.
   * @default 1
   */
  readonly initialReplicas?: number;
  /**
   * Least replicas as soon as there is any, count, 1 or more.
   * @default 1
   */
  readonly activationReplicas?: number;
  /**
   * Least time for which the last replica stays after Knative decided to take it, 0 s to 1 h.
   * @default Duration.seconds(0)
   */
  readonly lastReplicaRetention?: Duration;
}

/** How replicas of a component follow load. */
export interface ComponentScaling {
  /**
   * Least replicas, count, 0 to 5000; 0 in mode `KNATIVE` only.
   * @default 1
   */
  readonly minReplicas?: number;
  /**
   * Most replicas, count, 1 to 5000.
   * @default - 10, or what the pools hold if that is less; as many as minReplicas where there is no policy in mode `STANDARD`
   */
  readonly maxReplicas?: number;
  /**
   * What replicas follow. `requestsInFlight`, `requestsPerSecond`, `cpuUtilization` and `memoryUtilization` in mode
   * `KNATIVE`; the latter two in mode `STANDARD`, where `Autoscaling` does the others.
   * @default - `requestsInFlight(100)` in mode `KNATIVE`, none in mode `STANDARD`
   */
  readonly policy?: ScalingPolicy;
  /**
   * Requests that a replica gets at a time at the most, count, 1 to 1000; the others wait in the proxy. Mode `KNATIVE`.
   * @default - no bound
   */
  readonly concurrencyLimit?: number;
  /**
   * How long the load must be low before replicas go, 0 s to 1 h. Mode `KNATIVE`.
   * @default Duration.seconds(30)
   */
  readonly scaleDownDelay?: Duration;
  /**
   * How Knative's autoscaler judges. Mode `KNATIVE`.
   * @default - as Knative does
   */
  readonly knative?: KnativeScaling;
}
