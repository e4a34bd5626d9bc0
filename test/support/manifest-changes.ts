/*
 * Changes of objects, with what they do: said by the library, and asked of a real API server in the lab.
 */

import type { Json, Manifest } from '../../lib/review/manifest';
import {
  deployment,
  statefulSet,
  daemonSet,
  job,
  cronJob,
  service,
  balancer,
  claim,
  configMap,
  secret,
  storageClass,
  priorityClass,
  roleBinding,
  clusterRoleBinding,
  ingress,
  budget,
  networkPolicy,
  autoscaler,
  object,
} from './small-manifests';

/** A change, and the impact that it has. */
export interface KnownChange {
  readonly title: string;
  readonly before: Manifest;
  /** Path → new value; undefined takes the field away. */
  readonly set: Readonly<Record<string, Json | undefined>>;
  readonly impact: string;
}

function known(
  title: string,
  before: Manifest,
  set: KnownChange['set'],
  impact: string,
): KnownChange {
  return { title, before, set, impact };
}

const OTHER_PODS = {
  'spec.selector.matchLabels': { app: 'other' },
  'spec.template.metadata.labels': { app: 'other' },
};

const IMAGE = 'registry.example.com/server:1.1.0';

/** The changes. */
export const KNOWN_CHANGES: readonly KnownChange[] = [
  known('the selector of a Deployment', deployment(), OTHER_PODS, 'refused'),
  known(
    'the image of a Deployment',
    deployment(),
    { 'spec.template.spec.containers.0.image': IMAGE },
    'restarted',
  ),
  known(
    'the CPU of a Deployment',
    deployment(),
    { 'spec.template.spec.containers.0.resources.requests.cpu': '2' },
    'restarted',
  ),
  known(
    'an annotation of the pods of a Deployment',
    deployment(),
    { 'spec.template.metadata.annotations': { digest: 'a' } },
    'restarted',
  ),
  known(
    'a toleration of a Deployment',
    deployment(),
    { 'spec.template.spec.tolerations': [{ key: 'spot', operator: 'Exists' }] },
    'restarted',
  ),
  known(
    'the time to drain of a Deployment',
    deployment(),
    { 'spec.template.spec.terminationGracePeriodSeconds': 90 },
    'restarted',
  ),
  known(
    'the image of a Deployment that is recreated',
    deployment({ strategy: { type: 'Recreate' } }),
    { 'spec.template.spec.containers.0.image': IMAGE },
    'stopped',
  ),
  known('more replicas of a Deployment', deployment(), { 'spec.replicas': 6 }, 'none'),
  known(
    'no replicas in the manifest any more',
    deployment(),
    { 'spec.replicas': undefined },
    'stopped',
  ),
  known(
    'the strategy of a Deployment',
    deployment(),
    { 'spec.strategy': { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
    'none',
  ),
  known(
    'a label of a Deployment itself',
    deployment(),
    { 'metadata.labels': { team: 'vision' } },
    'none',
  ),
  known('the history of a Deployment', deployment(), { 'spec.revisionHistoryLimit': 3 }, 'none'),
  known('the Service of a StatefulSet', statefulSet(), { 'spec.serviceName': 'other' }, 'refused'),
  known(
    'the pod management of a StatefulSet',
    statefulSet(),
    { 'spec.podManagementPolicy': 'Parallel' },
    'refused',
  ),
  known(
    'the volume claims of a StatefulSet',
    statefulSet({
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    }),
    { 'spec.volumeClaimTemplates.0.spec.resources.requests.storage': '2Gi' },
    'refused',
  ),
  known('the selector of a StatefulSet', statefulSet(), OTHER_PODS, 'refused'),
  known(
    'the image of a StatefulSet',
    statefulSet(),
    { 'spec.template.spec.containers.0.image': IMAGE },
    'restarted',
  ),
  known(
    'the image of a StatefulSet that waits for deletion',
    statefulSet({ updateStrategy: { type: 'OnDelete' } }),
    { 'spec.template.spec.containers.0.image': IMAGE },
    'none',
  ),
  known(
    'the retention of claims of a StatefulSet',
    statefulSet(),
    {
      'spec.persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Delete', whenScaled: 'Retain' },
    },
    'none',
  ),
  known('more replicas of a StatefulSet', statefulSet(), { 'spec.replicas': 5 }, 'none'),
  known('the selector of a DaemonSet', daemonSet(), OTHER_PODS, 'refused'),
  known(
    'the image of a DaemonSet',
    daemonSet(),
    { 'spec.template.spec.containers.0.image': IMAGE },
    'restarted',
  ),
  known('the image of a Job', job(), { 'spec.template.spec.containers.0.image': IMAGE }, 'refused'),
  known('the completions of a Job', job({ completions: 1 }), { 'spec.completions': 3 }, 'refused'),
  known(
    'the completion mode of a Job',
    job({ completions: 1 }),
    { 'spec.completionMode': 'Indexed' },
    'refused',
  ),
  known(
    'the completions of an indexed Job with its parallelism',
    job({ completionMode: 'Indexed', completions: 2, parallelism: 2 }),
    { 'spec.completions': 3, 'spec.parallelism': 3 },
    'none',
  ),
  known(
    'the failure policy of pods of a Job',
    job(),
    {
      'spec.podFailurePolicy': {
        rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } }],
      },
    },
    'refused',
  ),
  known('the parallelism of a Job', job({ completions: 4 }), { 'spec.parallelism': 2 }, 'none'),
  known('the deadline of a Job', job(), { 'spec.activeDeadlineSeconds': 900 }, 'none'),
  known('how long a finished Job is kept', job(), { 'spec.ttlSecondsAfterFinished': 900 }, 'none'),
  known(
    'the node selector of a suspended Job',
    job({ suspend: true }),
    { 'spec.template.spec.nodeSelector': { disk: 'ssd' } },
    'none',
  ),
  known(
    'the image of a CronJob',
    cronJob(),
    {
      'spec.jobTemplate.spec.template.spec.containers.0.image': IMAGE,
    },
    'none',
  ),
  known(
    'the address of a Service',
    service({ clusterIP: '10.96.40.1' }),
    { 'spec.clusterIP': '10.96.40.2' },
    'refused',
  ),
  known('a Service that becomes headless', service(), { 'spec.clusterIP': 'None' }, 'refused'),
  known(
    'a headless Service that gets an address',
    service({ clusterIP: 'None' }),
    { 'spec.clusterIP': '10.96.40.3' },
    'refused',
  ),
  known('the selector of a Service', service(), { 'spec.selector': { app: 'other' } }, 'stopped'),
  known('a port of a Service', service(), { 'spec.ports.0.targetPort': 9000 }, 'none'),
  known('a Service that gets a load balancer', service(), { 'spec.type': 'LoadBalancer' }, 'none'),
  known(
    'a Service that loses its load balancer',
    balancer(),
    { 'spec.type': 'ClusterIP' },
    'address moved',
  ),
  known(
    'the class of a load balancer',
    balancer({ loadBalancerClass: 'service.k8s.aws/nlb' }),
    { 'spec.loadBalancerClass': 'example.com/other' },
    'refused',
  ),
  known(
    'the class of a load balancer that had none',
    balancer(),
    { 'spec.loadBalancerClass': 'service.k8s.aws/nlb' },
    'refused',
  ),
  known(
    'the scheme of an AWS load balancer',
    balancer(),
    {
      'metadata.annotations': {
        'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
      },
    },
    'address moved',
  ),
  known(
    'who may call a load balancer',
    balancer(),
    { 'spec.loadBalancerSourceRanges': ['10.0.0.0/8'] },
    'none',
  ),
  known(
    'the family of the addresses of a Service',
    service({ ipFamilies: ['IPv4'] }),
    { 'spec.ipFamilies': ['IPv6'] },
    'refused',
  ),
  known('a claim for less', claim(), { 'spec.resources.requests.storage': '5Gi' }, 'refused'),
  known('the storage class of a claim', claim(), { 'spec.storageClassName': 'other' }, 'refused'),
  known(
    'the access modes of a claim',
    claim(),
    { 'spec.accessModes': ['ReadWriteMany'] },
    'refused',
  ),
  known('a label of a claim', claim(), { 'metadata.labels': { team: 'vision' } }, 'none'),
  known('a ConfigMap', configMap(), { 'data.key': 'new' }, 'none'),
  known('an immutable ConfigMap', configMap({ immutable: true }), { 'data.key': 'new' }, 'refused'),
  known(
    'an immutable ConfigMap that shall not be so',
    configMap({ immutable: true }),
    { immutable: false },
    'refused',
  ),
  known('a Secret', secret(), { 'data.key': 'bmV3' }, 'none'),
  known('an immutable Secret', secret({ immutable: true }), { 'data.key': 'bmV3' }, 'refused'),
  known('the type of a Secret', secret(), { type: 'example.com/key' }, 'refused'),
  known(
    'the provisioner of a StorageClass',
    storageClass(),
    { provisioner: 'example.com/other' },
    'refused',
  ),
  known(
    'the parameters of a StorageClass',
    storageClass(),
    { 'parameters.type': 'hdd' },
    'refused',
  ),
  known(
    'the reclaim policy of a StorageClass',
    storageClass(),
    { reclaimPolicy: 'Retain' },
    'refused',
  ),
  known(
    'the binding mode of a StorageClass',
    storageClass(),
    { volumeBindingMode: 'WaitForFirstConsumer' },
    'refused',
  ),
  known(
    'growth of volumes of a StorageClass',
    storageClass(),
    { allowVolumeExpansion: true },
    'none',
  ),
  known('the value of a PriorityClass', priorityClass(), { value: 2000 }, 'refused'),
  known(
    'the preemption of a PriorityClass',
    priorityClass(),
    { preemptionPolicy: 'Never' },
    'refused',
  ),
  known('the description of a PriorityClass', priorityClass(), { description: 'new' }, 'none'),
  known('the role of a RoleBinding', roleBinding(), { 'roleRef.name': 'edit' }, 'refused'),
  known('the subjects of a RoleBinding', roleBinding(), { 'subjects.0.name': 'other' }, 'none'),
  known(
    'the role of a ClusterRoleBinding',
    clusterRoleBinding(),
    { 'roleRef.name': 'edit' },
    'refused',
  ),
  known(
    'the controller of an IngressClass',
    object(
      'networking.k8s.io/v1',
      'IngressClass',
      { spec: { controller: 'example.com/one' } },
      true,
    ),
    { 'spec.controller': 'example.com/other' },
    'refused',
  ),
  known(
    'the handler of a RuntimeClass',
    object('node.k8s.io/v1', 'RuntimeClass', { handler: 'one' }, true),
    { handler: 'other' },
    'refused',
  ),
  known(
    'the class of an Ingress',
    ingress(),
    { 'spec.ingressClassName': 'other' },
    'address moved',
  ),
  known('a host of an Ingress', ingress(), { 'spec.rules.0.host': 'b.example.com' }, 'none'),
  known(
    'the scheme of the load balancer of an Ingress',
    ingress(),
    { 'metadata.annotations': { 'alb.ingress.kubernetes.io/scheme': 'internet-facing' } },
    'address moved',
  ),
  known('a disruption budget', budget(), { 'spec.maxUnavailable': 2 }, 'none'),
  known(
    'the selector of a disruption budget',
    budget(),
    { 'spec.selector.matchLabels': { app: 'other' } },
    'none',
  ),
  known(
    'the rules of a NetworkPolicy',
    networkPolicy(),
    { 'spec.ingress': [{ ports: [{ port: 8500 }] }] },
    'none',
  ),
  known('the bounds of an autoscaler', autoscaler(), { 'spec.maxReplicas': 16 }, 'none'),
];

/** The object after a change. */
export function after({ before, set }: KnownChange): Manifest {
  return Object.entries(set).reduce<Json>(
    (object, [path, value]) => withValue(object, path.split('.'), value),
    before,
  ) as Manifest;
}

function withValue(
  object: Json,
  [key = '', ...rest]: readonly string[],
  value: Json | undefined,
): Json {
  const copy = structuredClone(object) as Record<string, Json | undefined>;
  if (rest.length > 0) copy[key] = withValue(copy[key] ?? {}, rest, value);
  else if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
}
