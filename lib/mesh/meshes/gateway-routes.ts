/*
 * Routes of the Gateway API (v1, standard channel), for Services and for Gateways.
 * @see https://gateway-api.sigs.k8s.io/mesh/ (v1.7)
 */
import { Gateway } from '../../../imports/gateway';
import { GrpcRoute, type GrpcRouteSpecRulesMatches } from '../../../imports/grpc-route';
import { HttpRoute, type HttpRouteSpecRulesMatches } from '../../../imports/http-route';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import { MeshCapability as Can } from '../mesh-capability';
import type {
  RenderedRouting,
  ResolvedGateway,
  ResolvedRoute,
  ResolvedRouting,
  ResolvedTarget,
  ServiceMeshDefinition,
} from '../mesh-definition';
import { metadata } from './istio-resources';

/** What these routes can. */
export const ROUTE_CAPABILITIES: ServiceMeshDefinition['capabilities'] = {
  [Can.SERVICES]: 'parentRefs kind Service',
  [Can.WEIGHTS]: 'backendRefs[].weight',
  [Can.METHODS]: 'matches[].method',
  [Can.HEADERS]: 'matches[].headers',
  [Can.MIRROR]: 'filters[].requestMirror',
  [Can.TIMEOUT]: 'HTTPRoute rules[].timeouts',
  [Can.GATEWAY]: 'Gateway, parentRefs',
};

/** A Gateway with one listener for each external host. */
export function gateway(
  routing: ResolvedRouting,
  { hosts, secretName, className }: ResolvedGateway,
): PlainObject {
  return customResource(Gateway, {
    metadata: metadata(routing, routing.name),
    spec: {
      gatewayClassName: className,
      listeners: hosts.map((host, index) => ({
        name: index === 0 ? 'https' : `https-${index + 1}`,
        hostname: host,
        port: 443,
        protocol: 'HTTPS',
        tls: {
          mode: 'Terminate' as const,
          certificateRefs: [{ group: '', kind: 'Secret', name: secretName }],
        },
        allowedRoutes: { namespaces: { from: 'Same' as const } },
      })),
    },
  });
}

/** The proxies of ambient Istio that do what depends on requests. */
export function waypoint(routing: ResolvedRouting, name: string, port: number): PlainObject {
  const { labels } = metadata(routing, name);
  return customResource(Gateway, {
    metadata: { name, labels: { ...labels, 'istio.io/waypoint-for': 'service' } },
    spec: {
      gatewayClassName: 'istio-waypoint',
      listeners: [
        {
          name: 'mesh',
          port,
          protocol: 'HBONE',
          allowedRoutes: { namespaces: { from: 'Same' as const } },
        },
      ],
    },
  });
}

/**
 * Routes for gRPC and for REST, each for Services and, apart from those, for the Gateway. Only HTTPRoutes have
 * timeouts, and Envoy Gateway (1.9) does not look for the server that a GRPCRoute mirrors to, and fails all calls.
 * Two kinds of route do not share a host: with one of these, all gRPC goes by an HTTPRoute.
 */
export function routesOf(routing: ResolvedRouting): RenderedRouting {
  const { hosts, gateway: outside, routes, name } = routing;
  const grpc = routes.filter(({ protocol }) => protocol === 'grpc');
  const rest = routes.filter(({ protocol }) => protocol === 'http');
  const asHttp =
    rest.length > 0 ||
    grpc.some(({ timeoutMillis, mirror }) => (timeoutMillis ?? mirror) !== undefined);
  const inside = (of: 'grpc' | 'http'): ParentRef[] =>
    hosts.flatMap(({ name: service, ports }) =>
      ports[of] === undefined
        ? []
        : [{ group: '', kind: 'Service', name: service, port: ports[of] }],
    );
  return {
    ...(hosts.length > 0 &&
      grpc.length > 0 && {
        Routes: asHttp
          ? httpRoute(routing, name, { parentRefs: inside('grpc') }, grpc)
          : grpcRoute(routing, name, { parentRefs: inside('grpc') }, grpc),
      }),
    ...(hosts.length > 0 &&
      rest.length > 0 && {
        RestRoutes: httpRoute(routing, `${name}-rest`, { parentRefs: inside('http') }, rest),
      }),
    ...(outside && {
      GatewayRoutes: (asHttp ? httpRoute : grpcRoute)(
        routing,
        `${name}-gateway`,
        { parentRefs: [{ name }], hostnames: [...outside.hosts] },
        routes,
        true,
      ),
    }),
  };
}

interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly port?: number;
}

interface Parents {
  readonly parentRefs: readonly ParentRef[];
  readonly hostnames?: readonly string[];
}

function grpcRoute(
  routing: ResolvedRouting,
  name: string,
  parents: Parents,
  routes: readonly ResolvedRoute[],
): PlainObject {
  return customResource(GrpcRoute, {
    metadata: metadata(routing, name),
    spec: {
      ...parents,
      rules: routes.map((route) => ({
        ...(isNarrow(route) && { matches: [grpcMatch(route)] }),
        ...filtersOf(route),
        backendRefs: route.targets.map(backendRef),
      })),
    },
  });
}

function httpRoute(
  routing: ResolvedRouting,
  name: string,
  parents: Parents,
  routes: readonly ResolvedRoute[],
  mixed = false,
): PlainObject {
  return customResource(HttpRoute, {
    metadata: metadata(routing, name),
    spec: {
      ...parents,
      rules: routes.map((route) => ({
        matches: [httpMatch(route, mixed)],
        ...filtersOf(route),
        backendRefs: route.targets.map(backendRef),
        // Many have a limit of their own, which would cut streams.
        timeouts: { request: durationOf(route.timeoutMillis ?? 0) },
      })),
    },
  });
}

/** No unit has more than five digits. */
function durationOf(millis: number): string {
  const rest = millis % 1000;
  return `${Math.floor(millis / 1000)}s${rest === 0 ? '' : `${rest}ms`}`;
}

function isNarrow({ grpcService, headers }: ResolvedRoute): boolean {
  return grpcService !== undefined || Object.keys(headers).length > 0;
}

function grpcMatch({
  grpcService,
  grpcMethod,
  headers,
}: ResolvedRoute): Literal<GrpcRouteSpecRulesMatches> {
  return {
    ...(grpcService !== undefined && {
      method: {
        type: 'Exact' as const,
        service: grpcService,
        ...(grpcMethod !== undefined && { method: grpcMethod }),
      },
    }),
    ...(Object.keys(headers).length > 0 && { headers: headersOf(headers) }),
  };
}

/** @param mixed whether gRPC and REST come by the same port */
function httpMatch(
  { protocol, grpcService, grpcMethod, headers }: ResolvedRoute,
  mixed: boolean,
): Literal<HttpRouteSpecRulesMatches> {
  const kind =
    mixed && protocol === 'grpc' && grpcService === undefined
      ? [{ type: 'RegularExpression' as const, name: 'content-type', value: 'application/grpc.*' }]
      : [];
  const wanted = [...kind, ...headersOf(headers)];
  return {
    path:
      grpcService === undefined
        ? { type: 'PathPrefix', value: '/' }
        : grpcMethod === undefined
          ? { type: 'PathPrefix', value: `/${grpcService}` }
          : { type: 'Exact', value: `/${grpcService}/${grpcMethod}` },
    ...(wanted.length > 0 && { headers: wanted }),
  };
}

function headersOf(
  headers: Readonly<Record<string, string>>,
): { readonly type: 'Exact'; readonly name: string; readonly value: string }[] {
  return Object.entries(headers).map(([name, value]) => ({ type: 'Exact', name, value }));
}

function filtersOf({ mirror }: ResolvedRoute): {
  readonly filters?: readonly {
    readonly type: 'RequestMirror';
    readonly requestMirror: {
      readonly backendRef: { readonly name: string; readonly port: number };
      readonly fraction: { readonly numerator: number; readonly denominator: number };
    };
  }[];
} {
  if (mirror === undefined) return {};
  const { service, port, percent } = mirror;
  return {
    filters: [
      {
        type: 'RequestMirror',
        requestMirror: {
          backendRef: { name: service.name, port },
          // `percent` takes whole numbers only.
          fraction: { numerator: Math.round(percent * 100), denominator: 10_000 },
        },
      },
    ],
  };
}

function backendRef({ service, port, weight }: ResolvedTarget): {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
} {
  return { name: service.name, port, weight };
}
