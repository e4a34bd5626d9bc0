import type { IngressCapability } from './ingress-capability';
import type { IngressProviderDefinition } from './ingress-provider-definition';
import { awsAlb } from './providers/aws-alb';
import { envoyGateway } from './providers/envoy-gateway';
import { f5Nginx } from './providers/f5-nginx';
import { gatewayApi } from './providers/gateway-api';
import { gkeGateway } from './providers/gke-gateway';
import { ingressNginx } from './providers/ingress-nginx';
import { istioGateway } from './providers/istio-gateway';

/** The controllers that a `SecureGrpcIngress` can be written for; the cluster must run it. */
export class IngressProvider {
  private static readonly registered: IngressProvider[] = [];

  /** Envoy Gateway: everything but a bound on the depth of chains. */
  public static readonly ENVOY_GATEWAY = IngressProvider.register(envoyGateway);
  /** The ingress gateway of Istio. */
  public static readonly ISTIO_GATEWAY = IngressProvider.register(istioGateway);
  /** F5 NGINX Ingress Controller, by VirtualServer and Policy. */
  public static readonly F5_NGINX = IngressProvider.register(f5Nginx);
  /** The community's ingress-nginx, which is retired: for clusters that still have it. */
  public static readonly INGRESS_NGINX = IngressProvider.register(ingressNginx);
  /** Application load balancers of AWS. */
  public static readonly AWS_ALB = IngressProvider.register(awsAlb);
  /** Application load balancers of Google Cloud, by the Gateway controller of GKE. */
  public static readonly GKE_GATEWAY = IngressProvider.register(gkeGateway);
  /** Any controller that conforms to the Gateway API: standard resources only. */
  public static readonly GATEWAY_API = IngressProvider.register(gatewayApi);

  /** Every provider that ships with the library; contract tests run over these. */
  public static all(): readonly IngressProvider[] {
    return [...this.registered];
  }

  /** The providers that can do something. */
  public static with(capability: IngressCapability): readonly IngressProvider[] {
    return this.registered.filter((provider) => provider.can(capability));
  }

  private static register(definition: IngressProviderDefinition): IngressProvider {
    const provider = new IngressProvider(definition);
    this.registered.push(provider);
    return provider;
  }

  private constructor(
    /** What it can do and how it is configured. */
    public readonly definition: IngressProviderDefinition,
  ) {
    Object.freeze(this);
  }

  /** Whether it can do something; if not, asking for it is a `ConfigurationError`. */
  public can(capability: IngressCapability): boolean {
    return this.definition.capabilities[capability] !== undefined;
  }

  public toString(): string {
    return this.definition.id;
  }
}
