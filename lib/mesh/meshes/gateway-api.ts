/*
 * Any mesh or gateway that conforms to the Gateway API, by standard resources only: what they do not say, such as
 * mutual TLS and who may call, is up to the mesh.
 * @see https://gateway-api.sigs.k8s.io/mesh/gamma/ (v1.7)
 */
import { NetworkPeer } from '../../core/network-peer';
import type { ServiceMeshDefinition } from '../mesh-definition';
import { ROUTE_CAPABILITIES, gateway, routesOf } from './gateway-routes';

export const gatewayApi: ServiceMeshDefinition = {
  id: 'GATEWAY_API',
  title: 'Gateway API 1.7, standard channel',
  capabilities: ROUTE_CAPABILITIES,
  gateway: (name, namespace) => ({
    namespace,
    podLabels: { 'gateway.networking.k8s.io/gateway-name': name },
    className: 'eg',
  }),
  warnings: [
    {
      message:
        'whether connections are encrypted, and who may call, is up to how the mesh is set up',
      fix: 'choose a mesh that has a choice of mutual TLS, or set both there',
    },
  ],
  membership: () => undefined,
  callersOf: ({ gateway: outside }) =>
    outside ? [NetworkPeer.namespace(outside.namespace, outside.podLabels)] : [],
  render: (routing) => ({
    ...(routing.gateway && { Gateway: gateway(routing, routing.gateway) }),
    ...routesOf(routing),
  }),
};
