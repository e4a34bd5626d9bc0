/*
 * The ingress gateway of Istio. Certificates, authorities and lists are read from the namespace of the
 * gateway's pods, wherever the ingress is.
 * @see https://istio.io/latest/docs/reference/config/networking/gateway/ (1.31)
 */
import { DestinationRule } from '../../../imports/destination-rule';
import { EnvoyFilter } from '../../../imports/envoy-filter';
import { Gateway } from '../../../imports/istio-gateway';
import { VirtualService, type VirtualServiceSpecHttpMatch } from '../../../imports/virtual-service';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import type { ClientIdentity } from '../../pki/client-identity';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  IngressProviderDefinition,
  RenderedIngress,
  ResolvedIngress,
  ResolvedRoute,
} from '../ingress-provider-definition';
import { clientCelTree, envoyNameProblems } from './envoy-clients';
import { hostSuffix, metadata, ordinal } from './object-names';

const HTTPS = 443;

/** Requests at a time to one server: far above what it computes. */
const MAX_REQUESTS = 65_536;

export const istioGateway: IngressProviderDefinition = {
  id: 'ISTIO_GATEWAY',
  title: 'Istio 1.31',
  rejection: 'TLS handshake',
  controller: {
    className: 'istio',
    namespace: 'istio-ingress',
    podLabels: { istio: 'ingressgateway' },
    addresses: [],
  },
  trustWithProxies: true,
  capabilities: {
    [Can.GRPC]: 'VirtualService http',
    [Can.GRPC_TO_PLAIN_BACKENDS]: 'Service port name grpc',
    [Can.GRPC_METHODS]: 'http[].match[].uri',
    [Can.REST]: 'http[].match[].uri',
    [Can.GRPC_AND_REST_ON_ONE_HOST]: 'http[].match[].headers',
    [Can.WILDCARD_HOSTS]: 'servers[].hosts',
    [Can.WEIGHTS]: 'route[].weight',
    [Can.OTHER_NAMESPACES]: 'destination.host',
    [Can.CERTIFICATE_FROM_SECRET]: 'tls.credentialName',
    [Can.CERTIFICATE_FROM_ISSUER]: 'tls.credentialName',
    [Can.CLIENT_CERTIFICATES]: 'tls.mode MUTUAL, caCertCredentialName',
    [Can.CLIENT_CERTIFICATES_FROM_PEM]: 'tls.mode MUTUAL, caCertCredentialName',
    [Can.ALLOWED_COMMON_NAMES]: 'EnvoyFilter, RBAC',
    [Can.ALLOWED_DNS_NAMES]: 'EnvoyFilter, RBAC (the first DNS name)',
    [Can.ALLOWED_URIS]: 'EnvoyFilter, RBAC (the first URI)',
    [Can.REVOCATION]: 'key ca.crl of the authority',
    [Can.REVOCATION_FROM_PEM]: 'key ca.crl of the authority',
    [Can.FORWARDED_CERTIFICATE]: 'EnvoyFilter, forward_client_cert_details',
    [Can.BACKEND_TLS]: 'DestinationRule tls.mode SIMPLE',
    [Can.REQUEST_TIMEOUT]: 'http[].timeout',
    [Can.STREAM_IDLE_TIMEOUT]: 'EnvoyFilter, idle_timeout of routes',
  },
  check: envoyNameProblems,
  render: (ingress) => ({
    Gateway: gateway(ingress),
    ...Object.fromEntries(
      ingress.hosts.map((host) => [
        `VirtualService${hostSuffix(ingress, host).replace('-', '')}`,
        virtualService(ingress, host),
      ]),
    ),
    ...destinationRules(ingress),
    ...clientFilter(ingress),
    StreamFilter: streamFilter(ingress),
  }),
};

function gateway(ingress: ResolvedIngress): PlainObject {
  const { clients, hosts, certificate, name, namespace } = ingress;
  const trust = clients?.trust.kind === 'TrustStore' ? undefined : clients?.trust;
  return customResource(Gateway, {
    metadata: metadata(ingress),
    spec: {
      selector: { ...ingress.controller.podLabels },
      servers: hosts.map((host) => ({
        // Only VirtualServices of this namespace may use it.
        hosts: [`${namespace}/${host}`],
        port: {
          name: `https-${name}${hostSuffix(ingress, host)}`,
          number: HTTPS,
          protocol: 'HTTPS',
        },
        tls: {
          mode: trust ? ('MUTUAL' as const) : ('SIMPLE' as const),
          credentialName: certificate.secretName(name) ?? '',
          ...(trust && { caCertCredentialName: trust.name }),
          minProtocolVersion: 'TLSV1_2' as const,
        },
      })),
    },
  });
}

