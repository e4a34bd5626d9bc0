/*
 * Whether the pods of a chart find nodes in a cluster: the part of the scheduler's filters that pools decide,
 * over objects as they are applied.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/ (v1.35)
 */
import { satisfies } from '../core/label-requirement';
import type { NodePool } from '../nodes/node-pool';
import type { KubernetesManifest } from './applied-object';

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** The part of a pod's spec that places it. */
interface Placement {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly {
          readonly matchExpressions?: readonly Requirement[];
        }[];
      };
    };
  };
}

/** Labels that nodes get from the kubelet and from their cloud; pools say nothing of them. */
const WRITTEN_BY_OTHERS =
  /(^|\.)(kubernetes\.io|k8s\.io|amazonaws\.com|karpenter\.sh|cloud\.google\.com)\//;

/** The pod template of a workload; undefined of other kinds, and of what runs on every node. */
export function podOf(object: KubernetesManifest): Placement | undefined {
  const spec = object['spec'] as Record<string, unknown> | undefined;
  switch (object.kind) {
    case 'Pod':
      return spec;
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'Job':
      return (spec?.['template'] as { spec?: Placement } | undefined)?.spec;
    case 'CronJob':
      return podOf({
        ...object,
        kind: 'Job',
        spec: (spec?.['jobTemplate'] as { spec?: unknown })?.spec,
      });
    default:
      return undefined;
  }
}

/** Whether the nodes of `pool` take the pod, as far as labels and taints go. */
export function takes({ labels, taints }: NodePool, pod: Placement): boolean {
  const wanted = Object.entries(pod.nodeSelector ?? {}).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const terms =
    pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    wanted.every((one) => matches(labels, one)) &&
    (terms === undefined ||
      terms.some(({ matchExpressions = [] }) =>
        matchExpressions.every((one) => matches(labels, one)),
      )) &&
    taints.every(
      (taint) =>
        taint.effect === 'PreferNoSchedule' ||
        (pod.tolerations ?? []).some(
          ({ key, operator, value, effect }) =>
            (key === undefined || key === taint.key) &&
            (operator === 'Exists' || (value ?? '') === taint.value) &&
            (effect === undefined || effect === taint.effect),
        ),
    )
  );
}

function matches(
  labels: Readonly<Record<string, string>>,
  { key, operator, values = [] }: Requirement,
): boolean {
  const value = labels[key];
  if (value === undefined && WRITTEN_BY_OTHERS.test(key)) return true;
  // Gt and Lt compare numbers that only the cloud writes.
  return satisfies(value, operator, values) ?? true;
}
