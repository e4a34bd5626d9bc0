/*
 * Any controller that conforms to the Gateway API: standard resources and core or widely supported fields
 * only. What these lack (revocation, names of clients, limits) is refused.
 * @see https://gateway-api.sigs.k8s.io/implementations/ (v1.7)
 */
import type { PlainObject } from '../../core/custom-resource';
import { IngressCapability as Can } from '../ingress-capability';
import type { IngressProviderDefinition, ResolvedIngress } from '../ingress-provider-definition';
import {
  GATEWAY_CAPABILITIES,
  backendTlsPolicies,
  frontendTls,
  gateway,
  grpcRoute,
  hostRoutes,
  httpRoute,
  referenceGrants,
} from './gateway-resources';
import { hostSuffix } from './object-names';

export const gatewayApi: IngressProviderDefinition = {
  id: 'GATEWAY_API',
  title: 'Gateway API 1.7',
  rejection: 'TLS handshake',
  // Nobody knows which one it is.
  controller: { className: '', namespace: undefined, podLabels: undefined, addresses: [] },
  capabilities: {
    ...GATEWAY_CAPABILITIES,
    [Can.GRPC]: 'GRPCRoute',
    [Can.GRPC_TO_PLAIN_BACKENDS]: 'appProtocol kubernetes.io/h2c',
    [Can.GRPC_METHODS]: 'GRPCRoute rules[].matches[].method',
    [Can.CLIENT_CERTIFICATES_FROM_PEM]: 'tls.frontend.default.validation',
    [Can.BACKEND_TLS_FROM_PEM]: 'BackendTLSPolicy',
  },
  check: ({ controller: { className, namespace, addresses } }) =>
    className !== '' && (namespace !== undefined || addresses.length > 0)
      ? {}
      : {
          controller: {
            got: 'no class, or no namespace',
            expected:
              'the GatewayClass, and the namespace of the proxies (or the addresses they call from)',
            fix: 'set controller.className and controller.namespace as your controller is installed',
          },
        },
  render: (ingress) => {
    const tls = frontendTls(ingress);
    return {
      Gateway: gateway(ingress, tls && { tls }),
      ...Object.fromEntries(routes(ingress)),
      ...backendTlsPolicies(ingress),
      ...referenceGrants(ingress),
    };
  },
};

function routes(ingress: ResolvedIngress): [string, PlainObject][] {
  return hostRoutes(ingress).map(({ host, kind, routes: own }) => [
    `Route${hostSuffix(ingress, host).replace('-', '')}`,
    (kind === 'GRPCRoute' ? grpcRoute : httpRoute)(ingress, host, own),
  ]);
}
