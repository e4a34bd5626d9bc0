/** How calls are spread over the pods of a server. */
export class LoadBalancing {
  /**
   * To the one of two random pods that has fewer calls under way: a slow pod gets fewer. Istio called it LEAST_CONN
   * once; that name is deprecated and nowhere accepted here.
   */
  public static leastRequest(): LoadBalancing {
    return new LoadBalancing({ kind: 'leastRequest' });
  }

  /** To each in turn, however slow it is. */
  public static roundRobin(): LoadBalancing {
    return new LoadBalancing({ kind: 'roundRobin' });
  }

  /** To any. */
  public static random(): LoadBalancing {
    return new LoadBalancing({ kind: 'random' });
  }

  /**
   * Calls with the same value of a header to the same pod, as long as it is there: for models with a state, and for
   * caches of prompts.
   * @param header name of the header, in lower case
   */
  public static consistentHash(header: string): LoadBalancing {
    return new LoadBalancing({ kind: 'consistentHash', header });
  }

  /** To pods of the caller's zone while there are healthy ones, elsewhere to those with fewer calls; needs `circuitBreaker`. */
  public static locality(): LoadBalancing {
    return new LoadBalancing({ kind: 'locality' });
  }

  private constructor(
    /** @internal */
    public readonly definition:
      | { readonly kind: 'leastRequest' | 'roundRobin' | 'random' | 'locality' }
      | { readonly kind: 'consistentHash'; readonly header: string },
  ) {
    Object.freeze(this);
  }
}
