/*
 * How control software gets onto the pool that is there for it.
 */
import type { NodePool } from '../nodes/node-pool';

/** The part of a pod's spec that places it. */
export interface PodPlacement {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly {
    readonly key: string;
    readonly operator: 'Equal';
    readonly value: string;
    readonly effect: string;
  }[];
}

/** Places pods on `pool`; on any node without a taint if there is none. */
export function placementOn(pool: NodePool | undefined): PodPlacement {
  if (pool === undefined) return {};
  return {
    nodeSelector: pool.selector,
    ...(pool.taints.length > 0 && {
      tolerations: pool.taints.map(({ key, value, effect }) => ({
        key,
        operator: 'Equal',
        value,
        effect,
      })),
    }),
  };
}
