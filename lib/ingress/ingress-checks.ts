/*
 * Everything that can be wrong with an ingress, said at once.
 */
import type { Checks } from '../core/checks';
import { isHostName, requireLabels, requireName, requireSubdomain } from '../core/names';
import { requireCidr } from '../core/network-peer';
import { ServingEngine } from '../serving/engine';
import { Protocol } from '../serving/engine-definition';
import { demandsOf } from './demands';
import type { IngressBackend, SecureGrpcIngressProps } from './ingress-props';
import { IngressProvider } from './ingress-provider';
import type { ResolvedIngress, ResolvedRoute } from './ingress-provider-definition';
import { requireDirect } from '../serving/direct-endpoints';
import { backendsOf, endpointsOf, hasAuthority, hostsOf, isRest, providerOf } from './resolve';

/** Characters left for suffixes such as `-crl`, and for what Jobs add to the names of CronJobs. */
const SUFFIX_ROOM = 17;

const MAX_REQUEST_BYTES = { least: 1024, most: 2 ** 31 - 1 } as const;

const REST_PROTOCOLS: readonly Protocol[] = [
  Protocol.TFS_REST,
  Protocol.KSERVE_V2_REST,
  Protocol.OPENAI,
  Protocol.EMBEDDINGS,
];

/** Collects every problem of an ingress. */
export function checkIngress(
  checks: Checks,
  props: SecureGrpcIngressProps,
  ingress: ResolvedIngress,
): void {
  requireName(checks, 'name', props.name, SUFFIX_ROOM);
  checkHosts(checks, props);
  checkRoutes(checks, props, ingress);
  requireDirect(checks, 'backends', endpointsOf(ingress));
  for (const [index, backend] of backendsOf(props).entries()) {
    checkBackend(checks, `backends[${index}]`, backend, props);
  }
  for (const route of ingress.routes) checkWeights(checks, route);
  checkClients(checks, props);
  checkBackendTls(checks, props, ingress);
  checkLimits(checks, props, ingress);
  checkController(checks, props);
  checkCapabilities(checks, props, ingress);
}

function checkHosts(checks: Checks, props: SecureGrpcIngressProps): void {
  const hosts = hostsOf(props);
  checks.require(hosts.length > 0, 'hosts', () => ({
    got: 'no host',
    expected: 'at least one host name',
    fix: 'set host',
  }));
  for (const host of hosts) {
    checks.require(isHostName(host.replace(/^\*\./, '')), 'hosts', () => ({
      got: `"${host}"`,
      expected: 'a DNS name in lower case, or "*." and one',
      fix: 'correct the host; port and scheme do not belong to it',
    }));
    checks.require(props.certificate.covers(host), 'certificate', () => ({
      got: `a certificate that does not cover ${host}`,
      expected: 'a certificate with that name, or a wildcard for it, among its alternative names',
      fix: 'use a certificate that covers all hosts; a wildcard covers one label',
    }));
    const rivals = hosts.filter((other) => other !== host && matchesHost(host, other));
    checks.require(rivals.length === 0, 'hosts', () => ({
      got: `${host} and ${rivals.join(', ')}`,
      expected: 'hosts of which none matches another',
      fix: 'drop one of them: a request would match two routes',
    }));
  }
  checks.requireUnique(hosts, 'hosts', 'every host once', 'drop the repetition');
}

function checkRoutes(
  checks: Checks,
  props: SecureGrpcIngressProps,
  { routes }: ResolvedIngress,
): void {
  const idle = hostsOf(props).filter((host) => !routes.some((route) => route.host === host));
  checks.require(idle.length === 0, 'backends', () => ({
    got: `none for ${idle.join(', ')}`,
    expected: 'at least one back end for each host',
    fix: 'add one, or drop the host',
  }));
}

/** Whether requests to `host` also match `pattern`. */
export function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  if (!pattern.startsWith('*.')) return false;
  return host.endsWith(pattern.slice(1)) && !host.slice(0, 1 - pattern.length).includes('.');
}

