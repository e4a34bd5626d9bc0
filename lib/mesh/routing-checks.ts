/*
 * Everything that can be wrong with a routing, collected before anything is made.
 */
import type { Checks } from '../core/checks';
import { isHostName, requireLabels, requireName } from '../core/names';
import { coresText, memoryText } from '../core/quantities';
import { requireDirect } from '../serving/direct-endpoints';
import { ServerPort, type ModelEndpoint } from '../serving/endpoint';
import { demandsOf } from './demands';
import { GrpcStatus } from './grpc-status';
import type { ResolvedRouting } from './mesh-definition';
import { MutualTls, type MeshRoute, type ServiceMeshRoutingProps } from './mesh-props';
import { calledOf, endpointsOf, externalHostsOf } from './resolve';
import { checkRoute } from './route-checks';
import { ServiceMesh } from './service-mesh';

/** Longest of the suffixes that we append to the name: `-waypoint`. */
const SUFFIX_ROOM = '-waypoint'.length + 4;

const BOUNDS = {
  sidecarMillis: { least: 100, most: 16_000 },
  sidecarMib: { least: 64, most: 8192 },
  ejectionSeconds: { least: 1, most: 3600 },
  intervalSeconds: { least: 1, most: 600 },
} as const;

/** Where a routing is. */
export interface RoutingContext {
  readonly namespace: string | undefined;
  readonly forTesting: boolean;
}

/** Records everything that is wrong with the input of a routing. */
export function checkRouting(
  checks: Checks,
  props: ServiceMeshRoutingProps,
  routing: ResolvedRouting,
  context: RoutingContext,
): void {
  requireName(checks, 'name', props.name, SUFFIX_ROOM);
  checkMesh(checks, props, routing);
  checkNamespaces(checks, props, context);
  checkHosts(checks, props);
  checks.require(props.routes.length > 0, 'routes', () => ({
    got: 'none',
    expected: 'at least one route',
    fix: 'say where calls go',
  }));
  for (const [index, route] of props.routes.entries())
    checkRoute(checks, route, `routes[${index}]`, { ...context, props });
  checkReach(checks, props);
  checkBalancing(checks, props);
  checkBreaker(checks, props, routing);
  checkSidecar(checks, routing);
  checks.require(
    props.mutualTls !== MutualTls.PERMISSIVE || (props.access ?? []).length === 0,
    'access',
    () => ({
      got: 'callers, with MutualTls.PERMISSIVE',
      expected: 'MutualTls.STRICT: who calls in the clear has no identity',
      fix: 'drop access until everybody is in the mesh, or drop mutualTls',
    }),
  );
}

/** What the mesh cannot do is refused, with the names of those that can. */
function checkMesh(checks: Checks, props: ServiceMeshRoutingProps, routing: ResolvedRouting): void {
  const { mesh } = props;
  for (const { capability, property } of demandsOf(props, routing)) {
    const able = ServiceMesh.with(capability);
    checks.require(mesh.can(capability), property, () => ({
      got: mesh.toString(),
      expected: `a mesh that has ${capability} (${able.join(', ')})`,
      fix: `change the mesh or drop ${property.split('.').pop() ?? property}`,
    }));
  }
  for (const [index, { retries }] of props.routes.entries()) {
    const lost = (retries?.on ?? []).filter((status) => !GrpcStatus.retriable().includes(status));
    checks.require(lost.length === 0, `routes[${index}].retries.on`, () => ({
      got: lost.join(', '),
      expected: `statuses that proxies can tell: ${GrpcStatus.retriable().join(', ')}`,
      fix: 'retry those in the client, by its service config',
    }));
  }
}

function checkNamespaces(
  checks: Checks,
  props: ServiceMeshRoutingProps,
  { namespace }: RoutingContext,
): void {
  checks.require(namespace !== undefined, 'namespace', () => ({
    got: 'a chart without a namespace',
    expected: 'the namespace of the servers',
    fix: 'use ServingChart, or give the chart a namespace',
  }));
  requireDirect(checks, 'routes', endpointsOf(props));
  const elsewhere = (endpoint: ModelEndpoint): boolean => endpoint.namespace !== namespace;
  const others = [...endpointsOf(props), ...calledOf(props)].filter(elsewhere);
  checks.require(namespace === undefined || others.length === 0, 'routes', () => ({
    got: [...new Set(others)]
      .map((one) => `${one.serviceName} in namespace "${one.namespace ?? ''}"`)
      .join(', '),
    expected: `servers of namespace "${namespace ?? ''}": rules for the pods of a server count in its own only`,
    fix: 'put the routing into the namespace of its servers; callers may be anywhere',
  }));
}

