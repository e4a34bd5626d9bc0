/*
 * Which group gets the next node: the pools by their priority, spot before what it falls back on.
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/expander/priority/readme.md (1.36)
 */
import type { NodePool } from '../nodes/node-pool';

/** Name that the autoscaler looks for in its own namespace. */
export const PRIORITY_CONFIG_MAP = 'cluster-autoscaler-priority-expander';

/** What EKS appends to the name of a node group, and Pulumi to a prefix of ours before that. */
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const UNIQUE = '[0-9a-f]{14,32}';

/** Regular expressions of the names that the group of a pool may have in AWS. */
export function groupPatterns(pool: NodePool, clusterName: string): readonly string[] {
  return [
    // Managed: eks-NAME-UUID, where NAME is the pool's, with a suffix if it was made by a prefix.
    `^eks-${pool.name}(-${UNIQUE})?-${UUID}$`,
    // Self-managed: CLUSTER-NAME-SUFFIX.
    `^${clusterName}-${pool.name}-${UNIQUE}$`,
  ];
}

/** Content of the key `priorities`: YAML, priority → regular expressions, and all other groups last. */
export function priorities(pools: readonly NodePool[], clusterName: string): string {
  const byPriority = new Map<number, string[]>();
  for (const pool of pools) {
    const patterns = byPriority.get(pool.priority) ?? [];
    byPriority.set(pool.priority, [...patterns, ...groupPatterns(pool, clusterName)]);
  }
  const ranks = [...byPriority].sort(([one], [other]) => other - one);
  return [...ranks, [0, ['.*']] as const]
    .flatMap(([priority, patterns]) => [
      `${priority}:`,
      ...patterns.map((pattern) => `  - '${pattern}'`),
    ])
    .join('\n')
    .concat('\n');
}
