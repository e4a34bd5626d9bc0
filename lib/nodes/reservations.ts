/*
 * Shares of a node that the kubelet and the system keep for themselves.
 */

/** Memory below which the kubelet of both clouds evicts pods (`evictionHard: memory.available`). */
export const EVICTION_MIB = 100;

/** One step of a reservation that falls with size. */
export interface Tier {
  /** How much of the amount the step covers; the last step covers the rest. */
  readonly upTo: number;
  /** Share that is reserved, 0 to 1. */
  readonly share: number;
}

/** Sum of the shares of `amount`, step by step, rounded up. */
export function reservedBy(tiers: readonly Tier[], amount: number): number {
  let rest = amount;
  let reserved = 0;
  for (const { upTo, share } of tiers) {
    const covered = Math.min(rest, upTo);
    reserved += covered * share;
    rest -= covered;
  }
  return Math.ceil(reserved);
}

/**
 * CPU, in millicores, that EKS and GKE reserve alike: 6 % of the first core, 1 % of the second, 0.5 % of
 * the next two and 0.25 % of every further one.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes (2026-11)
 */
export function reservedCpuMillis(vcpus: number): number {
  const tiers: readonly Tier[] = [
    { upTo: 1000, share: 0.06 },
    { upTo: 1000, share: 0.01 },
    { upTo: 2000, share: 0.005 },
    { upTo: Infinity, share: 0.0025 },
  ];
  return reservedBy(tiers, vcpus * 1000);
}
