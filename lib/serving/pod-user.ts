/** As which user the containers of a server run; never as root. */
export enum PodUser {
  /** The user that the image of the engine is made for, by its number. */
  ENGINE = 'Engine',
  /**
   * The user that the cluster assigns to the namespace, as OpenShift does: pods that name one of their own are
   * not admitted under its security context constraint `restricted-v2`.
   */
  ASSIGNED = 'Assigned',
}
