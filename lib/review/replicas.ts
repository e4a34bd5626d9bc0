import { at, textAt, type Manifest } from './manifest';
import { rangeText, type Range } from './quantity';

/** Replicas of a workload: what it says, or what its autoscaler may set. */
export function replicasOf(workload: Manifest, all: readonly Manifest[]): Range {
  const scaler = all.find(
    (one) =>
      ['HorizontalPodAutoscaler', 'ScaledObject'].includes(one.kind) &&
      one.metadata.namespace === workload.metadata.namespace &&
      textAt(one, 'spec', 'scaleTargetRef', 'name') === workload.metadata.name &&
      (textAt(one, 'spec', 'scaleTargetRef', 'kind') ?? 'Deployment') === workload.kind,
  );
  if (scaler?.kind === 'ScaledObject') {
    return {
      min: numberAt(scaler, 0, 'spec', 'minReplicaCount'),
      max: numberAt(scaler, 100, 'spec', 'maxReplicaCount'),
    };
  }
  if (scaler !== undefined) {
    return {
      min: numberAt(scaler, 1, 'spec', 'minReplicas'),
      max: numberAt(scaler, 1, 'spec', 'maxReplicas'),
    };
  }
  const replicas = numberAt(workload, 1, 'spec', 'replicas');
  return { min: replicas, max: replicas };
}

export function numberAt(value: Manifest, otherwise: number, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : otherwise;
}

/** Such as `20–100 pods`. */
export function podsText(range: Range): string {
  return `${rangeText(range)} ${range.min === 1 && range.max === 1 ? 'pod' : 'pods'}`;
}
