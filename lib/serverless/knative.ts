/*
 * What must be known of an installation of Knative Serving: where it is, and which of its feature flags are on.
 */

/**
 * Feature flags of Knative that are off unless the ConfigMap `config-features` says `enabled`. Its webhook refuses
 * pods that need one of them.
 * @see https://knative.dev/docs/serving/configuration/feature-flags/ (1.23)
 */
export enum KnativeFeature {
  /** Node affinity: which pools pods land on. */
  AFFINITY = 'kubernetes.podspec-affinity',
  /** Tolerations of tainted pools: spot, GPU. */
  TOLERATIONS = 'kubernetes.podspec-tolerations',
  PRIORITY_CLASS = 'kubernetes.podspec-priorityclassname',
}

/** An installation of Knative Serving. */
export interface KnativeInstallation {
  /**
   * Feature flags that are on, besides those that are by default.
   * @default - none
   */
  readonly features?: readonly KnativeFeature[];
  /**
   * Namespace of its activator and its autoscaler; DNS label.
   * @default 'knative-serving'
   */
  readonly namespace?: string;
  /**
   * Namespace of the proxies of its ingress: `istio-system`, `kourier-system`; DNS label.
   * @default 'istio-system'
   */
  readonly ingressNamespace?: string;
}

/** An installation with nothing left open. */
export type ResolvedKnative = Required<KnativeInstallation>;

/** @internal */
export function resolveKnative(installation: KnativeInstallation = {}): ResolvedKnative {
  return {
    features: installation.features ?? [],
    namespace: installation.namespace ?? 'knative-serving',
    ingressNamespace: installation.ingressNamespace ?? 'istio-system',
  };
}

/**
 * Ports of the proxy beside each pod: HTTP/1 and HTTP/2, plain and TLS, and what the autoscaler reads.
 * @see https://github.com/knative/serving/blob/knative-v1.23.0/pkg/networking/constants.go (1.23)
 */
export const QUEUE_PROXY_PORTS = [8012, 8013, 8112, 8022, 9090] as const;

/** Ports of Knative's ingress inside of the cluster, as pods are asked on them. */
export const INGRESS_PORTS = [8080, 8081] as const;
