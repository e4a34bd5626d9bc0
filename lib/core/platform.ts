import type { IConstruct } from 'constructs';

/** Context under which constructs find out what they are for. */
const PLATFORM = 'inference-constructs:platform';

/** What kind of cluster manifests are for. */
export enum Platform {
  /** Kubernetes, on any cloud. */
  KUBERNETES = 'Kubernetes',
  /**
   * OpenShift: the cluster assigns users to namespaces, and does not admit pods that name one of their own under its
   * security context constraint `restricted-v2`; names are resolved by pods in `openshift-dns`.
   */
  OPENSHIFT = 'OpenShift',
}

/** Makes all constructs of a chart for a platform. */
export function setPlatform(chart: IConstruct, platform: Platform): void {
  chart.node.setContext(PLATFORM, platform);
}

/** The platform that a construct is for: that of its chart. */
export function platformOf(scope: IConstruct): Platform {
  return scope.node.tryGetContext(PLATFORM) === Platform.OPENSHIFT
    ? Platform.OPENSHIFT
    : Platform.KUBERNETES;
}
