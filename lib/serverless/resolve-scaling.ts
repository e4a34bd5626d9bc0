/*
 * How replicas of a component follow load, with nothing left open.
 */
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { ComponentScaling, KnativeScaling } from './component-scaling-props';
import { DeploymentMode } from './deployment-mode';

const DEFAULTS = {
  minReplicas: 1,
  maxReplicas: 10,
  scaleDownDelaySeconds: 30,
} as const;

/** Scaling with nothing left open. */
export interface ResolvedScaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly policy: ScalingPolicy | undefined;
  readonly concurrencyLimit: number | undefined;
  /** None where Knative does not scale by requests. */
  readonly scaleDownDelaySeconds: number | undefined;
  readonly knative: KnativeScaling;
}

/** @internal */
export function resolveScaling(
  mode: DeploymentMode,
  scaling: ComponentScaling,
  capacity: number,
): ResolvedScaling {
  const { policy, concurrencyLimit, scaleDownDelay, knative = {} } = scaling;
  const minReplicas = scaling.minReplicas ?? DEFAULTS.minReplicas;
  const fixed = mode === DeploymentMode.STANDARD && policy === undefined;
  const usual = Math.max(1, minReplicas, Math.min(DEFAULTS.maxReplicas, capacity));
  return {
    minReplicas,
    maxReplicas: scaling.maxReplicas ?? (fixed ? Math.max(1, minReplicas) : usual),
    policy,
    concurrencyLimit,
    scaleDownDelaySeconds:
      scaleDownDelay?.toSeconds({ integral: false }) ??
      (hasAutoscalerOfKnative(mode, policy) ? DEFAULTS.scaleDownDelaySeconds : undefined),
    knative,
  };
}

/** Whether Knative's own autoscaler sets the replicas, by requests. @internal */
export function hasAutoscalerOfKnative(
  mode: DeploymentMode,
  policy: ScalingPolicy | undefined,
): boolean {
  const of = policy?.definition.share?.of;
  return mode === DeploymentMode.KNATIVE && of !== 'cpu' && of !== 'memory';
}
