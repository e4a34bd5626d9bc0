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
  const { labels, taints, accelerator, diskMib } = pool;
  return {
    ...Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [`${TEMPLATE}/label/${key}`, value]),
    ),
    ...Object.fromEntries(
      taints.map(({ key, value, effect }) => [`${TEMPLATE}/taint/${key}`, `${value}:${effect}`]),
    ),
    ...(accelerator && {
      [`${TEMPLATE}/resources/${accelerator.resourceName}`]: String(accelerator.count),
    }),
    [`${TEMPLATE}/resources/ephemeral-storage`]: `${diskMib}Mi`,
  };
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
