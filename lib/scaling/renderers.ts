/*
 * The objects that scale: one of the first two, never both, and a recommender beside it.
 */
import type { HorizontalPodAutoscalerSpec } from 'kubernetes-types/autoscaling/v2';
import { ScaledObject } from '../../imports/keda-scaled-object';
import { TriggerAuthentication } from '../../imports/keda-trigger-authentication';
import { VerticalPodAutoscaler } from '../../imports/vertical-pod-autoscaler';
import { customResource, type PlainObject } from '../core/custom-resource';
import type { ResolvedAutoscaling } from './resolve';
import { behaviorSpec } from './scaling-behavior';

/** How often KEDA asks for metrics, in seconds: as often as the HorizontalPodAutoscaler does. */
const POLLING_SECONDS = 15;

/** Answers that may fail in a row before replicas are held as they are. */
const FAILURE_THRESHOLD = 4;

/** Who is scaled, and by what labels the objects are known. */
export interface RenderContext {
  readonly labels: Readonly<Record<string, string>>;
}

/** @internal */
export function horizontalPodAutoscalerSpec(
  resolved: ResolvedAutoscaling,
): HorizontalPodAutoscalerSpec {
  const { workload, minReplicas, maxReplicas, policies, behavior, server } = resolved;
  return {
    scaleTargetRef: workload,
    minReplicas,
    maxReplicas,
    metrics: policies.flatMap(({ metric }) => metric?.(server) ?? []),
    behavior: behaviorSpec(behavior),
  };
}

/** @internal */
export function scaledObject(
  resolved: ResolvedAutoscaling,
  { labels }: RenderContext,
): PlainObject {
  const { name, workload, minReplicas, maxReplicas, policies, behavior, server } = resolved;
  const { warmupSeconds, prometheus, asksPrometheus } = resolved;
  const averages = policies.some(({ trigger }) => trigger?.(server).metricType === 'AverageValue');
  return customResource(ScaledObject, {
    metadata: { name, labels: { ...labels } },
    spec: {
      scaleTargetRef: workload,
      pollingInterval: POLLING_SECONDS,
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      // A server that has just been woken must not be put to sleep before it has answered.
      ...(minReplicas === 0 && {
        cooldownPeriod: behavior.scaleDownStabilization,
        initialCooldownPeriod: warmupSeconds,
      }),
      // Without metrics the load is unknown: nothing is taken away until they are back.
      ...(averages && {
        fallback: {
          failureThreshold: FAILURE_THRESHOLD,
          replicas: Math.max(1, minReplicas),
          behavior: 'currentReplicasIfHigher' as const,
        },
      }),
      advanced: {
        restoreToOriginalReplicaCount: false,
        horizontalPodAutoscalerConfig: { behavior: behaviorSpec(behavior) },
      },
      triggers: policies.flatMap((policy) => {
        const trigger = policy.trigger?.(server);
        if (trigger === undefined) return [];
        const { type, metricType, metadata } = trigger;
        const asks = asksPrometheus && type === 'prometheus';
        return [
          {
            type,
            name: triggerName(policy.name),
            ...(metricType && { metricType }),
            metadata: { ...(asks && { serverAddress: prometheus.url }), ...metadata },
            ...(asks && prometheus.bearerToken && { authenticationRef: { name } }),
          },
        ];
      }),
    },
  });
}

/** Names of triggers are letters, digits and "-". */
function triggerName(policy: string): string {
  return policy
    .toLowerCase()
    .replace(/\*/g, 'x')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** The token that Prometheus asks for. @internal */
export function triggerAuthentication(
  { name, prometheus }: ResolvedAutoscaling,
  { labels }: RenderContext,
): PlainObject | undefined {
  const { bearerToken } = prometheus;
  if (bearerToken === undefined) return undefined;
  return customResource(TriggerAuthentication, {
    metadata: { name, labels: { ...labels } },
    spec: {
      secretTargetRef: [
        { parameter: 'bearerToken', name: bearerToken.secretName, key: 'bearerToken' },
      ],
    },
  });
}

/** @internal */
export function recommender(
  { name, workload, server }: ResolvedAutoscaling,
  { labels }: RenderContext,
): PlainObject {
  return customResource(VerticalPodAutoscaler, {
    metadata: { name, labels: { ...labels } },
    spec: {
      targetRef: workload,
      updatePolicy: { updateMode: 'Off' },
      resourcePolicy: {
        containerPolicies: [
          { containerName: server.facts.container, mode: 'Auto' },
          { containerName: '*', mode: 'Off' },
        ],
      },
    },
  });
}