function checkBackend(
  checks: Checks,
  at: string,
  backend: IngressBackend,
  props: SecureGrpcIngressProps,
): void {
  const { endpoint, host, grpcService, grpcMethod, restPath } = backend;
  checks.require(host === undefined || hostsOf(props).includes(host), `${at}.host`, () => ({
    got: `"${host ?? ''}"`,
    expected: `one of ${hostsOf(props).join(', ')}`,
    fix: 'name the host in hosts, too',
  }));
  checks.require(
    restPath === undefined || (grpcService === undefined && grpcMethod === undefined),
    at,
    () => ({
      got: 'a REST path and a gRPC service or method',
      expected: 'one kind of request',
      fix: 'make two back ends of it',
    }),
  );
  checks.require(grpcMethod === undefined || grpcService !== undefined, `${at}.grpcMethod`, () => ({
    got: `the method ${grpcMethod ?? ''} of no service`,
    expected: 'a method together with its service',
    fix: 'set grpcService',
  }));
  for (const [property, text] of Object.entries({ grpcService, grpcMethod })) {
    checks.require(
      text === undefined || /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(text),
      `${at}.${property}`,
      () => ({
        got: `"${text ?? ''}"`,
        expected: 'names as in the .proto file, such as inference.GRPCInferenceService',
        fix: 'correct the name; no slashes',
      }),
    );
  }
  checks.require(
    restPath === undefined || /^\/[\w./:~@%+-]*$/.test(restPath),
    `${at}.restPath`,
    () => ({
      got: `"${restPath ?? ''}"`,
      expected: 'a path that starts with "/", without a query',
      fix: 'correct the path',
    }),
  );
  const { protocols } = endpoint;
  // Of engines of one's own it may not be known.
  const speaksRest =
    protocols.length === 0 || protocols.some((protocol) => REST_PROTOCOLS.includes(protocol));
  checks.require(!isRest(backend) || speaksRest, `${at}.restPath`, () => ({
    got: `${restPath ?? 'a REST route'} to an engine that speaks ${endpoint.protocols.join(', ')}`,
    expected: 'an engine that speaks REST',
    fix: 'drop restPath, or serve the model with an engine that speaks REST',
  }));
  checks.require(
    grpcService === undefined || endpoint.ports.grpc !== undefined,
    `${at}.grpcService`,
    () => ({
      got: `a gRPC service of an engine that speaks ${endpoint.protocols.join(', ')}`,
      expected: 'an engine that speaks gRPC',
      fix: 'give a restPath instead',
    }),
  );
}

function checkWeights(
  checks: Checks,
  { host, service, method, path, targets }: ResolvedRoute,
): void {
  const sum = targets.reduce((total, { weight }) => total + weight, 0);
  const match = [host, service, method].filter((part) => part !== undefined).join(' ');
  for (const { weight } of targets) checks.requireCount(weight, 'backends.weight', 1, 100, ' %');
  checks.require(sum === 100, 'backends', () => ({
    got: `weights that sum to ${sum} % for ${path === '/' ? match : `${match} ${path}`}`,
    expected: '100 % for the back ends that answer the same requests',
    fix: 'correct the weights, or tell the back ends apart by host, service, method or path',
  }));
  checks.requireUnique(
    targets.map(({ endpoint }) => endpoint.node.path),
    'backends',
    'every endpoint once a route',
    'give it one weight',
  );
}

function checkClients(checks: Checks, { clientAuthentication }: SecureGrpcIngressProps): void {
  if (clientAuthentication === undefined) return;
  const { authority, allowedClients, revocation, depth } = clientAuthentication;
  const at = 'clientAuthentication';
  const known = hasAuthority(clientAuthentication);
  checks.require(known, `${at}.authority`, () => ({
    got: 'no authority',
    expected: 'the authority that has signed the certificates of clients',
    fix: 'set authority: without it, anybody could make a certificate with an allowed name',
  }));
  checks.require(allowedClients?.length !== 0, `${at}.allowedClients`, () => ({
    got: 'an empty list',
    expected: 'at least one client, or no list for all clients of the authority',
    fix: 'name the clients',
  }));
  checks.requireUnique(
    (allowedClients ?? []).map(String),
    `${at}.allowedClients`,
    'every client once',
    'drop the repetition',
  );
  if (depth !== undefined) checks.requireCount(depth, `${at}.depth`, 1, 9);
  if (!known || revocation === undefined) return;
  const { kind } = revocation.source;
  const store = authority.source.kind === 'TrustStore';
  checks.require(
    store === (kind === 'TrustStore') && (kind !== 'Url' || authority.source.kind === 'Secret'),
    `${at}.revocation`,
    () => ({
      got: `revocation by ${kind} for an authority in a ${authority.source.kind}`,
      expected: 'a list that belongs to where the authority is',
      fix: store
        ? 'use RevocationList.IN_TRUST_STORE'
        : 'use RevocationList.fromSecret, or CertificateAuthority.fromSecret for a list by URL',
    }),
  );
  const foreign = revocation.foreignTo(authority);
  checks.require(foreign === 0, `${at}.revocation`, () => ({
    got: `${foreign} lists that none of the authorities has signed`,
    expected: 'lists of the given authorities',
    fix: 'give the lists of these authorities',
  }));
  const missing = revocation.missingFor(authority);
  checks.require(missing.length === 0, `${at}.revocation`, () => ({
    got: `no list for ${missing.join(' and ')}`,
    expected: 'one list for each authority of the chain',
    fix: 'add the missing list: proxies refuse every client of a chain without one',
  }));
}