function virtualService(ingress: ResolvedIngress, host: string): PlainObject {
  return customResource(VirtualService, {
    metadata: metadata(ingress, hostSuffix(ingress, host)),
    spec: {
      hosts: [host],
      gateways: [ingress.name],
      http: ingress.routes
        .filter((route) => route.host === host)
        .map((route) => ({
          match: [matchOf(route)],
          route: route.targets.map(({ endpoint, namespace, port, weight }) => ({
            destination: {
              host: serviceHost(endpoint.serviceName, namespace),
              port: { number: port },
            },
            weight,
          })),
          // Istio has none by default.
          ...(ingress.requestTimeoutSeconds !== undefined && {
            timeout: `${ingress.requestTimeoutSeconds}s`,
          }),
          // Only what a server has certainly not begun to compute.
          retries: { attempts: 3, retryOn: 'connect-failure,refused-stream,reset-before-request' },
        })),
    },
  });
}

function matchOf({
  protocol,
  service,
  method,
  path,
}: ResolvedRoute): Literal<VirtualServiceSpecHttpMatch> {
  if (protocol === 'rest') return { uri: { prefix: path } };
  if (service === undefined) return { headers: { 'content-type': { prefix: 'application/grpc' } } };
  return {
    uri: method === undefined ? { prefix: `/${service}/` } : { exact: `/${service}/${method}` },
  };
}

function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

function destinationRules(ingress: ResolvedIngress): RenderedIngress {
  const { backendTls, routes } = ingress;
  const services = new Map(
    routes
      .flatMap(({ targets }) => targets)
      .map(({ endpoint, namespace }) => [serviceHost(endpoint.serviceName, namespace), endpoint]),
  );
  return Object.fromEntries(
    [...services.keys()].map((host, index) => [
      `DestinationRule${ordinal(index)}`,
      customResource(DestinationRule, {
        metadata: metadata(ingress, ordinal(index, '-')),
        spec: {
          host,
          trafficPolicy: {
            loadBalancer: { simple: 'LEAST_REQUEST' },
            connectionPool: { http: { http2MaxRequests: MAX_REQUESTS } },
            outlierDetection: {
              splitExternalLocalOriginErrors: true,
              consecutiveLocalOriginFailures: 3,
              interval: '1s',
              baseEjectionTime: '10s',
              maxEjectionPercent: 50,
            },
            ...(backendTls && {
              tls: {
                mode: 'SIMPLE' as const,
                credentialName: backendTls.trust.name,
                sni: backendTls.hostname,
                subjectAltNames: [backendTls.hostname],
              },
            }),
          },
        },
      }),
    ]),
  );
}

/** Istio names clients only by SPIFFE IDs of its own: Envoy's RBAC filter does it, on the listeners of our hosts. */
function clientFilter(ingress: ResolvedIngress): RenderedIngress {
  const allowed = ingress.clients?.allowed ?? [];
  if (allowed.length === 0) return {};
  return {
    ClientFilter: envoyFilter(
      ingress,
      '-clients',
      ingress.hosts.map((host) => ({
        applyTo: 'HTTP_FILTER',
        match: listenerOf(host, { subFilter: { name: 'envoy.filters.http.router' } }),
        patch: { operation: 'INSERT_BEFORE', value: rbacFilter(allowed) },
      })),
    ),
  };
}

/** Envoy's HTTP filter that lets only the given clients pass. */
export function rbacFilter(allowed: readonly ClientIdentity[]): Record<string, unknown> {
  return {
    name: 'inference-constructs.allowed-clients',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC',
      rules: {
        action: 'ALLOW',
        policies: {
          'allowed-clients': {
            permissions: [{ any: true }],
            principals: [{ any: true }],
            condition: clientCelTree(allowed),
          },
        },
      },
    },
  };
}

/** Envoy ends silent streams after five minutes unless told otherwise. */
function streamFilter(ingress: ResolvedIngress): PlainObject {
  const idle = `${ingress.streamIdleSeconds ?? 0}s`;
  return envoyFilter(
    ingress,
    '-streams',
    ingress.hosts.map((host) => ({
      applyTo: 'NETWORK_FILTER',
      match: listenerOf(host),
      patch: {
        operation: 'MERGE',
        value: {
          typed_config: {
            '@type':
              'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
            stream_idle_timeout: idle,
            ...(ingress.clients?.forwardCertificate
              ? {
                  forward_client_cert_details: 'SANITIZE_SET',
                  set_current_client_cert_details: { cert: true },
                }
              : { forward_client_cert_details: 'SANITIZE' }),
          },
        },
      },
    })),
  );
}

/** The HTTP connections of a host, or a filter in them. */
function listenerOf(host: string, filter: object = {}): object {
  return {
    context: 'GATEWAY',
    listener: {
      portNumber: HTTPS,
      filterChain: {
        sni: host,
        filter: { name: 'envoy.filters.network.http_connection_manager', ...filter },
      },
    },
  };
}

function envoyFilter(
  ingress: ResolvedIngress,
  suffix: string,
  configPatches: readonly Record<string, unknown>[],
): PlainObject {
  const { namespace, podLabels } = ingress.controller;
  return customResource(EnvoyFilter, {
    metadata: {
      // In a namespace that all ingresses share.
      name: `${ingress.namespace}-${ingress.name}${suffix}`,
      labels: { ...ingress.labels },
      ...(namespace !== undefined && { namespace }),
    },
    spec: {
      // After what Istio and the installation itself put in.
      priority: 10,
      workloadSelector: { labels: { ...podLabels } },
      configPatches: configPatches,
    },
  });
}
