/*
 * What the software of a cluster is made of: pods that pass Pod Security "restricted", rights by the verb, and
 * networks that are closed but for what it needs. Pure functions, for all add-ons.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ (v1.35)
 */
import type { Container, PodSpec, SecurityContext } from 'kubernetes-types/core/v1';
import type { NetworkPolicyEgressRule, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import { selectorLabels, standardLabels } from '../core/labels';
import type { NetworkPeer } from '../core/network-peer';
import { cpuQuantity, memoryQuantity, type Amounts } from '../core/quantities';
import { tcp } from '../core/tcp-ports';
import { placementOn } from '../nodes/system-placement';
import type { NodePool } from '../nodes/node-pool';

/** An object of an add-on, complete but for the namespace of the chart. */
export interface AddonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

/** How the objects of an add-on are known. */
export interface AddonNames {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
}

/** Names and labels of an add-on. */
export function namesOf(name: string, namespace: string): AddonNames {
  const identity = { name, instance: name };
  return {
    name,
    namespace,
    labels: standardLabels({ ...identity, component: 'addon' }),
    selector: selectorLabels(identity),
  };
}

/** Metadata of an object that is called like the add-on. */
export function metadataOf({ name, labels }: AddonNames): AddonObject['metadata'] {
  return { name, labels };
}

/** The account of its pods; they mount its token themselves. */
export function serviceAccount(names: AddonNames): AddonObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(names),
    automountServiceAccountToken: false,
  };
}

/** Rights in all namespaces and outside of them. */
export function clusterRole(names: AddonNames, rules: readonly PolicyRule[]): AddonObject[] {
  const { name, namespace } = names;
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: metadataOf(names),
      rules,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: metadataOf(names),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

/** Rights in its own namespace. */
export function namespacedRole(names: AddonNames, rules: readonly PolicyRule[]): AddonObject[] {
  const { name, namespace } = names;
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: metadataOf(names),
      rules,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: metadataOf(names),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

/** A drain takes one pod at a time. */
export function disruptionBudget(names: AddonNames): AddonObject {
  const spec: PodDisruptionBudgetSpec = {
    selector: { matchLabels: names.selector },
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(names),
    spec,
  };
}

/** The API server, and the APIs of the cloud: no policy can name their addresses. */
export const TO_APIS: NetworkPolicyEgressRule = { ports: tcp(443, 6443) };

/** The agent on the node that gives pods of EKS their role. */
export const TO_POD_IDENTITY: NetworkPolicyEgressRule = {
  to: [{ ipBlock: { cidr: '169.254.170.23/32' } }],
  ports: tcp(80),
};

/** Lets monitoring read one port, and the pods reach what they need. */
export function networkPolicy(
  names: AddonNames,
  options: {
    readonly metricsPort?: number;
    readonly monitoring: readonly NetworkPeer[];
    readonly ingress?: NetworkPolicySpec['ingress'];
    readonly egress: readonly NetworkPolicyEgressRule[];
  },
): AddonObject {
  const { metricsPort, monitoring, ingress = [], egress } = options;
  const scrapes =
    metricsPort === undefined
      ? []
      : monitoring.map(({ definition }) => ({ from: [definition], ports: tcp(metricsPort) }));
  const spec: NetworkPolicySpec = {
    podSelector: { matchLabels: names.selector },
    policyTypes: ['Ingress', 'Egress'],
    ...(scrapes.length + ingress.length > 0 && { ingress: [...ingress, ...scrapes] }),
    ...(egress.length > 0 && { egress: [...egress] }),
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(names),
    spec,
  };
}

/** A container that may do nothing to its node. */
export const RESTRICTED: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
};

/** Logs, and what is written to volumes of the node. */
const DISK = '128Mi';

/** What a container asks for; its memory and disk are bounded by that, its CPU is not. */
export function resources({ cpuMillis, memoryMib }: Amounts): NonNullable<Container['resources']> {
  return {
    requests: {
      cpu: cpuQuantity(cpuMillis),
      memory: memoryQuantity(memoryMib),
      'ephemeral-storage': DISK,
    },
    limits: { memory: memoryQuantity(memoryMib), 'ephemeral-storage': DISK },
  };
}

/** The pod of control software: restricted, on its pool, its replicas on nodes of their own where there are several. */
export function controlPod(
  names: AddonNames,
  placement: NodePool | undefined,
  parts: Pick<PodSpec, 'containers' | 'volumes'>,
): PodSpec {
  const { nodeSelector, tolerations } = placementOn(placement);
  return {
    serviceAccountName: names.name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    priorityClassName: 'system-cluster-critical',
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      fsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
    ...(tolerations && { tolerations: tolerations.map((toleration) => ({ ...toleration })) }),
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchLabels: names.selector },
              topologyKey: 'kubernetes.io/hostname',
            },
          },
        ],
      },
    },
    ...parts,
  };
}

/** The Deployment of control software. */
export function deployment(
  names: AddonNames,
  { replicas, pod }: { readonly replicas: number; readonly pod: PodSpec },
  annotations: Record<string, string> = {},
): AddonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(names),
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: names.selector },
      template: {
        metadata: {
          labels: names.labels,
          ...(Object.keys(annotations).length > 0 && { annotations }),
        },
        spec: pod,
      },
    },
  };
}
