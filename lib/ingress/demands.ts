/*
 * What a declaration asks of its provider, in the terms of the capability table: the one place that decides
 * whether a provider is fit, so that nothing can be dropped silently.
 */
import { IdentityKind } from '../pki/client-identity';
import { IngressCapability } from './ingress-capability';
import { serverLimits } from './request-limit';
import type { ResolvedIngress } from './ingress-provider-definition';
import type { SecureGrpcIngressProps } from './ingress-props';

/** A capability, and the property that asks for it. */
export interface Demand {
  readonly capability: IngressCapability;
  readonly property: string;
  /** What to do where the provider lacks it. */
  readonly remedy: string;
}

const {
  GRPC,
  GRPC_TO_PLAIN_BACKENDS,
  GRPC_METHODS,
  REST,
  GRPC_AND_REST_ON_ONE_HOST,
  WILDCARD_HOSTS,
  WEIGHTS,
  OTHER_NAMESPACES,
  CLIENT_CERTIFICATES,
  CLIENT_CERTIFICATES_FROM_PEM,
  CLIENT_CERTIFICATES_FROM_TRUST_STORE,
  ALLOWED_COMMON_NAMES,
  ALLOWED_DNS_NAMES,
  ALLOWED_URIS,
  REVOCATION,
  REVOCATION_FROM_OTHER_SECRET,
  REVOCATION_FROM_PEM,
  REVOCATION_IN_TRUST_STORE,
  DEPTH,
  FORWARDED_CERTIFICATE,
  BACKEND_TLS,
  BACKEND_TLS_FROM_PEM,
  REQUEST_LIMIT,
  REQUEST_TIMEOUT,
  STREAM_IDLE_TIMEOUT,
  RATE_LIMIT,
  EXPOSURE,
  SOURCE_RANGES,
  PLACEMENT,
} = IngressCapability;

const CERTIFICATES = {
  Secret: IngressCapability.CERTIFICATE_FROM_SECRET,
  Issuer: IngressCapability.CERTIFICATE_FROM_ISSUER,
  Acm: IngressCapability.CERTIFICATE_FROM_ACM,
  CertificateMap: IngressCapability.CERTIFICATE_FROM_MAP,
} as const;

const TRUST = {
  Secret: CLIENT_CERTIFICATES,
  ConfigMap: CLIENT_CERTIFICATES_FROM_PEM,
  TrustStore: CLIENT_CERTIFICATES_FROM_TRUST_STORE,
} as const;

const ALLOWED = {
  [IdentityKind.COMMON_NAME]: ALLOWED_COMMON_NAMES,
  [IdentityKind.DNS_NAME]: ALLOWED_DNS_NAMES,
  [IdentityKind.URI]: ALLOWED_URIS,
} as const;

/** Everything that a declaration asks for, each once. */
export function demandsOf(
  props: SecureGrpcIngressProps,
  ingress: ResolvedIngress,
): readonly Demand[] {
  const demands = [
    ...routeDemands(ingress),
    demand(CERTIFICATES[ingress.certificate.source.kind], 'certificate'),
    ...clientDemands(props, ingress),
    ...when(ingress.backendTls?.trust.kind === 'Secret', BACKEND_TLS, 'backendTls'),
    ...when(ingress.backendTls?.trust.kind === 'ConfigMap', BACKEND_TLS_FROM_PEM, 'backendTls'),
    // By default, the server refuses what the proxy cannot.
    ...when(needsProxyLimit(props, ingress), REQUEST_LIMIT, 'maxRequestBytes'),
    ...when(ingress.requestTimeoutSeconds !== undefined, REQUEST_TIMEOUT, 'timeouts.request'),
    ...when(ingress.streamIdleSeconds !== undefined, STREAM_IDLE_TIMEOUT, 'timeouts.streamIdle'),
    ...when(ingress.requestsPerSecond !== undefined, RATE_LIMIT, 'requestsPerSecond'),
    ...when(props.exposure?.internal !== undefined, EXPOSURE, 'exposure.internal'),
    ...when(ingress.sourceRanges.length > 0, SOURCE_RANGES, 'exposure.sourceRanges'),
    ...when(ingress.placement.length > 0, PLACEMENT, 'placement'),
  ];
  return [...new Map(demands.map((one) => [one.capability, one])).values()];
}

/** Whether a size was asked for that some back end cannot hold to by itself. */
function needsProxyLimit(props: SecureGrpcIngressProps, { routes }: ResolvedIngress): boolean {
  return props.maxRequestBytes !== undefined && routes.some((route) => !serverLimits(route));
}

function routeDemands({ routes, hosts, namespace, backendTls }: ResolvedIngress): Demand[] {
  const grpc = routes.filter(({ protocol }) => protocol === 'grpc');
  const rest = routes.filter(({ protocol }) => protocol === 'rest');
  const onOneHost = grpc.some(({ host }) => rest.some((other) => other.host === host));
  const targets = routes.flatMap((route) => route.targets);
  return [
    ...when(grpc.length > 0, GRPC, 'backends'),
    ...when(grpc.length > 0 && !backendTls, GRPC_TO_PLAIN_BACKENDS, 'backendTls'),
    ...when(
      grpc.some(({ service }) => service !== undefined),
      GRPC_METHODS,
      'backends',
    ),
    ...when(rest.length > 0, REST, 'backends'),
    ...when(onOneHost, GRPC_AND_REST_ON_ONE_HOST, 'backends'),
    ...when(
      hosts.some((host) => host.startsWith('*.')),
      WILDCARD_HOSTS,
      'hosts',
    ),
    ...when(
      routes.some((route) => route.targets.length > 1),
      WEIGHTS,
      'backends',
    ),
    ...when(
      targets.some((target) => target.namespace !== namespace),
      OTHER_NAMESPACES,
      'backends',
    ),
  ];
}

function clientDemands(
  { clientAuthentication }: SecureGrpcIngressProps,
  { clients }: ResolvedIngress,
): Demand[] {
  if (clients === undefined || clientAuthentication === undefined) return [];
  const at = 'clientAuthentication';
  const { authority, revocation } = clientAuthentication;
  const list = revocation?.source;
  const apart =
    (list?.kind === 'Secret' || list?.kind === 'Pem') &&
    JSON.stringify(clients.revocation) !== JSON.stringify(clients.trust);
  return [
    demand(TRUST[authority.source.kind], `${at}.authority`),
    ...clients.allowed.map(({ kind }) => demand(ALLOWED[kind], `${at}.allowedClients`)),
    ...when(list?.kind === 'Secret' || list?.kind === 'Url', REVOCATION, `${at}.revocation`),
    ...when(apart, REVOCATION_FROM_OTHER_SECRET, `${at}.revocation`),
    ...when(list?.kind === 'Pem', REVOCATION_FROM_PEM, `${at}.revocation`),
    ...when(list?.kind === 'TrustStore', REVOCATION_IN_TRUST_STORE, `${at}.revocation`),
    ...when(clients.depth !== undefined, DEPTH, `${at}.depth`),
    ...when(clients.forwardCertificate, FORWARDED_CERTIFICATE, `${at}.forwardCertificate`),
  ];
}

function when(holds: boolean, capability: IngressCapability, property: string): Demand[] {
  return holds ? [demand(capability, property)] : [];
}

function demand(capability: IngressCapability, property: string): Demand {
  const what = capability === GRPC_TO_PLAIN_BACKENDS ? 'set' : 'drop';
  const remedy = `change the provider or ${what} ${property.split('.').pop() ?? property}`;
  return { capability, property, remedy };
}
