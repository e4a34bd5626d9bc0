/*
 * Resources of Istio that meshes made of it share: they differ in how a server joins, hardly in how it is called.
 * @see https://istio.io/latest/docs/reference/config/networking/ (1.31)
 */
import {
  DestinationRule,
  type DestinationRuleSpecTrafficPolicy,
} from '../../../imports/destination-rule';
import { Gateway } from '../../../imports/istio-gateway';
import { Sidecar } from '../../../imports/istio-sidecar';
import {
  VirtualService,
  type VirtualServiceSpecHttp,
  type VirtualServiceSpecHttpMatch,
} from '../../../imports/virtual-service';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import type {
  RenderedRouting,
  ResolvedCaller,
  ResolvedCircuitBreaker,
  ResolvedGateway,
  ResolvedRoute,
  ResolvedRouting,
  ResolvedService,
  ResolvedTarget,
} from '../mesh-definition';

/** Namespace of the control plane. */
export const CONTROL_PLANE = 'istio-system';

/** Share of the calls under way that may be retries, in percent: a server that fails as a whole gets no storm. */
const RETRY_PERCENT = 20;

/** Retries under way that are always allowed. */
const LEAST_RETRIES = 3;

/** What older meshes lack. */
export interface IstioDialect {
  /** Whether retries can be bound by a share of the calls; otherwise by a number. */
  readonly retryBudget: boolean;
}

/** A name of a Service that means the same everywhere in the mesh. */
export function serviceHost({ name, namespace }: ResolvedService): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** Name and labels of an object. */
export function metadata(
  { labels }: ResolvedRouting,
  name: string,
): { readonly name: string; readonly labels: Record<string, string> } {
  return { name, labels: { ...labels } };
}

/** How a Gateway is written for the proxies that terminate TLS for the external hosts. */
export function gateway(routing: ResolvedRouting, { hosts, ...of }: ResolvedGateway): PlainObject {
  return customResource(Gateway, {
    metadata: metadata(routing, routing.name),
    spec: {
      selector: { ...of.podLabels },
      servers: [
        {
          // Only VirtualServices of this namespace may use it.
          hosts: hosts.map((host) => `./${host}`),
          port: { name: `https-${routing.name}`, number: 443, protocol: 'HTTPS' },
          tls: {
            mode: 'SIMPLE',
            credentialName: of.secretName,
            minProtocolVersion: 'TLSV1_2',
          },
        },
      ],
    },
  });
}

/** Where calls go. */
export function virtualService(routing: ResolvedRouting): PlainObject {
  const { name, hosts, routes, gateway: outside } = routing;
  return customResource(VirtualService, {
    metadata: metadata(routing, name),
    spec: {
      hosts: [...hosts.map(serviceHost), ...(outside?.hosts ?? [])],
      ...(outside && { gateways: [...(hosts.length > 0 ? ['mesh'] : []), name] }),
      http: routes.map((route) => httpRoute(routing, route)),
    },
  });
}

function httpRoute(
  routing: ResolvedRouting,
  route: ResolvedRoute,
): Literal<VirtualServiceSpecHttp> {
  const { targets, mirror, timeoutMillis, retries } = route;
  return {
    ...(route.name !== undefined && { name: route.name }),
    match: matchesOf(routing, route),
    ...fault(route),
    route: targets.map((target) => ({
      destination: destination(target),
      weight: target.weight,
    })),
    ...(mirror && {
      mirror: destination(mirror),
      mirrorPercentage: { value: mirror.percent },
    }),
    ...(timeoutMillis !== undefined && { timeout: seconds(timeoutMillis) }),
    // Istio retries on its own unless told not to.
    retries: retries
      ? {
          attempts: retries.attempts,
          retryOn: retries.on.map(({ retryConditions }) => retryConditions).join(','),
          ...(retries.attemptTimeoutMillis !== undefined && {
            perTryTimeout: seconds(retries.attemptTimeoutMillis),
          }),
        }
      : { attempts: 0 },
  };
}

/** One for each port that Services are called by, and one for the gateway. */
function matchesOf(
  { hosts, gateway: outside, name }: ResolvedRouting,
  route: ResolvedRoute,
): Literal<VirtualServiceSpecHttpMatch>[] {
  const ports = new Set(hosts.map(({ ports: of }) => of[route.protocol]));
  const inside = [...ports].filter((port) => port !== undefined);
  return [
    ...inside.map((port) => ({
      ...(outside && { gateways: ['mesh'] }),
      port,
      ...callsOf(route, {}),
    })),
    ...(outside ? [{ gateways: [name], ...callsOf(route, kindOf(route)) }] : []),
  ];
}

/** Through the gateway, gRPC and REST come by the same port. */
function kindOf({ protocol, grpcService }: ResolvedRoute): Literal<VirtualServiceSpecHttpMatch> {
  const grpc = { 'content-type': { prefix: 'application/grpc' } };
  if (protocol === 'http') return { withoutHeaders: grpc };
  return grpcService === undefined ? { headers: grpc } : {};
}

