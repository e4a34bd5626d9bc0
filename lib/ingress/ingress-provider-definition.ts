/*
 * The contract of an ingress controller: what it can do, as data, and how a declaration is written for it,
 * as a pure function. The registry is in `ingress-provider.ts`; the variants are in `providers/`.
 */
import type { NodePool } from '../nodes/node-pool';
import type { Certificate } from '../pki/certificate';
import type { ClientIdentity } from '../pki/client-identity';
import type { Finding } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import type { Warning } from '../core/warnings';
import type { ModelEndpoint } from '../serving/endpoint';
import type { IngressCapability } from './ingress-capability';

/** An object with certificates or lists in it, in the namespace of the ingress. */
export interface TrustReference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
}

/** Who may call. */
export interface ResolvedClients {
  /** The authorities, key `ca.crt`; or a trust store of AWS. */
  readonly trust: TrustReference | { readonly kind: 'TrustStore'; readonly arn: string };
  /** The lists of revoked certificates, key `ca.crl`. */
  readonly revocation: TrustReference | undefined;
  /** Empty if all clients of the authority may. */
  readonly allowed: readonly ClientIdentity[];
  readonly depth: number | undefined;
  readonly forwardCertificate: boolean;
}

/** A back end of a route. */
export interface ResolvedTarget {
  readonly endpoint: ModelEndpoint;
  readonly namespace: string;
  readonly port: number;
  /** Percent; 100 where it is alone. */
  readonly weight: number;
}

/** Requests of one kind, and who answers them. */
export interface ResolvedRoute {
  readonly host: string;
  readonly protocol: 'grpc' | 'rest';
  /** gRPC service with its package; all where undefined. */
  readonly service: string | undefined;
  /** gRPC method; all of the service where undefined. */
  readonly method: string | undefined;
  /** Path of REST requests, with everything below it. */
  readonly path: string;
  readonly targets: readonly ResolvedTarget[];
}

/** TLS from the proxy to the back ends. */
export interface ResolvedBackendTls {
  readonly trust: TrustReference;
  readonly hostname: string;
}

/** Where the controller runs, and who it is. */
export interface ResolvedController {
  /** GatewayClass or IngressClass. */
  readonly className: string;
  /** Namespace of the proxies; none where the load balancer is outside of the cluster. */
  readonly namespace: string | undefined;
  /** Labels of the proxies, for selectors. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  /** Addresses that the load balancer calls from, where it is outside of the cluster. */
  readonly addresses: readonly string[];
}

/** Props with nothing left open. */
export interface ResolvedIngress {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hosts: readonly string[];
  readonly routes: readonly ResolvedRoute[];
  readonly certificate: Certificate;
  readonly clients: ResolvedClients | undefined;
  readonly backendTls: ResolvedBackendTls | undefined;
  readonly maxRequestBytes: number;
  readonly requestTimeoutSeconds: number | undefined;
  readonly streamIdleSeconds: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly internal: boolean;
  readonly sourceRanges: readonly string[];
  /** Pools of the proxies; any node if there is none. */
  readonly placement: readonly NodePool[];
  readonly controller: ResolvedController;
}

/** Objects by the ID that they get as constructs. */
export type RenderedIngress = Readonly<Record<string, PlainObject>>;

/** Everything that differs between controllers. */
export interface IngressProviderDefinition {
  /** As in the registry, such as `ENVOY_GATEWAY`. */
  readonly id: string;
  /** Name for people, with the version that it was checked for. */
  readonly title: string;
  /** What it can do → the field that does it. What is missing here is refused. */
  readonly capabilities: Readonly<Partial<Record<IngressCapability, string>>>;
  /** How clients with a missing, foreign or revoked certificate are turned away. */
  readonly rejection: 'TLS handshake' | 'HTTP 400';
  readonly controller: ResolvedController;
  /**
   * Labels of those proxies that serve this ingress alone, where the controller makes such.
   * @default - those of the controller
   */
  readonly proxyLabels?: (name: string, namespace: string) => Record<string, string>;
  /**
   * `appProtocol` of a back end's gRPC port that has TLS.
   * @default - none
   */
  readonly tlsAppProtocol?: string;
  /**
   * Class of load balancers on the internet.
   * @default - the class of the controller
   */
  readonly publicClassName?: string;
  /**
   * Whether certificates and lists must be in the namespace of the proxies rather than that of the ingress.
   * @default false
   */
  readonly trustWithProxies?: boolean;
  /**
   * Said at every use.
   * @default - nothing
   */
  readonly warnings?: readonly Omit<Warning, 'at'>[];
  /** Problems beyond the table of capabilities: property → what is wrong. */
  check?(ingress: ResolvedIngress): Readonly<Record<string, Finding>>;
  render(ingress: ResolvedIngress): RenderedIngress;
}
