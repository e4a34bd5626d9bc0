/*
 * Fills in what the props leave open, and decides who scales. Pure, and without judgement.
 */
import type { AutoscalingProps } from './autoscaling-props';
import { PrometheusServer } from './prometheus-server';
import { resolveBehavior, type ResolvedBehavior } from './scaling-behavior';
import type { PolicyTarget, ScalingPolicyDefinition } from './scaling-policy-definition';

/** Props with nothing left open. */
export interface ResolvedAutoscaling {
  /** Name of what is scaled, and of the objects that do it. */
  readonly name: string;
  /** Whose replicas are set. */
  readonly workload: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
  };
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly policies: readonly ScalingPolicyDefinition[];
  readonly behavior: ResolvedBehavior;
  readonly warmupSeconds: number;
  readonly prometheus: PrometheusServer;
  /** Who scales: Kubernetes itself where that is enough; undefined where nobody can do all of it. */
  readonly scaler: 'hpa' | 'keda' | undefined;
  /** Whether one of its metrics comes from Prometheus. */
  readonly asksPrometheus: boolean;
  readonly server: PolicyTarget;
}

/** Fills in the defaults. */
export function resolveAutoscaling(props: AutoscalingProps): ResolvedAutoscaling {
  const { target, minReplicas, maxReplicas } = props;
  const { apiVersion, kind, name } = target.toScalingTarget();
  const facts = target.scalingFacts;
  const namespace = target.namespace ?? '';
  const policies = props.policies.map(({ definition }) => definition);
  const warmupSeconds = props.warmup?.toSeconds() ?? facts.loadSeconds;
  const server: PolicyTarget = {
    namespace,
    minReplicas,
    maxReplicas,
    facts,
    podRequests: target.podRequests,
    // Names of a Deployment's pods end in the hash of their ReplicaSet and five characters.
    pods: `namespace="${namespace}",pod=~"${name}-[a-z0-9]+-[a-z0-9]{5}"`,
  };
  const scaler = scalerOf(policies);
  return {
    name,
    workload: { apiVersion, kind, name },
    minReplicas,
    maxReplicas,
    policies,
    behavior: resolveBehavior(props.behavior ?? {}, warmupSeconds, facts),
    warmupSeconds,
    prometheus: props.prometheus ?? PrometheusServer.inCluster('monitoring'),
    scaler,
    asksPrometheus:
      scaler === 'keda' && policies.some(({ trigger }) => trigger?.(server).type === 'prometheus'),
    server,
  };
}

function scalerOf(policies: readonly ScalingPolicyDefinition[]): 'hpa' | 'keda' | undefined {
  if (policies.every(({ metric }) => metric !== undefined)) return 'hpa';
  return policies.every(({ trigger }) => trigger !== undefined) ? 'keda' : undefined;
}
