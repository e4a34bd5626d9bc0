/** A count of pods, or a share of them such as `25%`. */
export type PodShare = number | `${number}%`;

/** How many pods of a server a drain may take at a time. */
export class DisruptionBudget {
  /** At most so many pods are missing; shares are rounded up, so that a drain always gets on. */
  public static maxUnavailable(share: PodShare): DisruptionBudget {
    return new DisruptionBudget('maxUnavailable', share);
  }

  /** At least so many pods are there; shares are rounded up. */
  public static minAvailable(share: PodShare): DisruptionBudget {
    return new DisruptionBudget('minAvailable', share);
  }

  private constructor(
    public readonly field: 'maxUnavailable' | 'minAvailable',
    public readonly share: PodShare,
  ) {
    Object.freeze(this);
  }

  /** Pods out of `replicas` that a drain may take at a time. */
  public allowedDisruptions(replicas: number): number {
    const pods = podsOf(this.share, replicas);
    return this.field === 'maxUnavailable'
      ? Math.min(pods, replicas)
      : Math.max(0, replicas - pods);
  }
}

/** Whether it is a count of 0 or more, or a share of 0 to 100 %. */
export function isPodShare(share: PodShare): boolean {
  if (typeof share === 'number') return Number.isInteger(share) && share >= 0 && share <= 10_000;
  return /^(100|\d{1,2})%$/.test(share);
}

/** Pods that a share of `replicas` is, rounded up as Kubernetes does. */
function podsOf(share: PodShare, replicas: number): number {
  return typeof share === 'number' ? share : Math.ceil((parseInt(share, 10) / 100) * replicas);
}
