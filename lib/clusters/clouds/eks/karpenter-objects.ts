/*
 * A pool as Karpenter knows it: what its nodes are (`EC2NodeClass`) and when there are some (`NodePool`). Pure
 * functions; nothing that AWS knows only after a deployment is in them.
 * @see https://karpenter.sh/docs/concepts/nodepools/ (1.14)
 * @see https://karpenter.sh/docs/concepts/nodeclasses/ (1.14)
 */
import type { NodePool } from '../../../nodes/node-pool';
import type { KubernetesManifest } from '../../applied-object';
import { NodeImage, type ClusterSpec, type NodeGroupSpec } from '../../specs';
import { METADATA_OPTIONS, blockDevices } from './launch-template';
import { NETWORK_TAG } from './network-tag';
import { selfManagedRoleName } from './self-managed-role';
import { userDataOf } from './user-data';

const DEFAULTS = { consolidateAfter: '5m', expireAfter: '336h' } as const;

/** A drain takes no longer than that; then the node goes, whatever a disruption budget says. */
const TERMINATION_GRACE_PERIOD = '15m';

/** The node class, then the node pool that refers to it. */
export function karpenterObjects(
  group: NodeGroupSpec,
  spec: ClusterSpec,
): readonly [KubernetesManifest, KubernetesManifest] {
  return [nodeClass(group, spec), nodePool(group)];
}

function nodeClass(
  { pool, image }: NodeGroupSpec,
  { clusterName, network }: ClusterSpec,
): KubernetesManifest {
  const userData = userDataOf(pool, image);
  return {
    apiVersion: 'karpenter.k8s.aws/v1',
    kind: 'EC2NodeClass',
    metadata: { name: pool.name },
    spec: {
      amiSelectorTerms: [
        { alias: image === NodeImage.BOTTLEROCKET ? 'bottlerocket@latest' : 'al2023@latest' },
      ],
      role: selfManagedRoleName(clusterName),
      subnetSelectorTerms: [{ tags: { [NETWORK_TAG]: network.name } }],
      securityGroupSelectorTerms: [{ tags: { 'aws:eks:cluster-name': clusterName } }],
      metadataOptions: METADATA_OPTIONS,
      blockDeviceMappings: blockDevices(pool, image).map(({ deviceName, ebs }) => ({
        deviceName,
        ebs: {
          volumeSize: `${ebs.volumeSize}Gi`,
          volumeType: ebs.volumeType,
          encrypted: true,
          deleteOnTermination: true,
        },
      })),
      ...(pool.maxPodsPerNode !== undefined && { kubelet: { maxPods: pool.maxPodsPerNode } }),
      ...(userData !== undefined && { userData }),
      tags: { Name: `${clusterName}-${pool.name}` },
    },
  };
}

function nodePool({ pool, zones, provisioning }: NodeGroupSpec): KubernetesManifest {
  const { karpenterOptions: options = {} } = provisioning ?? {};
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name: pool.name },
    spec: {
      template: {
        metadata: { labels: pool.labels },
        spec: {
          nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: pool.name },
          requirements: [
            requirement('karpenter.sh/capacity-type', [
              pool.interruptionNotice === undefined ? 'on-demand' : 'spot',
            ]),
            requirement('kubernetes.io/arch', [pool.architecture]),
            requirement(
              'node.kubernetes.io/instance-type',
              pool.shapes.map(({ instanceType }) => instanceType),
            ),
            requirement('topology.kubernetes.io/zone', zones),
          ],
          taints: pool.taints,
          expireAfter: options.expireAfter ?? DEFAULTS.expireAfter,
          terminationGracePeriod: TERMINATION_GRACE_PERIOD,
        },
      },
      disruption: {
        consolidationPolicy: 'WhenEmptyOrUnderutilized',
        consolidateAfter: options.consolidateAfter ?? DEFAULTS.consolidateAfter,
        budgets: [{ nodes: '10%' }],
      },
      limits: limitsOf(pool),
      weight: pool.priority,
    },
  };
}

function requirement(key: string, values: readonly string[]): object {
  return { key, operator: 'In', values };
}

/** Karpenter knows no maximum of nodes, but one of what they have in all. */
function limitsOf({ max, shape }: NodePool): Record<string, string> {
  return { cpu: String(max * shape.vcpus), memory: `${max * shape.memoryMib}Mi` };
}
