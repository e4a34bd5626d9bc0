/*
 * What a routing asks of its mesh, in the terms of the capability table: the one place that decides whether a mesh
 * is fit, so that nothing can be dropped silently.
 */
import { MeshCapability as Can } from './mesh-capability';
import type { ResolvedRoute, ResolvedRouting } from './mesh-definition';
import type { ServiceMeshRoutingProps } from './mesh-props';

/** A capability, and the property that asks for it. */
export interface Demand {
  readonly capability: Can;
  readonly property: string;
}

/** Everything that a routing asks for, each capability once. */
export function demandsOf(
  props: ServiceMeshRoutingProps,
  routing: ResolvedRouting,
): readonly Demand[] {
  const demands = [
    ...when(routing.hosts.length > 0, Can.SERVICES, 'hosts'),
    ...when(routing.gateway !== undefined, Can.GATEWAY, 'gateway'),
    ...routing.routes.flatMap((route, index) => routeDemands(route, `routes[${index}]`)),
    // A default is not asked for: a mesh without a choice does as it does.
    ...when(props.loadBalancing !== undefined, Can.LOAD_BALANCING, 'loadBalancing'),
    ...when(routing.circuitBreaker !== undefined, Can.CIRCUIT_BREAKER, 'circuitBreaker'),
    ...when(props.mutualTls !== undefined, Can.MUTUAL_TLS, 'mutualTls'),
    ...when(routing.access.length > 0, Can.ACCESS, 'access'),
    ...when(props.sidecar !== undefined, Can.SIDECAR, 'sidecar'),
  ];
  return [...new Map(demands.reverse().map((one) => [one.capability, one])).values()].reverse();
}

function routeDemands(route: ResolvedRoute, at: string): Demand[] {
  const { targets, mirror } = route;
  const subsets = [...targets, ...(mirror ? [mirror] : [])].some(({ subset }) => subset);
  const source = route.sourceNamespace ?? route.sourceLabels;
  return [
    ...when(targets.length > 1, Can.WEIGHTS, `${at}.split`),
    ...when(subsets, Can.SUBSETS, `${at}.split`),
    ...when(route.grpcService !== undefined, Can.METHODS, `${at}.match.method`),
    ...when(Object.keys(route.headers).length > 0, Can.HEADERS, `${at}.match.headers`),
    ...when(source !== undefined, Can.SOURCES, `${at}.match.source`),
    ...when(mirror !== undefined, Can.MIRROR, `${at}.mirror`),
    ...when(route.timeoutMillis !== undefined, Can.TIMEOUT, `${at}.timeout`),
    ...when(route.retries !== undefined, Can.RETRIES, `${at}.retries`),
    ...when((route.delay ?? route.abort) !== undefined, Can.FAULTS, `${at}.fault`),
  ];
}

function when(holds: boolean, capability: Can, property: string): Demand[] {
  return holds ? [{ capability, property }] : [];
}
