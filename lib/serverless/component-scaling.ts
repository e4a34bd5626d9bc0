/*
 * Scaling in the words of KServe and Knative.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1beta1/component.go (0.20)
 * @see https://github.com/knative/serving/blob/knative-v1.23.0/pkg/apis/autoscaling/register.go (1.23)
 */
import { DeploymentMode } from './deployment-mode';
import type { ResolvedScaling } from './resolve-scaling';

/** Fields of a component that say how it scales. */
export interface ScalingFields {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleTarget?: number;
  readonly scaleMetric?: 'concurrency' | 'rps' | 'cpu' | 'memory';
  readonly scaleMetricType?: 'Utilization';
  readonly containerConcurrency?: number;
}

/** @internal */
export function scalingFields(scaling: ResolvedScaling): ScalingFields {
  const { minReplicas, maxReplicas, policy, concurrencyLimit } = scaling;
  const share = policy?.definition.share;
  const utilization = share?.of === 'cpu' || share?.of === 'memory';
  return {
    minReplicas,
    maxReplicas,
    ...(share && { scaleTarget: share.target, scaleMetric: share.of }),
    ...(utilization && { scaleMetricType: 'Utilization' }),
    ...(concurrencyLimit !== undefined && { containerConcurrency: concurrencyLimit }),
  };
}

/** Annotations by which Knative's autoscaler is told what KServe has no field for. @internal */
export function scalingAnnotations(
  mode: DeploymentMode,
  { knative, scaleDownDelaySeconds }: ResolvedScaling,
): Record<string, string> {
  if (mode !== DeploymentMode.KNATIVE) return {};
  const values: Readonly<Record<string, string | number | undefined>> = {
    'target-utilization-percentage': knative.targetUtilizationPercent,
    window: secondsText(knative.window?.toSeconds()),
    'panic-window-percentage': knative.panicWindowPercent,
    'panic-threshold-percentage': knative.panicThresholdPercent,
    'target-burst-capacity': knative.targetBurstCapacity,
    'initial-scale': knative.initialReplicas,
    'activation-scale': knative.activationReplicas,
    'scale-to-zero-pod-retention-period': secondsText(knative.lastReplicaRetention?.toSeconds()),
    // Without it about one request in a hundred is cut off when replicas go (knative/serving#11596).
    'scale-down-delay': secondsText(scaleDownDelaySeconds),
  };
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`autoscaling.knative.dev/${key}`, String(value)]),
  );
}

function secondsText(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : `${seconds}s`;
}
