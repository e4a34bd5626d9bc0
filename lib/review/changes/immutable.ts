/*
 * Fields that the API server does not let change. `test/lab/changes` asks a real one.
 * @see https://github.com/kubernetes/kubernetes/tree/v1.35.0/pkg/apis (validation of updates)
 */
import { at, textAt, type JsonObject } from '../manifest';
import { amountOf } from '../quantity';
import type { FieldChange } from './field-change';

/** Fields of a kind that stay what they are. */
interface Immutable {
  /** Paths; all below them are meant, too. */
  readonly fields: readonly string[];
  /** Paths among them that may change all the same. */
  readonly except?: readonly string[];
  /** Whether a change of the field counts, where that depends on the values. */
  readonly when?: (change: FieldChange, before: JsonObject, after: JsonObject) => boolean;
}

const whenImmutable: Immutable['when'] = (_, before) => at(before, 'immutable') === true;

/** Replaced by others, not taken away: what the server filled in stays when a manifest is silent. */
const whenReplaced: Immutable['when'] = ({ after }) => after !== undefined;

const IMMUTABLE: Readonly<Record<string, readonly Immutable[]>> = {
  'apps/Deployment': [{ fields: ['spec.selector'] }],
  'apps/DaemonSet': [{ fields: ['spec.selector'] }],
  'apps/ReplicaSet': [{ fields: ['spec.selector'] }],
  'apps/StatefulSet': [
    {
      fields: ['spec'],
      except: [
        'spec.minReadySeconds',
        'spec.ordinals',
        'spec.persistentVolumeClaimRetentionPolicy',
        'spec.replicas',
        'spec.revisionHistoryLimit',
        'spec.template',
        'spec.updateStrategy',
      ],
    },
  ],
  'batch/Job': [
    { fields: ['spec.selector', 'spec.completionMode', 'spec.podFailurePolicy'] },
    { fields: ['spec.successPolicy', 'spec.backoffLimitPerIndex', 'spec.managedBy'] },
    { fields: ['spec.template'], when: (_, before) => at(before, 'spec', 'suspend') !== true },
    {
      fields: ['spec.completions'],
      when: (_, before, after) =>
        textAt(before, 'spec', 'completionMode') !== 'Indexed' ||
        at(after, 'spec', 'completions') !== at(after, 'spec', 'parallelism'),
    },
  ],
  ConfigMap: [{ fields: ['data', 'binaryData', 'immutable'], when: whenImmutable }],
  Secret: [
    { fields: ['type'] },
    { fields: ['data', 'stringData', 'immutable'], when: whenImmutable },
  ],
  Service: [
    {
      fields: ['spec.clusterIP', 'spec.clusterIPs'],
      when: (change, before, after) =>
        change.after !== undefined &&
        textAt(before, 'spec', 'type') !== 'ExternalName' &&
        textAt(after, 'spec', 'type') !== 'ExternalName',
    },
    {
      fields: ['spec.loadBalancerClass'],
      when: (_, before, after) =>
        [before, after].every((one) => textAt(one, 'spec', 'type') === 'LoadBalancer'),
    },
    {
      fields: ['spec.ipFamilies'],
      when: (_, before, after) =>
        textAt(before, 'spec', 'ipFamilies', 0) !== undefined &&
        textAt(after, 'spec', 'ipFamilies', 0) !== undefined &&
        textAt(before, 'spec', 'ipFamilies', 0) !== textAt(after, 'spec', 'ipFamilies', 0),
    },
    { fields: ['spec.healthCheckNodePort'], when: whenReplaced },
  ],
  PersistentVolumeClaim: [
    {
      fields: ['spec'],
      except: ['spec.resources.requests.storage', 'spec.volumeAttributesClassName'],
    },
    {
      fields: ['spec.resources.requests.storage'],
      when: ({ before, after }) => amountOf(after) < amountOf(before),
    },
  ],
  'storage.k8s.io/StorageClass': [
    { fields: ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'] },
  ],
  'rbac.authorization.k8s.io/RoleBinding': [{ fields: ['roleRef'] }],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [{ fields: ['roleRef'] }],
  'scheduling.k8s.io/PriorityClass': [{ fields: ['value', 'preemptionPolicy'] }],
  'networking.k8s.io/IngressClass': [{ fields: ['spec.controller'] }],
  'node.k8s.io/RuntimeClass': [{ fields: ['handler'] }],
  'apiextensions.k8s.io/CustomResourceDefinition': [
    { fields: ['spec.group', 'spec.scope', 'spec.names.kind', 'spec.names.plural'] },
  ],
  Pod: [
    {
      fields: ['spec'],
      except: [
        'spec.activeDeadlineSeconds',
        'spec.tolerations',
        'spec.terminationGracePeriodSeconds',
      ],
      when: ({ path }) => !/^spec\.(initContainers|containers)\[[^\]]+\]\.image$/.test(path),
    },
  ],
  'sailoperator.io/Istio': [{ fields: ['spec.namespace'] }],
  'sailoperator.io/IstioCNI': [{ fields: ['spec.namespace'] }],
};

/** Whether the API server refuses the change of a field of an object of this group and kind. */
export function isRefused(
  groupKind: string,
  change: FieldChange,
  before: JsonObject,
  after: JsonObject,
): boolean {
  return (IMMUTABLE[groupKind] ?? []).some(
    ({ fields, except = [], when }) =>
      fields.some((field) => isWithin(change.path, field)) &&
      !except.some((field) => isWithin(change.path, field)) &&
      (when?.(change, before, after) ?? true),
  );
}

/** Whether a path is a field or below it. */
export function isWithin(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}
