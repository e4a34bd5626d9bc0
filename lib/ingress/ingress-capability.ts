/** Something that one asks of an ingress and that not every controller can do. */
export enum IngressCapability {
  /** gRPC by host. */
  GRPC = 'gRPC',
  /** gRPC to back ends that speak it without TLS. */
  GRPC_TO_PLAIN_BACKENDS = 'gRPC to back ends without TLS',
  /** Routes by gRPC service or method. */
  GRPC_METHODS = 'routes by gRPC service and method',
  /** REST by path. */
  REST = 'REST by path',
  /** gRPC and REST under one host name. */
  GRPC_AND_REST_ON_ONE_HOST = 'gRPC and REST on one host',
  /** Host names such as `*.example.com`. */
  WILDCARD_HOSTS = 'wildcard hosts',
  /** Several back ends that share the requests by weight. */
  WEIGHTS = 'weights',
  /** Back ends in another namespace than the ingress. */
  OTHER_NAMESPACES = 'back ends in other namespaces',
  /** The certificate from a Secret. */
  CERTIFICATE_FROM_SECRET = 'certificate from a Secret',
  /** The certificate from an issuer of cert-manager. */
  CERTIFICATE_FROM_ISSUER = 'certificate from cert-manager',
  /** The certificate from AWS Certificate Manager. */
  CERTIFICATE_FROM_ACM = 'certificate from AWS Certificate Manager',
  /** The certificate from Google's Certificate Manager. */
  CERTIFICATE_FROM_MAP = 'certificate managed by Google',
  /** Client certificates, checked against authorities in a Secret. */
  CLIENT_CERTIFICATES = 'client certificates',
  /** Client certificates, checked against authorities given as PEM. */
  CLIENT_CERTIFICATES_FROM_PEM = 'client certificates of authorities given as PEM',
  /** Client certificates, checked against a trust store of AWS. */
  CLIENT_CERTIFICATES_FROM_TRUST_STORE = 'client certificates of a trust store',
  /** Only clients of certain common names. */
  ALLOWED_COMMON_NAMES = 'clients allowed by common name',
  /** Only clients of certain DNS names. */
  ALLOWED_DNS_NAMES = 'clients allowed by DNS name',
  /** Only clients of certain URIs. */
  ALLOWED_URIS = 'clients allowed by URI',
  /** Revocation by a list in the Secret of the authority. */
  REVOCATION = 'revocation',
  /** Revocation by a list in a Secret of its own. */
  REVOCATION_FROM_OTHER_SECRET = 'revocation by a list apart from the authority',
  /** Revocation by a list given as PEM. */
  REVOCATION_FROM_PEM = 'revocation by a list given as PEM',
  /** Revocation by the lists of a trust store of AWS. */
  REVOCATION_IN_TRUST_STORE = 'revocation in the trust store',
  /** A bound on the authorities between client and root. */
  DEPTH = 'depth of the chain',
  /** The client's certificate in a header to the back end. */
  FORWARDED_CERTIFICATE = 'forwarding of the client certificate',
  /** TLS to the back end, its certificate verified against authorities in a Secret. */
  BACKEND_TLS = 'verified TLS to the back end',
  /** TLS to the back end, its certificate verified against authorities given as PEM. */
  BACKEND_TLS_FROM_PEM = 'verified TLS to the back end by authorities given as PEM',
  /** The proxy itself refuses requests that are too large, without breaking streams. */
  REQUEST_LIMIT = 'request limit for every back end',
  /** A time limit of a request. */
  REQUEST_TIMEOUT = 'request timeout',
  /** A time limit of silence on a stream. */
  STREAM_IDLE_TIMEOUT = 'idle timeout of streams',
  /** A limit of requests over time. */
  RATE_LIMIT = 'rate limit',
  /** Whether it is reachable from the internet is up to the ingress, not to how the controller is installed. */
  EXPOSURE = 'internal or internet exposure',
  /** Reachable from certain addresses only. */
  SOURCE_RANGES = 'source ranges',
  /** The ingress has proxies of its own, which run on given pools. */
  PLACEMENT = 'placement of the proxies',
}
