/*
 * Fills in what the props leave open, and puts back ends that answer the same requests together. Pure, and
 * without judgement: the checks look at the result.
 */
import { Size } from 'cdk8s';
import type { ClientAuthentication } from '../pki/client-authentication';
import type { CertificateAuthority } from '../pki/certificate-authority';
import type { RevocationList } from '../pki/revocation-list';
import type { ModelEndpoint } from '../serving/endpoint';
import type {
  IngressProviderDefinition,
  ResolvedClients,
  ResolvedController,
  ResolvedIngress,
  ResolvedRoute,
  TrustReference,
} from './ingress-provider-definition';
import type { IngressBackend, SecureGrpcIngressProps } from './ingress-props';
import { IngressProvider } from './ingress-provider';

const DEFAULTS = {
  maxRequest: Size.mebibytes(64),
} as const;

/** The provider of an ingress. */
export function providerOf({ provider }: SecureGrpcIngressProps): IngressProvider {
  return provider ?? IngressProvider.ENVOY_GATEWAY;
}

/** The hosts of the props, whichever way they were given. */
export function hostsOf({ host, hosts }: SecureGrpcIngressProps): readonly string[] {
  return [...(host === undefined ? [] : [host]), ...(hosts ?? [])];
}

/** The back ends of the props, each with what was said of it. */
export function backendsOf({ backends }: SecureGrpcIngressProps): readonly IngressBackend[] {
  return backends.map((backend) => ('endpoint' in backend ? backend : { endpoint: backend }));
}

/** Whether requests to a back end are REST. */
export function isRest({ endpoint, restPath }: IngressBackend): boolean {
  return restPath !== undefined || endpoint.ports.grpc === undefined;
}

/** Name of the ConfigMap with what was given as PEM. */
export function trustName(name: string, what: 'clients' | 'backends'): string {
  return `${name}-${what}`;
}

/** Fills in the defaults. */
export function resolveIngress(
  props: SecureGrpcIngressProps,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): ResolvedIngress {
  const { definition } = providerOf(props);
  const { timeouts = {}, exposure = {} } = props;
  return {
    name: props.name,
    namespace,
    labels,
    hosts: hostsOf(props),
    routes: routesOf(props, namespace),
    certificate: props.certificate,
    clients: clientsOf(props),
    backendTls: props.backendTls && {
      trust: trustReference(props.backendTls.authority, trustName(props.name, 'backends')),
      hostname: props.backendTls.hostname,
    },
    maxRequestBytes: bytesOf(props.maxRequestBytes ?? DEFAULTS.maxRequest),
    requestTimeoutSeconds: timeouts.request?.toSeconds(),
    streamIdleSeconds: timeouts.streamIdle?.toSeconds(),
    requestsPerSecond: props.requestsPerSecond,
    internal: exposure.internal ?? true,
    sourceRanges: exposure.sourceRanges ?? [],
    placement: props.placement ?? [],
    controller: controllerOf(props, namespace, definition),
  };
}

function controllerOf(
  { name, controller = {}, exposure = {} }: SecureGrpcIngressProps,
  namespace: string,
  { controller: defaults, proxyLabels, publicClassName }: IngressProviderDefinition,
): ResolvedController {
  const own = proxyLabels?.(name, namespace);
  const usual = exposure.internal === false ? publicClassName : undefined;
  return {
    className: controller.className ?? usual ?? defaults.className,
    namespace: controller.namespace ?? defaults.namespace,
    podLabels: controller.podLabels ?? own ?? defaults.podLabels,
    addresses: controller.addresses ?? defaults.addresses,
  };
}

function clientsOf({
  name,
  clientAuthentication,
}: SecureGrpcIngressProps): ResolvedClients | undefined {
  if (clientAuthentication === undefined || !hasAuthority(clientAuthentication)) return undefined;
  const { authority, revocation, allowedClients = [], depth } = clientAuthentication;
  const trust = trustReference(authority, trustName(name, 'clients'));
  const { source } = authority;
  return {
    trust: source.kind === 'TrustStore' ? { kind: 'TrustStore', arn: source.arn } : trust,
    revocation: revocation && revocationReference(name, revocation, trust),
    allowed: allowedClients,
    depth,
    forwardCertificate: clientAuthentication.forwardCertificate ?? false,
  };
}

/** Plain JavaScript, and code that builds the object, can leave it out. */
export function hasAuthority({ authority }: Partial<ClientAuthentication>): boolean {
  return authority !== undefined;
}

function revocationReference(
  name: string,
  { source }: RevocationList,
  authorities: TrustReference,
): TrustReference | undefined {
  switch (source.kind) {
    case 'Secret':
      return { kind: 'Secret', name: source.name };
    case 'Pem':
      return { kind: 'ConfigMap', name: trustName(name, 'clients') };
    case 'Url':
      // What is fetched goes into the Secret of the authority.
      return authorities;
    case 'TrustStore':
      return undefined;
  }
}

function trustReference({ source }: CertificateAuthority, configMap: string): TrustReference {
  return source.kind === 'Secret'
    ? { kind: 'Secret', name: source.name }
    : { kind: 'ConfigMap', name: configMap };
}

/** Routes in the order in which they must be tried: the more exactly one says what it takes, the earlier. */
function routesOf(props: SecureGrpcIngressProps, namespace: string): ResolvedRoute[] {
  const routes = new Map<string, ResolvedRoute>();
  for (const host of hostsOf(props)) {
    for (const backend of backendsOf(props)) {
      if (backend.host !== undefined && backend.host !== host) continue;
      const empty = routeOf(host, backend);
      const key = JSON.stringify(empty);
      const route = routes.get(key) ?? empty;
      routes.set(key, { ...route, targets: [...route.targets, targetOf(backend, namespace)] });
    }
  }
  return [...routes.values()].sort((a, b) => exactness(b) - exactness(a));
}

function routeOf(host: string, backend: IngressBackend): ResolvedRoute {
  const rest = isRest(backend);
  return {
    host,
    protocol: rest ? 'rest' : 'grpc',
    service: rest ? undefined : backend.grpcService,
    method: rest ? undefined : backend.grpcMethod,
    path: rest ? (backend.restPath ?? '/') : '/',
    targets: [],
  };
}

function targetOf(
  { endpoint, weight, ...backend }: IngressBackend,
  namespace: string,
): ResolvedRoute['targets'][number] {
  const { grpc, http } = endpoint.ports;
  return {
    endpoint,
    namespace: endpoint.namespace ?? namespace,
    port: isRest({ endpoint, ...backend }) ? http : (grpc ?? http),
    weight: weight ?? 100,
  };
}

function exactness({ service, method, path }: ResolvedRoute): number {
  return (service === undefined ? 0 : 1000) + (method === undefined ? 0 : 1000) + path.length;
}

/** All endpoints of an ingress, each once. */
export function endpointsOf({ routes }: ResolvedIngress): readonly ModelEndpoint[] {
  return [...new Set(routes.flatMap(({ targets }) => targets.map(({ endpoint }) => endpoint)))];
}

function bytesOf(size: Size): number {
  return size.toKibibytes() * 1024;
}
