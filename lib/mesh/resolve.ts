/*
 * Fills in what the props leave open. Pure, and without judgement: the checks look at the result.
 */
import { Duration } from 'cdk8s';
import { ServerPort, type ModelEndpoint } from '../serving/endpoint';
import { LoadBalancing } from './load-balancing';
import type {
  ResolvedCircuitBreaker,
  ResolvedGateway,
  ResolvedRoute,
  ResolvedRouting,
  ResolvedService,
  ResolvedTarget,
} from './mesh-definition';
import { sidecarSize } from './sidecar-size';
import {
  MutualTls,
  type CircuitBreaker,
  type MeshRoute,
  type RouteTarget,
  type ServiceMeshRoutingProps,
} from './mesh-props';

const DEFAULTS = {
  weight: 100,
  circuitBreaker: {
    consecutiveErrors: 5,
    ejectionTime: Duration.seconds(30),
    interval: Duration.seconds(5),
    maxEjectedPercent: 50,
  },
} as const;

/** The servers that routes name, each once: those that answer before those that get copies. */
export function endpointsOf({ routes }: ServiceMeshRoutingProps): readonly ModelEndpoint[] {
  const answering = routes.flatMap(({ split }) => split.map(({ endpoint }) => endpoint));
  const mirrors = routes.flatMap(({ mirror }) => (mirror ? [mirror.endpoint] : []));
  return [...new Set([...answering, ...mirrors])];
}

/** The servers that are called by the names of their Services. */
export function calledOf(props: ServiceMeshRoutingProps): readonly ModelEndpoint[] {
  const [first] = endpointsOf(props);
  const hosts = props.hosts ?? (first ? [first] : []);
  return hosts.filter((host) => typeof host !== 'string');
}

/** External host names. */
export function externalHostsOf({ hosts = [] }: ServiceMeshRoutingProps): readonly string[] {
  return hosts.filter((host) => typeof host === 'string');
}

/** Name of a part of a server's pods, made of the values of its labels. */
export function subsetNameOf(
  { subsetName }: RouteTarget,
  labels: Readonly<Record<string, string>>,
): string {
  if (subsetName !== undefined) return subsetName;
  return Object.values(labels)
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
}

/** Port of a server that a route calls; none if it lacks it. */
export function portOf({ port }: MeshRoute, endpoint: ModelEndpoint): number | undefined {
  return endpoint.ports[port ?? 'grpc'];
}

/** Fills in the defaults. */
export function resolveRouting(
  props: ServiceMeshRoutingProps,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): ResolvedRouting {
  const { routes, sidecar = {}, circuitBreaker } = props;
  const found = (endpoint: ModelEndpoint): ResolvedService => serviceOf(endpoint, routes);
  return {
    name: props.name,
    namespace,
    labels,
    hosts: calledOf(props).map(found),
    gateway: gatewayOf(props, namespace),
    routes: routes.map((route) => resolveRoute(route, found)),
    services: endpointsOf(props).map(found),
    loadBalancing: props.loadBalancing ?? LoadBalancing.leastRequest(),
    circuitBreaker: circuitBreaker && breakerOf(circuitBreaker),
    mutualTls: props.mutualTls ?? MutualTls.STRICT,
    access: props.access ?? [],
    sidecar: {
      ...sidecarSize(sidecar),
      egressHosts: sidecar.egressHosts ?? [],
    },
  };
}

function serviceOf(endpoint: ModelEndpoint, routes: readonly MeshRoute[]): ResolvedService {
  const named = routes.flatMap(({ split, mirror }): RouteTarget[] => [
    ...split,
    ...(mirror ? [mirror] : []),
  ]);
  const subsets = named.flatMap((target) =>
    target.endpoint === endpoint && target.subset
      ? [[subsetNameOf(target, target.subset), target.subset] as const]
      : [],
  );
  const { metrics, http, grpc } = { metrics: endpoint.metricsPort, ...endpoint.ports };
  return {
    name: endpoint.serviceName,
    namespace: endpoint.namespace ?? '',
    ports: endpoint.ports,
    podLabels: endpoint.podLabels,
    metricsPort: metrics === http || metrics === grpc ? undefined : metrics,
    subsets: Object.fromEntries(subsets),
  };
}

function gatewayOf(props: ServiceMeshRoutingProps, namespace: string): ResolvedGateway | undefined {
  const { gateway, name, mesh } = props;
  if (gateway === undefined) return undefined;
  const usual = mesh.definition.gateway(name, namespace);
  return {
    hosts: externalHostsOf(props),
    secretName: gateway.certificate.secretName(name) ?? '',
    namespace: gateway.namespace ?? usual.namespace,
    podLabels: gateway.podLabels ?? usual.podLabels,
    className: gateway.className ?? usual.className ?? '',
  };
}

function resolveRoute(
  route: MeshRoute,
  found: (endpoint: ModelEndpoint) => ResolvedService,
): ResolvedRoute {
  const { match = {}, split, mirror, timeout, retries, fault = {} } = route;
  const target = (of: RouteTarget, weight: number): ResolvedTarget => ({
    service: found(of.endpoint),
    subset: of.subset && subsetNameOf(of, of.subset),
    port: portOf(route, of.endpoint) ?? 0,
    weight,
  });
  return {
    name: route.name,
    protocol: route.port === ServerPort.HTTP ? 'http' : 'grpc',
    grpcService: match.method?.service,
    grpcMethod: match.method?.method,
    headers: match.headers ?? {},
    sourceNamespace: match.source?.namespace,
    sourceLabels: match.source?.labels,
    targets: split.map((one) => target(one, one.weight ?? DEFAULTS.weight)),
    mirror: mirror && { ...target(mirror, 0), percent: mirror.percent },
    timeoutMillis: timeout?.toMilliseconds(),
    retries: retries && {
      attempts: retries.attempts,
      on: retries.on,
      attemptTimeoutMillis: retries.attemptTimeout?.toMilliseconds(),
    },
    delay: fault.delay && {
      millis: fault.delay.duration.toMilliseconds(),
      percent: fault.delay.percent,
    },
    abort: fault.abort,
  };
}

function breakerOf(props: CircuitBreaker): ResolvedCircuitBreaker {
  const defaults = DEFAULTS.circuitBreaker;
  return {
    maxConnections: props.maxConnections,
    maxPendingRequests: props.maxPendingRequests,
    maxRequests: props.maxRequests,
    consecutiveErrors: props.consecutiveErrors ?? defaults.consecutiveErrors,
    ejectionSeconds: (props.ejectionTime ?? defaults.ejectionTime).toSeconds({ integral: false }),
    intervalSeconds: (props.interval ?? defaults.interval).toSeconds({ integral: false }),
    maxEjectedPercent: props.maxEjectedPercent ?? defaults.maxEjectedPercent,
  };
}
