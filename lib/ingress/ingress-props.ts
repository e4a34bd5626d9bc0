import type { Duration, Size } from 'cdk8s';
import type { PlainObject } from '../core/custom-resource';
import type { NodePool } from '../nodes/node-pool';
import type { Certificate } from '../pki/certificate';
import type { CertificateAuthority } from '../pki/certificate-authority';
import type { ClientAuthentication } from '../pki/client-authentication';
import type { ModelEndpoint } from '../serving/endpoint';
import type { IngressProvider } from './ingress-provider';

/** An endpoint, and which requests go to it. */
export interface IngressBackend {
  readonly endpoint: ModelEndpoint;
  /**
   * Share of the requests, percent, 1 to 100; those of one route sum to 100.
   * @default 100
   */
  readonly weight?: number;
  /**
   * Host whose requests it answers; one of the hosts of the ingress.
   * @default - all of them
   */
  readonly host?: string;
  /**
   * gRPC service with its package, such as `inference.GRPCInferenceService`.
   * @default - all services
   */
  readonly grpcService?: string;
  /**
   * gRPC method of that service, such as `ModelInfer`.
   * @default - all methods
   */
  readonly grpcMethod?: string;
  /**
   * REST path, such as `/v1/models/resnet:predict`, with everything below it. Makes it a REST route.
   * @default - a gRPC route; a REST route of all paths where the endpoint speaks no gRPC
   */
  readonly restPath?: string;
}

/** TLS between the proxy and the model servers. */
export interface BackendTls {
  /** Who has signed the certificate of the servers. */
  readonly authority: CertificateAuthority;
  /** Name in that certificate. */
  readonly hostname: string;
  /** The certificate that the servers show; a Secret in their namespace, or an issuer. */
  readonly certificate: Certificate;
}

/** Time limits. Inference may stream, so that there are none unless asked for. */
export interface IngressTimeouts {
  /**
   * Longest time of a whole request, 1 second to 1 hour; cuts streams, too.
   * @default - none
   */
  readonly request?: Duration;
  /**
   * Longest silence on a request or stream, 1 second to 1 day.
   * @default - none
   */
  readonly streamIdle?: Duration;
}

/** From where it can be reached. */
export interface IngressExposure {
  /**
   * Whether it is reachable from inside of the network only.
   * @default - true where it is up to the ingress, else as the controller is installed
   */
  readonly internal?: boolean;
  /**
   * IPv4 blocks that clients come from.
   * @default - any
   */
  readonly sourceRanges?: readonly string[];
}

/** Which controller serves the ingress, where there are several or it is not where it is by default. */
export interface IngressController {
  /**
   * GatewayClass or IngressClass.
   * @default - the usual name of the provider; GATEWAY_API has none
   */
  readonly className?: string;
  /**
   * Namespace of its proxies; they, and nobody else there, are let in to the model servers.
   * @default - the usual namespace of the provider; GATEWAY_API has none
   */
  readonly namespace?: string;
  /**
   * Labels of its proxies.
   * @default - the usual ones of the provider
   */
  readonly podLabels?: Readonly<Record<string, string>>;
  /**
   * IPv4 blocks that the load balancer calls from, where it is outside of the cluster: the subnets of an
   * AWS load balancer, the proxy-only subnet of a regional Google one.
   * @default - those of Google's global load balancers for GKE_GATEWAY; none for others
   */
  readonly addresses?: readonly string[];
}

/** Options of an ingress. */
export interface SecureGrpcIngressProps {
  /** Name of the objects; DNS label, at most 46 characters. */
  readonly name: string;
  /** @default IngressProvider.ENVOY_GATEWAY */
  readonly provider?: IngressProvider;
  /**
   * Host name; this or `hosts`. A wildcard `*.example.com` stands for one label.
   * @default - `hosts`
   */
  readonly host?: string;
  /**
   * Host names.
   * @default - `host`
   */
  readonly hosts?: readonly string[];
  /** The endpoints; at least one. */
  readonly backends: readonly (ModelEndpoint | IngressBackend)[];
  /** The certificate that clients see. */
  readonly certificate: Certificate;
  /**
   * Who may call.
   * @default - everybody who can reach it
   */
  readonly clientAuthentication?: ClientAuthentication;
  /**
   * Encrypts the way from the proxy to the servers.
   * @default - plain text inside of the cluster
   */
  readonly backendTls?: BackendTls;
  /**
   * Largest request, 1 KiB to 2 GiB less one byte: refused by the proxy where it can without breaking
   * streams, else by the server.
   * @default Size.mebibytes(64)
   */
  readonly maxRequestBytes?: Size;
  /** @default - no limits */
  readonly timeouts?: IngressTimeouts;
  /**
   * Requests per second and proxy, count, 1 to 1000000; more are refused.
   * @default - no limit
   */
  readonly requestsPerSecond?: number;
  /** @default - internal, from anywhere in the network */
  readonly exposure?: IngressExposure;
  /**
   * Pools that the proxies run on, where the ingress has proxies of its own; their taints are tolerated.
   * @default - any node without a taint
   */
  readonly placement?: readonly NodePool[];
  /** @default - as the provider is usually installed */
  readonly controller?: IngressController;
  /**
   * Change of any object that is rendered, by its construct ID; applied last, for what the props cannot say.
   * @default - no changes
   */
  readonly transform?: (id: string, object: PlainObject) => PlainObject;
}
