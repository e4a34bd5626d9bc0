/** How the capacity of a pool is bought. */
export enum CapacityKind {
  /** Cheap, and taken back at short notice. */
  SPOT = 'spot',
  ON_DEMAND = 'on-demand',
}

/** How the kubelet assigns cores to pods. */
export enum CpuManagerPolicy {
  /** All pods share all cores. */
  NONE = 'none',
  /** Guaranteed pods that ask for whole cores get them for themselves. */
  STATIC = 'static',
}
