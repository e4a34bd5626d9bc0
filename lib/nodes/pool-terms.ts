import type { NodeSelectorTerm } from 'kubernetes-types/core/v1';
import type { NodePool } from './node-pool';

/** Terms of a node affinity, one for each pool: its nodes and no others. */
export function poolTerms(pools: readonly NodePool[]): NodeSelectorTerm[] {
  return pools.map(({ selector }) => ({
    matchExpressions: Object.entries(selector).map(([key, value]) => ({
      key,
      operator: 'In' as const,
      values: [value],
    })),
  }));
}
