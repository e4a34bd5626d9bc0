/*
 * The contract of a scaling policy: what an autoscaler goes by, and who reads it. The registry is in
 * `scaling-policy.ts`; the variants are in `policies/`.
 */
import type { MetricSpec } from 'kubernetes-types/autoscaling/v2';
import type { Checks } from '../core/checks';
import type { Amounts } from '../core/quantities';
import type { ScalingFacts } from '../serving/endpoint';

/** The server whose replicas a policy sets. */
export interface PolicyTarget {
  readonly namespace: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly facts: ScalingFacts;
  readonly podRequests: Amounts;
  /** Matchers of PromQL that select its pods: `namespace="serving",pod=~"resnet-..."`. */
  readonly pods: string;
}

/** What KEDA reads. A `prometheus` trigger is told later which server to ask. */
export interface Trigger {
  readonly type: 'cpu' | 'memory' | 'prometheus' | 'cron';
  /** @default - KEDA's own for the type */
  readonly metricType?: 'AverageValue' | 'Value' | 'Utilization';
  readonly metadata: Readonly<Record<string, string>>;
}

/** One policy, with its numbers: data and pure functions. */
export interface ScalingPolicyDefinition {
  /** Unique among the policies of an autoscaler: two of one name would be the same metric twice. */
  readonly name: string;
  /** As it is written: `cpuUtilization(50)`. */
  readonly call: string;
  /** Whether it tells of load while no replica runs. */
  readonly wakes: boolean;
  /** Whether Prometheus must read the metrics of the server's own pods for it. */
  readonly readsPods: boolean;
  /**
   * How the HorizontalPodAutoscaler of Kubernetes reads it.
   * @default - it cannot
   */
  readonly metric?: (target: PolicyTarget) => MetricSpec;
  /**
   * How KEDA reads it.
   * @default - it cannot
   */
  readonly trigger?: (target: PolicyTarget) => Trigger;
  /**
   * What it keeps on each replica, in the terms of KServe and Knative.
   * @default - nothing that these know
   */
  readonly share?: {
    readonly of: 'concurrency' | 'rps' | 'cpu' | 'memory';
    readonly target: number;
  };
  /** Records what is wrong with its numbers, and with such a policy for this server. */
  readonly check: (checks: Checks, target: PolicyTarget) => void;
}

/**
 * A query whose result is divided among the replicas: each gets as much as `target` says. No result is an error, upon
 * which KEDA takes nothing away, not a load of zero.
 */
export function perReplica(query: string, target: number): Trigger {
  return {
    type: 'prometheus',
    metricType: 'AverageValue',
    metadata: { query, threshold: String(target), ignoreNullValues: 'false' },
  };
}

/**
 * A query of the metrics of pods: zero where they are read and have nothing to tell yet, no result where nobody reads
 * them.
 */
export function orIdle(query: string, { pods }: PolicyTarget): string {
  return `(${query}) or 0 * sum(up{${pods}})`;
}

/** Requires a number above 0, and at most `most` if there is a bound. */
export function requireTarget(
  checks: Checks,
  { call }: ScalingPolicyDefinition,
  target: number,
  most = Infinity,
): void {
  const bound = most === Infinity ? '' : ` and at most ${most}`;
  checks.require(target > 0 && target <= most, 'policies', () => ({
    got: `${target} for each replica in ${call}`,
    expected: `more than 0${bound}`,
    fix: 'set how much of it a replica takes',
  }));
}