function checkHosts(checks: Checks, props: ServiceMeshRoutingProps): void {
  const external = externalHostsOf(props);
  for (const host of external)
    checks.require(isHostName(host.replace(/^\*\./, '')), 'hosts', () => ({
      got: `"${host}"`,
      expected: 'a server, or a full host name in lower case, such as ovms.example.com',
      fix: 'correct the name',
    }));
  checks.require(external.length === 0 || props.gateway !== undefined, 'gateway', () => ({
    got: 'none',
    expected: `a gateway for ${external.join(', ')}`,
    fix: 'set gateway, or leave external hosts out',
  }));
  checks.require(props.gateway === undefined || external.length > 0, 'hosts', () => ({
    got: 'no external host name',
    expected: 'at least one, for the gateway',
    fix: 'name the hosts that callers from outside use, or drop gateway',
  }));
  checks.requireUnique(
    [...external, ...calledOf(props).map(({ serviceName }) => serviceName)],
    'hosts',
    'every host once',
    'remove the repeated host',
  );
  checks.require(props.hosts === undefined || props.hosts.length > 0, 'hosts', () => ({
    got: 'none',
    expected: 'at least one',
    fix: 'leave hosts out to route calls of the first server',
  }));
  if (props.gateway?.podLabels) requireLabels(checks, 'gateway.podLabels', props.gateway.podLabels);
  checks.require(
    props.gateway === undefined ||
      ['Secret', 'Issuer'].includes(props.gateway.certificate.source.kind),
    'gateway.certificate',
    () => ({
      got: `a certificate from ${props.gateway?.certificate.source.kind ?? ''}`,
      expected: 'Certificate.fromSecret or Certificate.fromIssuer',
      fix: 'use one of those: gateways of a mesh read Secrets',
    }),
  );
}

/** A route that takes all calls of its port leaves nothing to those behind it. */
function checkReach(checks: Checks, { routes }: ServiceMeshRoutingProps): void {
  for (const [index, route] of routes.entries()) {
    const port = route.port ?? ServerPort.GRPC;
    const before = routes.findIndex(
      (other) => (other.port ?? ServerPort.GRPC) === port && takesAll(other),
    );
    checks.require(before === -1 || before >= index, `routes[${index}]`, () => ({
      got: `a route behind routes[${before}], which takes all calls of the port`,
      expected: 'routes with a match before the one without',
      fix: 'put it before, or drop it',
    }));
  }
}

function takesAll({ match = {} }: MeshRoute): boolean {
  return Object.values(match).every((condition) => condition === undefined);
}

function checkBalancing(
  checks: Checks,
  { loadBalancing, circuitBreaker }: ServiceMeshRoutingProps,
): void {
  const definition = loadBalancing?.definition;
  checks.require(
    definition?.kind !== 'locality' || circuitBreaker !== undefined,
    'circuitBreaker',
    () => ({
      got: 'none, with LoadBalancing.locality()',
      expected:
        'a circuit breaker: without it nobody knows when the pods of a zone are not healthy',
      fix: 'set circuitBreaker, or choose another load balancing',
    }),
  );
  checks.require(
    definition?.kind !== 'consistentHash' || /^[a-z0-9-]+$/.test(definition.header),
    'loadBalancing.header',
    () => ({
      got: `"${definition?.kind === 'consistentHash' ? definition.header : ''}"`,
      expected: 'the name of a header in lower case, such as x-session-id',
      fix: 'correct the name',
    }),
  );
}

function checkBreaker(
  checks: Checks,
  { circuitBreaker }: ServiceMeshRoutingProps,
  { circuitBreaker: breaker }: ResolvedRouting,
): void {
  if (circuitBreaker === undefined || breaker === undefined) return;
  const at = (property: string): string => `circuitBreaker.${property}`;
  for (const key of ['maxConnections', 'maxPendingRequests', 'maxRequests'] as const) {
    const value = circuitBreaker[key];
    if (value !== undefined) checks.requireCount(value, at(key), 1, 1_000_000);
  }
  checks.requireCount(breaker.consecutiveErrors, at('consecutiveErrors'), 1, 100);
  checks.requireCount(breaker.maxEjectedPercent, at('maxEjectedPercent'), 1, 100, ' %');
  requireSeconds(checks, breaker.ejectionSeconds, at('ejectionTime'), BOUNDS.ejectionSeconds);
  requireSeconds(checks, breaker.intervalSeconds, at('interval'), BOUNDS.intervalSeconds);
}

function requireSeconds(
  checks: Checks,
  value: number,
  property: string,
  { least, most }: { readonly least: number; readonly most: number },
): void {
  checks.require(value >= least && value <= most, property, () => ({
    got: `${value} s`,
    expected: `${least} s to ${most} s`,
    fix: `set ${property} within that range`,
  }));
}

function checkSidecar(checks: Checks, { sidecar }: ResolvedRouting): void {
  const { sidecarMillis, sidecarMib } = BOUNDS;
  const { cpuMillis, memoryMib, egressHosts } = sidecar;
  checks.require(
    cpuMillis >= sidecarMillis.least && cpuMillis <= sidecarMillis.most,
    'sidecar.cpu',
    () => ({
      got: coresText(cpuMillis),
      expected: `${coresText(sidecarMillis.least)} to ${coresText(sidecarMillis.most)}`,
      fix: 'set what one proxy needs: about 0.2 cores for 1000 calls/s',
    }),
  );
  checks.require(
    memoryMib >= sidecarMib.least && memoryMib <= sidecarMib.most,
    'sidecar.memory',
    () => ({
      got: memoryText(memoryMib),
      expected: `${memoryText(sidecarMib.least)} to ${memoryText(sidecarMib.most)}`,
      fix: 'set what one proxy needs',
    }),
  );
  for (const host of egressHosts)
    checks.require(/^[a-z0-9.*~-]+\/[a-z0-9.*-]+$/.test(host), 'sidecar.egressHosts', () => ({
      got: `"${host}"`,
      expected: 'namespace/host, such as features/store.features.svc.cluster.local',
      fix: 'name the namespace and the host',
    }));
}
