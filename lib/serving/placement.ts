/*
 * How pods find their pools, and how many of them a node of a pool holds.
 */
import type { Affinity, Toleration, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import type { Amounts } from '../core/quantities';
import type { Accelerator } from '../nodes/accelerator';
import type { NodePool } from '../nodes/node-pool';
import { poolTerms } from '../nodes/pool-terms';

/** What one pod takes of a node. */
export interface PodDemand extends Amounts {
  readonly ephemeralStorageMib: number;
  readonly accelerator: Accelerator | undefined;
}

/** Pods that fit a node of the pool, when nothing else runs there but its daemon sets. */
export function podsPerNode(demand: PodDemand, pool: NodePool): number {
  const { allocatable, accelerator } = pool;
  const wanted = demand.accelerator;
  const byAccelerator = wanted
    ? accelerator?.provides(wanted)
      ? Math.floor(accelerator.count / wanted.count)
      : 0
    : Infinity;
  return Math.min(
    Math.floor(allocatable.cpuMillis / demand.cpuMillis),
    Math.floor(allocatable.memoryMib / demand.memoryMib),
    Math.floor(allocatable.ephemeralStorageMib / demand.ephemeralStorageMib),
    byAccelerator,
    allocatable.pods,
  );
}

/** Pods that all pools together hold at their maxima; without pools there is no bound. */
export function capacityOf(demand: PodDemand, pools: readonly NodePool[]): number {
  if (pools.length === 0) return Infinity;
  return pools.reduce((sum, pool) => sum + pool.max * podsPerNode(demand, pool), 0);
}

/** For people: `spot-4x16 has 15 nodes of 1 pod`. */
export function poolCapacityText(podsPerNode: number, { name, max }: NodePool): string {
  const nodes = max === 1 ? 'node' : 'nodes';
  return `${name} has ${max} ${nodes} of ${podsPerNode} ${podsPerNode === 1 ? 'pod' : 'pods'}`;
}

/** Only the pools given, earlier ones rather than later ones, and pods of one server apart where possible. */
export function affinity(pools: readonly NodePool[], podLabels: Record<string, string>): Affinity {
  const terms = poolTerms(pools);
  const preferred = terms.slice(0, -1).map((preference, index) => ({
    // Weights fall from 100 in equal steps; the last pool needs none.
    weight: Math.max(1, Math.round(100 * (1 - index / terms.length))),
    preference,
  }));
  return {
    ...(terms.length > 0 && {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
        ...(preferred.length > 0 && { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
      },
    }),
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 50,
          podAffinityTerm: {
            labelSelector: { matchLabels: podLabels },
            topologyKey: 'kubernetes.io/hostname',
          },
        },
      ],
    },
  };
}

/** A toleration for every taint of the pools, each once. */
export function tolerations(pools: readonly NodePool[]): Toleration[] {
  const unique = new Map<string, Toleration>();
  for (const { key, value, effect } of pools.flatMap((pool) => pool.taints)) {
    unique.set(`${key}=${value}:${effect}`, { key, value, effect, operator: 'Equal' });
  }
  return [...unique.values()];
}

/** Even over zones, then over nodes; never at the price of a pod that runs nowhere. */
export function topologySpread(podLabels: Record<string, string>): TopologySpreadConstraint[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway' as const,
    labelSelector: { matchLabels: podLabels },
    // Counts the pods of one rollout only, so that the old ones do not push the new ones together.
    matchLabelKeys: ['pod-template-hash'],
  }));
}
