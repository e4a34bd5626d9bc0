/*
 * What the cluster autoscaler must know of a group to start its first node: labels, taints and resources of nodes
 * that do not exist yet, as tags of the Auto Scaling group. EKS does not copy them from the node group.
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md (1.36)
 */
import type { NodePool } from '../../../nodes/node-pool';

const PREFIX = 'k8s.io/cluster-autoscaler';
const TEMPLATE = `${PREFIX}/node-template`;

/** Tag key → value, for the Auto Scaling group of a pool. */
export function nodeTemplateTags(pool: NodePool): Readonly<Record<string, string>> {
  const { labels, taints } = pool;
  return {
    ...prefixed('label', labels),
    ...prefixed(
      'taint',
      Object.fromEntries(taints.map(({ key, value, effect }) => [key, `${value}:${effect}`])),
    ),
    ...prefixed('resources', allocatableOf(pool)),
  };
}

/**
 * What a node of the pool gives to pods, daemon sets included. Without it the autoscaler takes all of the instance
 * for pods, and starts too few nodes, or one on which the pod does not fit.
 */
function allocatableOf({ allocatable, accelerator, cloud }: NodePool): Record<string, string> {
  const { daemonSets } = cloud.definition;
  return {
    cpu: `${allocatable.cpuMillis + daemonSets.cpuMillis}m`,
    memory: `${allocatable.memoryMib + daemonSets.memoryMib}Mi`,
    'ephemeral-storage': `${allocatable.ephemeralStorageMib}Mi`,
    pods: String(allocatable.pods),
    ...(accelerator && { [accelerator.resourceName]: String(accelerator.count) }),
  };
}

function prefixed(
  kind: 'label' | 'taint' | 'resources',
  entries: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [`${TEMPLATE}/${kind}/${key}`, value]),
  );
}

/** Tags by which the autoscaler of a cluster finds its groups; EKS writes them for managed ones. */
export function discoveryTags(clusterName: string): Readonly<Record<string, string>> {
  return {
    [`${PREFIX}/enabled`]: 'true',
    [`${PREFIX}/${clusterName}`]: 'owned',
    [`kubernetes.io/cluster/${clusterName}`]: 'owned',
  };
}

/** A tag key as part of the name of a resource: `label-lifecycle`. */
export function tagId(key: string): string {
  return key.slice(TEMPLATE.length + 1).replace(/[^A-Za-z0-9.-]/g, '-');
}