function checkBackendTls(
  checks: Checks,
  { backendTls }: SecureGrpcIngressProps,
  ingress: ResolvedIngress,
): void {
  if (backendTls === undefined) return;
  checks.require(isHostName(backendTls.hostname), 'backendTls.hostname', () => ({
    got: `"${backendTls.hostname}"`,
    expected: 'the DNS name in the certificate of the servers',
    fix: 'set, for example, resnet.serving.svc.cluster.local',
  }));
  const unable = endpointsOf(ingress).filter(({ canServeTls }) => !canServeTls);
  checks.require(unable.length === 0, 'backendTls', () => ({
    got: `back ends that cannot serve TLS: ${unable.map(({ serviceName }) => serviceName).join(', ')}`,
    expected: `engines that serve gRPC with TLS: ${enginesWithTls()}`,
    fix: 'drop backendTls for them, or let a mesh encrypt the way',
  }));
  checks.require(
    ingress.routes.every(({ protocol }) => protocol === 'grpc'),
    'backendTls',
    () => ({
      got: 'REST routes',
      expected: 'gRPC routes only: the engines serve REST without TLS',
      fix: 'make an ingress of its own for REST, or let a mesh encrypt the way',
    }),
  );
  const { kind } = backendTls.certificate.source;
  checks.require(kind === 'Secret' || kind === 'Issuer', 'backendTls.certificate', () => ({
    got: `a certificate of kind ${kind}`,
    expected: 'a Secret, or an issuer of cert-manager: the servers need the key, too',
    fix: 'use Certificate.fromSecret or Certificate.fromIssuer',
  }));
  checks.require(backendTls.authority.source.kind !== 'TrustStore', 'backendTls.authority', () => ({
    got: 'a trust store of AWS',
    expected: 'the certificates of the authority',
    fix: 'use CertificateAuthority.fromSecret or fromPem',
  }));
  const elsewhere = ingress.routes.some(({ targets }) =>
    targets.some(({ namespace }) => namespace !== ingress.namespace),
  );
  checks.require(!elsewhere, 'backendTls', () => ({
    got: 'back ends in another namespace',
    expected: 'back ends in the namespace of the ingress, where certificate and authority are',
    fix: 'put the ingress beside its back ends',
  }));
}

function enginesWithTls(): string {
  return ServingEngine.all()
    .filter(({ definition }) => definition.tls !== undefined)
    .map(({ definition }) => definition.title)
    .join(', ');
}

function checkLimits(
  checks: Checks,
  { timeouts = {}, exposure = {} }: SecureGrpcIngressProps,
  ingress: ResolvedIngress,
): void {
  const { least, most } = MAX_REQUEST_BYTES;
  checks.requireCount(ingress.maxRequestBytes, 'maxRequestBytes', least, most, ' bytes');
  if (timeouts.request)
    checks.requireCount(timeouts.request.toSeconds(), 'timeouts.request', 1, 3600, ' s');
  if (timeouts.streamIdle)
    checks.requireCount(timeouts.streamIdle.toSeconds(), 'timeouts.streamIdle', 1, 86_400, ' s');
  if (ingress.requestsPerSecond !== undefined)
    checks.requireCount(ingress.requestsPerSecond, 'requestsPerSecond', 1, 1_000_000);
  for (const range of exposure.sourceRanges ?? [])
    requireCidr(checks, 'exposure.sourceRanges', range);
}

function checkController(checks: Checks, { controller = {} }: SecureGrpcIngressProps): void {
  const { className, namespace, podLabels, addresses = [] } = controller;
  const fix = 'give the name under which the controller is installed';
  if (className !== undefined) requireSubdomain(checks, 'controller.className', className, fix);
  if (namespace !== undefined) requireName(checks, 'controller.namespace', namespace);
  requireLabels(checks, 'controller.podLabels', podLabels ?? {});
  for (const range of addresses) requireCidr(checks, 'controller.addresses', range);
}

function checkCapabilities(
  checks: Checks,
  props: SecureGrpcIngressProps,
  ingress: ResolvedIngress,
): void {
  const provider = providerOf(props);
  for (const [property, finding] of Object.entries(provider.definition.check?.(ingress) ?? {})) {
    checks.require(false, property, () => finding);
  }
  for (const { capability, property, remedy } of demandsOf(props, ingress)) {
    const able = IngressProvider.with(capability);
    checks.require(provider.can(capability), property, () => ({
      got: provider.toString(),
      expected: `a provider that has ${capability} (${able.join(', ') || 'none has'})`,
      fix: remedy,
    }));
  }
}
