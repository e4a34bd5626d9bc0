/*
 * The Gateway controller of GKE: application load balancers of Google Cloud, outside of the cluster. They
 * speak HTTP/2 to back ends only over TLS, so that gRPC needs back ends that serve TLS.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api (2026-08)
 */
import { GcpBackendPolicy } from '../../../imports/gke-backend-policy';
import { HealthCheckPolicy } from '../../../imports/gke-health-check-policy';
import { customResource } from '../../core/custom-resource';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  IngressProviderDefinition,
  RenderedIngress,
  ResolvedIngress,
} from '../ingress-provider-definition';
import {
  GATEWAY_CAPABILITIES,
  backendTlsPolicies,
  frontendTls,
  gateway,
  hostRoutes,
  httpRoute,
  referenceGrants,
  serviceNames,
  type GatewayExtras,
} from './gateway-resources';
import { hostSuffix, metadata, ordinal } from './object-names';

const INTERNAL_CLASS = 'gke-l7-rilb';

/** Health checks, and the front ends of global load balancers. */
const GOOGLE_RANGES = ['35.191.0.0/16', '130.211.0.0/22'];

/** Longest time of a stream where none is asked for: Google's own default ends it after 30 s. */
const STREAM_SECONDS = 86_400;

/** Time that open requests get when a pod leaves. */
const DRAIN_SECONDS = 60;

export const gkeGateway: IngressProviderDefinition = {
  id: 'GKE_GATEWAY',
  title: 'GKE Gateway (1.35)',
  rejection: 'TLS handshake',
  controller: {
    className: INTERNAL_CLASS,
    namespace: undefined,
    podLabels: undefined,
    addresses: GOOGLE_RANGES,
  },
  publicClassName: 'gke-l7-global-external-managed',
  tlsAppProtocol: 'HTTP2',
  capabilities: {
    ...GATEWAY_CAPABILITIES,
    [Can.GRPC]: 'HTTPRoute over HTTP/2 with TLS',
    [Can.GRPC_METHODS]: 'HTTPRoute rules[].matches[].path',
    [Can.CERTIFICATE_FROM_MAP]: 'annotation networking.gke.io/certmap',
    [Can.CLIENT_CERTIFICATES_FROM_PEM]: 'tls.frontend.default.validation',
    [Can.BACKEND_TLS_FROM_PEM]: 'BackendTLSPolicy',
    [Can.REQUEST_TIMEOUT]: 'GCPBackendPolicy timeoutSec',
    [Can.EXPOSURE]: 'gatewayClassName',
  },
  check: ({ controller, internal }) => ({
    ...(internal &&
      controller.addresses === GOOGLE_RANGES && {
        'controller.addresses': {
          got: "Google's own address blocks",
          expected: `the proxy-only subnet of the region, from which ${INTERNAL_CLASS} calls, and ${GOOGLE_RANGES.join(' and ')}`,
          fix: 'give all of them, so that the model servers let the load balancer in',
        },
      }),
  }),
  render: (ingress) => {
    const tls = frontendTls(ingress);
    return {
      Gateway: gateway(ingress, { ...certificateMap(ingress), ...(tls && { tls }) }),
      ...Object.fromEntries(
        hostRoutes(ingress).map(({ host, routes }) => [
          `Route${hostSuffix(ingress, host).replace('-', '')}`,
          httpRoute(ingress, host, routes, '', 'rest of the paths'),
        ]),
      ),
      ...servicePolicies(ingress),
      ...backendTlsPolicies(ingress),
      ...referenceGrants(ingress),
    };
  },
};

function certificateMap({ certificate }: ResolvedIngress): GatewayExtras {
  const { source } = certificate;
  return source.kind === 'CertificateMap'
    ? { annotations: { 'networking.gke.io/certmap': source.name }, certificateRefs: false }
    : {};
}

function servicePolicies(ingress: ResolvedIngress): RenderedIngress {
  return Object.fromEntries(
    serviceNames(ingress).flatMap((name, index) => {
      const suffix = ordinal(index, '-');
      const targetRef = { group: '', kind: 'Service', name };
      return [
        [
          `HealthCheckPolicy${ordinal(index)}`,
          customResource(HealthCheckPolicy, {
            metadata: metadata(ingress, suffix),
            spec: {
              targetRef,
              // Google's gRPC checks know no TLS; the engines open their ports once models are loaded.
              default: {
                checkIntervalSec: 5,
                timeoutSec: 5,
                healthyThreshold: 1,
                unhealthyThreshold: 2,
                config: {
                  type: 'TCP' as const,
                  tcpHealthCheck: { portSpecification: 'USE_SERVING_PORT' as const },
                },
              },
            },
          }),
        ],
        [
          `GcpBackendPolicy${ordinal(index)}`,
          customResource(GcpBackendPolicy, {
            metadata: metadata(ingress, suffix),
            spec: {
              targetRef,
              default: {
                timeoutSec: ingress.requestTimeoutSeconds ?? STREAM_SECONDS,
                connectionDraining: { drainingTimeoutSec: DRAIN_SECONDS },
                logging: { enabled: true, sampleRate: 100_000 },
              },
            },
          }),
        ],
      ] as const;
    }),
  );
}