function callsOf(
  { grpcService, grpcMethod, headers, sourceNamespace, sourceLabels }: ResolvedRoute,
  kind: Literal<VirtualServiceSpecHttpMatch>,
): Literal<VirtualServiceSpecHttpMatch> {
  const wanted = {
    ...kind.headers,
    ...Object.fromEntries(Object.entries(headers).map(([key, exact]) => [key, { exact }])),
  };
  return {
    ...kind,
    ...(grpcService !== undefined && {
      uri:
        grpcMethod === undefined
          ? { prefix: `/${grpcService}/` }
          : { exact: `/${grpcService}/${grpcMethod}` },
    }),
    ...(Object.keys(wanted).length > 0 && { headers: wanted }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
    ...(sourceLabels && { sourceLabels: { ...sourceLabels } }),
  };
}

function destination({ service, subset, port }: ResolvedTarget): {
  readonly host: string;
  readonly subset?: string;
  readonly port: { readonly number: number };
} {
  return {
    host: serviceHost(service),
    ...(subset !== undefined && { subset }),
    port: { number: port },
  };
}

function fault({ delay, abort }: ResolvedRoute): Pick<Literal<VirtualServiceSpecHttp>, 'fault'> {
  if (delay === undefined && abort === undefined) return {};
  const faults = {
    ...(delay && {
      delay: { fixedDelay: seconds(delay.millis), percentage: { value: delay.percent } },
    }),
    ...(abort && {
      abort: { grpcStatus: abort.status.name, percentage: { value: abort.percent } },
    }),
  };
  return { fault: faults };
}

/** How the pods of each server are called. */
export function destinationRules(
  routing: ResolvedRouting,
  { retryBudget }: IstioDialect,
): RenderedRouting {
  const { services, circuitBreaker, routes } = routing;
  const retries = routes.some((route) => route.retries !== undefined);
  return perService('Destination', services, (service) =>
    customResource(DestinationRule, {
      metadata: metadata(routing, service.name),
      spec: {
        host: serviceHost(service),
        trafficPolicy: {
          loadBalancer: loadBalancer(routing),
          ...connectionPool(circuitBreaker, retries && !retryBudget),
          ...(circuitBreaker && { outlierDetection: outlierDetection(circuitBreaker) }),
          ...(retries &&
            retryBudget && {
              retryBudget: { percent: RETRY_PERCENT, minRetryConcurrency: LEAST_RETRIES },
            }),
        },
        ...(Object.keys(service.subsets).length > 0 && {
          subsets: Object.entries(service.subsets).map(([name, labels]) => ({
            name,
            labels: { ...labels },
          })),
        }),
      },
    }),
  );
}

const SIMPLE = {
  leastRequest: 'LEAST_REQUEST',
  locality: 'LEAST_REQUEST',
  roundRobin: 'ROUND_ROBIN',
  random: 'RANDOM',
} as const;

type TrafficPolicy = Literal<DestinationRuleSpecTrafficPolicy>;

function loadBalancer({
  loadBalancing: { definition },
}: ResolvedRouting): NonNullable<TrafficPolicy['loadBalancer']> {
  // Once pods can be left out, Istio prefers the caller's zone unless told not to.
  const localityLbSetting = { enabled: definition.kind === 'locality' };
  return definition.kind === 'consistentHash'
    ? { consistentHash: { httpHeaderName: definition.header }, localityLbSetting }
    : { simple: SIMPLE[definition.kind], localityLbSetting };
}

function connectionPool(
  breaker: ResolvedCircuitBreaker | undefined,
  boundRetries: boolean,
): Pick<TrafficPolicy, 'connectionPool'> {
  const { maxConnections, maxPendingRequests, maxRequests } = breaker ?? {};
  const http = {
    ...(maxPendingRequests !== undefined && { http1MaxPendingRequests: maxPendingRequests }),
    ...(maxRequests !== undefined && { http2MaxRequests: maxRequests }),
    ...(boundRetries && { maxRetries: LEAST_RETRIES }),
  };
  const pool = {
    ...(maxConnections !== undefined && { tcp: { maxConnections } }),
    ...(Object.keys(http).length > 0 && { http }),
  };
  return Object.keys(pool).length > 0 ? { connectionPool: pool } : {};
}

function outlierDetection(
  breaker: ResolvedCircuitBreaker,
): NonNullable<TrafficPolicy['outlierDetection']> {
  return {
    // UNAVAILABLE and DEADLINE_EXCEEDED: other failures may be the fault of the request.
    consecutiveGatewayErrors: breaker.consecutiveErrors,
    consecutive5XxErrors: 0,
    interval: `${breaker.intervalSeconds}s`,
    baseEjectionTime: `${breaker.ejectionSeconds}s`,
    maxEjectionPercent: breaker.maxEjectedPercent,
  };
}

/** What the proxies of the servers know of the mesh: nothing but what the servers call. */
export function sidecars(routing: ResolvedRouting): RenderedRouting {
  return perService('Sidecar', routing.services, (service) =>
    customResource(Sidecar, {
      metadata: metadata(routing, service.name),
      spec: {
        workloadSelector: { labels: { ...service.podLabels } },
        egress: [{ hosts: [`${CONTROL_PLANE}/*`, ...routing.sidecar.egressHosts] }],
        // Models come from outside; the NetworkPolicy bounds where from.
        outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
      },
    }),
  );
}

/** What the proxies of a caller know: the namespaces that it calls, however many others there are. */
export function callerScope({ name, labels, selector, namespaces }: ResolvedCaller): PlainObject {
  return customResource(Sidecar, {
    metadata: { name, labels: { ...labels } },
    spec: {
      workloadSelector: { labels: { ...selector } },
      // Whole namespaces: a split leads to more servers than the one that is called.
      egress: [{ hosts: [CONTROL_PLANE, ...namespaces].map((namespace) => `${namespace}/*`) }],
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    },
  });
}

/** An object of a kind for each service: the first by the role alone, the others numbered. */
export function perService(
  role: string,
  services: readonly ResolvedService[],
  render: (service: ResolvedService) => PlainObject,
): RenderedRouting {
  return Object.fromEntries(
    services.map((service, index) => [
      `${role}${index === 0 ? '' : String(index + 1)}`,
      render(service),
    ]),
  );
}

function seconds(millis: number): string {
  return `${millis / 1000}s`;
}
