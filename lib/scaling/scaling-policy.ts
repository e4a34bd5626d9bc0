/*
 * What replicas follow: the registry of policies. A new policy is one file in `policies/` and one method here.
 */
import { cpuUtilization } from './policies/cpu-utilization';
import { externalMetric, type ExternalMetricOptions } from './policies/external-metric';
import { gpuUtilization } from './policies/gpu-utilization';
import { memoryUtilization } from './policies/memory-utilization';
import { prometheusQuery, type PrometheusQueryOptions } from './policies/prometheus-query';
import { queueDepth } from './policies/queue-depth';
import { requestsInFlight } from './policies/requests-in-flight';
import { requestsPerSecond } from './policies/requests-per-second';
import { schedule, type ScheduleOptions } from './policies/schedule';
import { RequestObserver } from './request-observer';
import type { ScalingPolicyDefinition } from './scaling-policy-definition';

/** What an autoscaler goes by. Of several, the one that asks for the most replicas counts. */
export class ScalingPolicy {
  /**
   * CPU that replicas use on average, of what they request; sidecars do not count.
   * @param percent 10 to 200
   */
  public static cpuUtilization(percent: number): ScalingPolicy {
    return new ScalingPolicy(cpuUtilization(percent));
  }

  /**
   * Memory that replicas use on average, of what they request. Models stay in memory, so that this follows load
   * only where requests themselves are large.
   * @param percent 10 to 200, above what the models take
   */
  public static memoryUtilization(percent: number): ScalingPolicy {
    return new ScalingPolicy(memoryUtilization(percent));
  }

  /**
   * Requests that are open at a time, for each replica: follows load whatever a request costs, which CPU and GPU
   * utilisation do not.
   * @param target above 0, such as 0.7 of what a replica computes at a time
   * @param observer who counts them; by default the engine
   */
  public static requestsInFlight(
    target: number,
    observer: RequestObserver = RequestObserver.ENGINE,
  ): ScalingPolicy {
    return new ScalingPolicy(requestsInFlight(target, observer));
  }

  /**
   * Requests that are answered in a second, for each replica: simple, and right only where all requests cost the same.
   * @param target above 0
   */
  public static requestsPerSecond(target: number): ScalingPolicy {
    return new ScalingPolicy(requestsPerSecond(target));
  }

  /**
   * Requests that wait in the engine, for each replica.
   * @param target above 0
   */
  public static queueDepth(target: number): ScalingPolicy {
    return new ScalingPolicy(queueDepth(target));
  }

  /**
   * Share of the time in which the GPUs compute, by the DCGM exporter; a full GPU may still have no queue.
   * @param percent 10 to 95
   */
  public static gpuUtilization(percent: number): ScalingPolicy {
    return new ScalingPolicy(gpuUtilization(percent));
  }

  /** A query of your own. */
  public static prometheusQuery(options: PrometheusQueryOptions): ScalingPolicy {
    return new ScalingPolicy(prometheusQuery(options));
  }

  /** A metric that an adapter in the cluster serves; not together with policies that need KEDA, which is one. */
  public static externalMetric(options: ExternalMetricOptions): ScalingPolicy {
    return new ScalingPolicy(externalMetric(options));
  }

  /** Replicas by the clock, on top of what other policies ask for. */
  public static schedule(options: ScheduleOptions): ScalingPolicy {
    return new ScalingPolicy(schedule(options));
  }

  private constructor(
    /** @internal */
    public readonly definition: ScalingPolicyDefinition,
  ) {
    Object.freeze(this);
  }

  /** For people: `cpuUtilization(50)`. */
  public toString(): string {
    return this.definition.call;
  }
}
