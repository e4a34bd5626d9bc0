/*
 * Istio without sidecars. Connections are encrypted by a proxy on each node; what depends on requests is done by a
 * waypoint, which is the only one that the servers let in, so that nobody gets around its rules. Routes are those of
 * the Gateway API: VirtualServices are alpha with waypoints.
 * @see https://istio.io/latest/docs/ambient/usage/l7-features/ (1.31)
 */
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import type { PlainObject } from '../../core/custom-resource';
import { TO_DNS } from '../../core/name-resolution';
import { NetworkPeer } from '../../core/network-peer';
import { MeshCapability as Can } from '../mesh-capability';
import type {
  RenderedRouting,
  ResolvedRouting,
  ResolvedService,
  ServiceMeshDefinition,
} from '../mesh-definition';
import { ROUTE_CAPABILITIES, gateway, routesOf, waypoint } from './gateway-routes';
import { CONTROL_PLANE, destinationRules, metadata, perService } from './istio-resources';
import { authorizationPolicies, authorizationPolicy, peerAuthentications } from './istio-security';
import { callersOf } from './sidecar-mesh';

/** Port of connections between the proxies, HTTP CONNECT in mutual TLS. */
const TUNNEL = 15_008;

/** Probes of the kubelet come from here, as the proxy of the node is in between. */
const PROBES = '169.254.7.127/32';

export const istioAmbient: ServiceMeshDefinition = {
  id: 'ISTIO_AMBIENT',
  title: 'Istio 1.31, ambient mode',
  capabilities: {
    ...ROUTE_CAPABILITIES,
    [Can.LOAD_BALANCING]: 'DestinationRule loadBalancer',
    [Can.CIRCUIT_BREAKER]: 'DestinationRule connectionPool, outlierDetection',
    [Can.MUTUAL_TLS]: 'PeerAuthentication',
    [Can.ACCESS]: 'AuthorizationPolicy for the waypoint',
  },
  gateway: (name, namespace) => ({
    namespace,
    podLabels: { 'gateway.networking.k8s.io/gateway-name': name },
    className: 'istio',
  }),
  membership: (_, name) => ({
    mesh: 'Istio ambient',
    podLabels: { 'istio.io/dataplane-mode': 'ambient' },
    podAnnotations: {},
    appProtocol: undefined,
    serviceLabels: {
      'istio.io/use-waypoint': waypointName(name),
      'istio.io/ingress-use-waypoint': 'true',
    },
    sidecar: undefined,
    controlPlane: undefined,
    tunnelPort: TUNNEL,
    probeCidr: PROBES,
    metrics: undefined,
  }),
  callersOf: ({ name }) => [NetworkPeer.pods(waypointLabels(name))],
  render: (routing) => ({
    ...(routing.gateway && { Gateway: gateway(routing, routing.gateway) }),
    Waypoint: waypoint(routing, waypointName(routing.name), TUNNEL),
    WaypointNetworkPolicy: waypointNetworkPolicy(routing),
    ...routesOf(routing),
    ...destinationRules(routing, { retryBudget: true }),
    ...peerAuthentications(routing, ({ metricsPort }) =>
      metricsPort === undefined ? [] : [metricsPort],
    ),
    ...authorizationPolicies(routing, ({ name }) => ({
      targetRefs: [{ group: '', kind: 'Service', name }],
    })),
    ...onlyByWaypoint(routing),
  }),
};

function waypointName(name: string): string {
  return `${name}-waypoint`;
}

function waypointLabels(name: string): Record<string, string> {
  return { 'gateway.networking.k8s.io/gateway-name': waypointName(name) };
}

/** The pods take calls from the waypoint alone; their metrics, from whoever the NetworkPolicy lets in. */
function onlyByWaypoint(routing: ResolvedRouting): RenderedRouting {
  const account = `cluster.local/ns/${routing.namespace}/sa/${waypointName(routing.name)}`;
  return perService('WaypointAccess', routing.services, (service: ResolvedService) =>
    authorizationPolicy(routing, `${service.name}-waypoint`, {
      selector: { matchLabels: { ...service.podLabels } },
      rules: [
        { from: [{ source: { principals: [account] } }] },
        ...(service.metricsPort === undefined
          ? []
          : [{ to: [{ operation: { ports: [String(service.metricsPort)] } }] }]),
      ],
    }),
  );
}

/** The waypoint runs beside the servers, where everything is denied that is not declared. */
function waypointNetworkPolicy(routing: ResolvedRouting): PlainObject {
  const tunnel = [{ port: TUNNEL, protocol: 'TCP' as const }];
  const callers = callersOf(routing).map(({ definition }) => definition);
  const spec: NetworkPolicySpec = {
    podSelector: { matchLabels: waypointLabels(routing.name) },
    policyTypes: ['Ingress', 'Egress'],
    ...(callers.length > 0 && { ingress: [{ from: callers, ports: tunnel }] }),
    egress: [
      TO_DNS,
      {
        to: [NetworkPeer.namespace(CONTROL_PLANE, { app: 'istiod' }).definition],
        ports: [{ port: 15_012, protocol: 'TCP' }],
      },
      {
        to: routing.services.map(({ podLabels }) => NetworkPeer.pods(podLabels).definition),
        ports: tunnel,
      },
    ],
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(routing, waypointName(routing.name)),
    spec,
  };
}
