/*
 * The objects of the cluster autoscaler.
 * @see https://github.com/kubernetes/autoscaler/blob/cluster-autoscaler-1.35.2/cluster-autoscaler/cloudprovider/aws/examples/cluster-autoscaler-autodiscover.yaml
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { POOL_LABEL } from '../core/labels';
import { TO_DNS } from '../core/name-resolution';
import type { NetworkPeer } from '../core/network-peer';
import {
  RESTRICTED,
  TO_APIS,
  TO_POD_IDENTITY,
  clusterRole,
  controlPod,
  deployment,
  disruptionBudget,
  namespacedRole,
  networkPolicy,
  resources,
  serviceAccount,
  type AddonNames,
  type AddonObject,
} from './addon-parts';
import type { ResolvedClusterAutoscaler } from './cluster-autoscaler';
import { PRIORITY_CONFIG_MAP, priorities } from './priority-expander';

const METRICS_PORT = 8085;

/** First minor version whose autoscaler always reads claims of devices. */
const READS_DEVICES = 36;

/** @internal */
export function clusterAutoscalerObjects(
  names: AddonNames,
  resolved: ResolvedClusterAutoscaler,
  monitoring: readonly NetworkPeer[],
): AddonObject[] {
  const { pools, clusterName, replicas, placement } = resolved;
  return [
    serviceAccount(names),
    ...clusterRole(names, clusterRules(resolved)),
    ...namespacedRole(names, OWN_RULES),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: PRIORITY_CONFIG_MAP, labels: names.labels },
      data: { priorities: priorities(pools, clusterName) },
    },
    networkPolicy(names, {
      metricsPort: METRICS_PORT,
      monitoring,
      egress: [TO_DNS, TO_APIS, TO_POD_IDENTITY],
    }),
    disruptionBudget(names),
    deployment(
      names,
      { replicas, pod: controlPod(names, placement, { containers: [container(resolved)] }) },
      // It would have to end itself.
      { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
    ),
  ];
}

function container(resolved: ResolvedClusterAutoscaler): Container {
  return {
    name: 'cluster-autoscaler',
    image: resolved.image,
    imagePullPolicy: 'Always',
    command: ['./cluster-autoscaler'],
    args: flags(resolved),
    env: [
      { name: 'AWS_REGION', value: resolved.region },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ],
    ports: [{ name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' }],
    livenessProbe: {
      httpGet: { path: '/health-check', port: METRICS_PORT },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    // The health check fails while another pod leads or the cloud is slow; it answers all the same.
    readinessProbe: { tcpSocket: { port: METRICS_PORT }, periodSeconds: 10 },
    resources: resources({ cpuMillis: 100, memoryMib: 600 }),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: RESTRICTED,
  };
}

/** @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-are-the-parameters-to-ca (1.36) */
function flags(resolved: ResolvedClusterAutoscaler): string[] {
  const { clusterName, maxNodeProvisionSeconds, scaleDownUnneededSeconds } = resolved;
  return [
    '--cloud-provider=aws',
    '--namespace=$(POD_NAMESPACE)',
    // Groups come and go with the program that makes the cluster: they are found by their tags.
    `--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/${clusterName}`,
    // Spot first; among pools of one priority, the one that leaves the least unused.
    '--expander=priority,least-waste',
    // Groups of one shape in several zones stay even; that they are different pools does not tell them apart.
    '--balance-similar-node-groups=true',
    `--balancing-ignore-label=${POOL_LABEL}`,
    // The default of 15 minutes keeps pods waiting for spot capacity that does not come.
    `--max-node-provision-time=${maxNodeProvisionSeconds}s`,
    `--scale-down-unneeded-time=${scaleDownUnneededSeconds}s`,
    // What was just added is not judged while replicas still start on it.
    `--scale-down-delay-after-add=${scaleDownUnneededSeconds}s`,
    `--scale-down-utilization-threshold=${resolved.scaleDownUtilizationPercent / 100}`,
    // Model servers keep models and scratch files in volumes of the node: without this, no node ever goes.
    '--skip-nodes-with-local-storage=false',
    // Longer than any drain of the library's servers.
    '--max-graceful-termination-sec=600',
    ...resolved.startupTaints.map((taint) => `--startup-taint=${taint}`),
  ];
}

const READ: PolicyRule['verbs'] = ['get', 'list', 'watch'];

function clusterRules({ minor }: ResolvedClusterAutoscaler): PolicyRule[] {
  return [
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    { apiGroups: [''], resources: ['nodes'], verbs: [...READ, 'update'] },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['update'] },
    {
      apiGroups: [''],
      resources: [
        'namespaces',
        'persistentvolumeclaims',
        'persistentvolumes',
        'pods',
        'replicationcontrollers',
        'services',
      ],
      verbs: READ,
    },
    { apiGroups: ['apps'], resources: ['daemonsets', 'replicasets', 'statefulsets'], verbs: READ },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: READ },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['list', 'watch'] },
    {
      apiGroups: ['storage.k8s.io'],
      resources: [
        'csidrivers',
        'csinodes',
        'csistoragecapacities',
        'storageclasses',
        'volumeattachments',
      ],
      verbs: READ,
    },
    ...((minor ?? 0) >= READS_DEVICES
      ? [
          {
            apiGroups: ['resource.k8s.io'],
            resources: ['deviceclasses', 'resourceclaims', 'resourceslices'],
            verbs: READ,
          },
        ]
      : []),
  ];
}

/** Its lease, its status and its priorities, and nothing else of the namespace. */
const OWN_RULES: readonly PolicyRule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: ['cluster-autoscaler'],
    verbs: ['get', 'update'],
  },
  // The names of what is created or listed cannot be checked.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'list', 'watch'] },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['cluster-autoscaler-status', PRIORITY_CONFIG_MAP],
    verbs: ['get', 'update', 'delete', 'watch'],
  },
];
