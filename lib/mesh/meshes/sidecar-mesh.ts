/*
 * What meshes with a proxy in each pod have in common.
 * @see https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/ (1.31)
 */
import { quantitiesOf, type Amounts } from '../../core/quantities';
import { NetworkPeer } from '../../core/network-peer';
import type { MeshMembership } from '../../serving/mesh-membership';
import { MeshCapability as Can } from '../mesh-capability';
import type { RenderedRouting, ResolvedRouting, ServiceMeshDefinition } from '../mesh-definition';
import {
  CONTROL_PLANE,
  destinationRules,
  gateway,
  sidecars,
  virtualService,
  type IstioDialect,
} from './istio-resources';
import { authorizationPolicies, peerAuthentications } from './istio-security';

/** What Istio can do by its own resources. */
export const ISTIO_CAPABILITIES: ServiceMeshDefinition['capabilities'] = {
  [Can.SERVICES]: 'VirtualService hosts',
  [Can.WEIGHTS]: 'http[].route[].weight',
  [Can.SUBSETS]: 'DestinationRule subsets',
  [Can.METHODS]: 'http[].match[].uri',
  [Can.HEADERS]: 'http[].match[].headers',
  [Can.SOURCES]: 'http[].match[].sourceNamespace, sourceLabels',
  [Can.MIRROR]: 'http[].mirror, mirrorPercentage',
  [Can.TIMEOUT]: 'http[].timeout',
  [Can.RETRIES]: 'http[].retries, DestinationRule retryBudget',
  [Can.FAULTS]: 'http[].fault',
  [Can.LOAD_BALANCING]: 'DestinationRule loadBalancer',
  [Can.CIRCUIT_BREAKER]: 'DestinationRule connectionPool, outlierDetection',
  [Can.MUTUAL_TLS]: 'PeerAuthentication',
  [Can.ACCESS]: 'AuthorizationPolicy with a selector',
  [Can.GATEWAY]: 'Gateway, VirtualService gateways',
  [Can.SIDECAR]: 'annotations of the pod, Sidecar',
};

/** Port of the control plane for proxies: encrypted, and authenticated by the pod's service account. */
const XDS_PORT = 15_012;

/** Where the agent in the pod shows the metrics of the server and its own, in the clear. */
const METRICS = { port: 15_020, path: '/stats/prometheus' };

/** The pods of the servers, and of the jobs that call them, with a proxy. */
export function sidecarMembership(
  mesh: string,
  sidecar: Amounts,
  extras: Readonly<Record<string, string>>,
): MeshMembership {
  const { cpu, memory } = quantitiesOf(sidecar);
  return {
    mesh,
    podLabels: { 'sidecar.istio.io/inject': 'true' },
    podAnnotations: {
      // Requests that equal limits, or the pod would not be Guaranteed any more and lose its own cores.
      'sidecar.istio.io/proxyCPU': cpu,
      'sidecar.istio.io/proxyCPULimit': cpu,
      'sidecar.istio.io/proxyMemory': memory,
      'sidecar.istio.io/proxyMemoryLimit': memory,
      // The kubelet has no certificate of the mesh: the agent answers for the server.
      'sidecar.istio.io/rewriteAppHTTPProbers': 'true',
      // Where sidecars are not native yet: no call before the proxy is there.
      'proxy.istio.io/config': JSON.stringify({ holdApplicationUntilProxyStarts: true }),
      ...extras,
    },
    appProtocol: undefined,
    serviceLabels: {},
    sidecar,
    controlPlane: {
      peer: NetworkPeer.namespace(CONTROL_PLANE, { app: 'istiod' }),
      port: XDS_PORT,
    },
    tunnelPort: undefined,
    probeCidr: undefined,
    metrics: METRICS,
  };
}

/** The objects of a routing. */
export function renderSidecarRouting(
  routing: ResolvedRouting,
  dialect: IstioDialect,
): RenderedRouting {
  return {
    ...(routing.gateway && { Gateway: gateway(routing, routing.gateway) }),
    Routes: virtualService(routing),
    ...destinationRules(routing, dialect),
    ...peerAuthentications(routing),
    ...authorizationPolicies(routing, ({ podLabels }) => ({
      selector: { matchLabels: { ...podLabels } },
    })),
    ...sidecars(routing),
  };
}

/** Those that may call: without a waypoint they reach the pods themselves. */
export function callersOf({ access, gateway: outside }: ResolvedRouting): readonly NetworkPeer[] {
  return [
    ...access.map(({ namespace }) => NetworkPeer.namespace(namespace)),
    ...(outside ? [NetworkPeer.namespace(outside.namespace, outside.podLabels)] : []),
  ];
}
