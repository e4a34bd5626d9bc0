/*
 * Envoy Gateway: a Gateway with proxies of its own for each ingress, so that no client of one trust domain
 * ever talks to a listener of another.
 * @see https://gateway.envoyproxy.io/docs/api/extension_types/ (v1.9)
 */
import {
  BackendTrafficPolicy,
  type BackendTrafficPolicySpec,
} from '../../../imports/backend-traffic-policy';
import { ClientTrafficPolicy } from '../../../imports/client-traffic-policy';
import { EnvoyProxy } from '../../../imports/envoy-proxy';
import { SecurityPolicy } from '../../../imports/security-policy';
import type { Finding } from '../../core/checks';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import type { NodePool } from '../../nodes/node-pool';
import { Protocol } from '../../serving/engine-definition';
import { poolTerms } from '../../nodes/pool-terms';
import { tolerations } from '../../serving/placement';
import { serverLimits } from '../request-limit';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  IngressProviderDefinition,
  RenderedIngress,
  ResolvedIngress,
  ResolvedRoute,
} from '../ingress-provider-definition';
import { clientCel, envoyNameProblems } from './envoy-clients';
import {
  GATEWAY_CAPABILITIES,
  backendTlsPolicies,
  gateway,
  grpcRoute,
  hostRoutes,
  httpRoute,
  referenceGrants,
  trustRef,
} from './gateway-resources';
import { hostSuffix, metadata } from './object-names';

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** Connections and requests at a time: Envoy's default of 1024 throttles busy gRPC clients. */
const CONCURRENCY = 65_536;

/** How long a proxy that is told to stop lets open streams end. */
const PROXY_DRAIN_SECONDS = 60;

/** Methods on which clients stream: buffering a request would keep it back for ever. */
const STREAMING_METHODS: Partial<Record<Protocol, { service: string; method: string }>> = {
  [Protocol.KSERVE_V2_GRPC]: {
    service: 'inference.GRPCInferenceService',
    method: 'ModelStreamInfer',
  },
};

export const envoyGateway: IngressProviderDefinition = {
  id: 'ENVOY_GATEWAY',
  title: 'Envoy Gateway 1.9',
  rejection: 'TLS handshake',
  controller: {
    className: 'envoy-gateway',
    namespace: 'envoy-gateway-system',
    podLabels: undefined,
    addresses: [],
  },
  capabilities: {
    ...GATEWAY_CAPABILITIES,
    [Can.GRPC]: 'GRPCRoute',
    [Can.GRPC_TO_PLAIN_BACKENDS]: 'appProtocol kubernetes.io/h2c',
    [Can.GRPC_METHODS]: 'GRPCRoute rules[].matches[].method',
    [Can.GRPC_AND_REST_ON_ONE_HOST]: 'HTTPRoute for both',
    [Can.CLIENT_CERTIFICATES]: 'clientValidation.caCertificateRefs',
    [Can.CLIENT_CERTIFICATES_FROM_PEM]: 'clientValidation.caCertificateRefs',
    [Can.ALLOWED_COMMON_NAMES]: 'authorization.rules[].cel',
    [Can.ALLOWED_DNS_NAMES]: 'authorization.rules[].cel (the first DNS name)',
    [Can.ALLOWED_URIS]: 'authorization.rules[].cel (the first URI)',
    [Can.REVOCATION]: 'clientValidation.crl',
    [Can.REVOCATION_FROM_OTHER_SECRET]: 'clientValidation.crl',
    [Can.REVOCATION_FROM_PEM]: 'clientValidation.crl',
    [Can.FORWARDED_CERTIFICATE]: 'headers.xForwardedClientCert',
    [Can.BACKEND_TLS]: 'BackendTLSPolicy',
    [Can.BACKEND_TLS_FROM_PEM]: 'BackendTLSPolicy',
    [Can.REQUEST_LIMIT]: 'requestBuffer, but for streams of clients',
    [Can.REQUEST_TIMEOUT]: 'timeout.http.requestTimeout',
    [Can.STREAM_IDLE_TIMEOUT]: 'timeout.http.streamIdleTimeout',
    [Can.RATE_LIMIT]: 'rateLimit.local',
    [Can.EXPOSURE]: 'annotations of the Service',
    [Can.PLACEMENT]: 'affinity and tolerations of the proxies',
    [Can.SOURCE_RANGES]: 'envoyService.loadBalancerSourceRanges',
  },
  proxyLabels,
  check: (ingress) => ({ ...envoyNameProblems(ingress), ...unknownStreams(ingress) }),
  render: (ingress) => ({
    Gateway: gateway(ingress, {
      infrastructure: {
        parametersRef: {
          group: 'gateway.envoyproxy.io',
          kind: 'EnvoyProxy',
          name: ingress.name,
        },
      },
    }),
    EnvoyProxy: envoyProxy(ingress),
    ClientTrafficPolicy: clientTrafficPolicy(ingress),
    ...securityPolicy(ingress),
    ...routesAndPolicies(ingress),
    ...backendTlsPolicies(ingress),
    ...referenceGrants(ingress),
  }),
};

/** Engines of which nobody knows whether clients stream to them, nor bound their requests themselves. */
function unknownStreams({ routes }: ResolvedIngress): Readonly<Record<string, Finding>> {
  const unknown = routes
    .filter((route) => route.protocol === 'grpc' && !serverLimits(route))
    .flatMap(({ targets }) => targets.map(({ endpoint }) => endpoint))
    .filter(({ protocols }) => protocols.length === 0);
  if (unknown.length === 0) return {};
  return {
    backends: {
      got: `${unknown.map(({ serviceName }) => serviceName).join(', ')}, whose engine names no protocol`,
      expected: 'an engine that names its protocols, or bounds its requests itself',
      fix: 'set protocols or limitsRequests in ServingEngine.custom: collecting the requests of a stream would keep them back for ever',
    },
  };
}

/** The proxies: two, apart from each other's interruptions, behind a load balancer. */
function envoyProxy(ingress: ResolvedIngress): PlainObject {
  const { internal, sourceRanges } = ingress;
  return customResource(EnvoyProxy, {
    metadata: metadata(ingress),
    spec: {
      shutdown: { drainTimeout: `${PROXY_DRAIN_SECONDS}s`, minDrainDuration: '15s' },
      provider: {
        type: 'Kubernetes',
        kubernetes: {
          envoyDeployment: {
            replicas: 2,
            pod: { topologySpreadConstraints: apart(ingress), ...placementOn(ingress.placement) },
            container: {
              resources: {
                requests: { cpu: { value: '500m' }, memory: { value: '512Mi' } },
                limits: { memory: { value: '1Gi' } },
              },
            },
          },
          envoyPdb: { minAvailable: { value: 1 } },
          envoyService: {
            type: 'LoadBalancer',
            // The client's address, which source ranges are about, survives only so.
            externalTrafficPolicy: 'Local',
            annotations: loadBalancerAnnotations(internal),
            ...(sourceRanges.length > 0 && { loadBalancerSourceRanges: [...sourceRanges] }),
          },
        },
      },
    },
  });
}

/** Onto nodes of these pools; anywhere if there is none. */
function placementOn(pools: readonly NodePool[]): object {
  if (pools.length === 0) return {};
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const accepted = tolerations(pools);
  return {
    affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: poolTerms(pools) } } },
    ...(accepted.length > 0 && { tolerations: accepted }),
  };
}

/** Not on one node, nor in one zone, as long as there is room elsewhere. */
function apart({ name, namespace }: ResolvedIngress): object[] {
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: proxyLabels(name, namespace) },
  }));
}

// Label values end at 63 characters; names of ingresses do long before.
function proxyLabels(name: string, namespace: string): Record<string, string> {
  return {
    'gateway.envoyproxy.io/owning-gateway-name': name,
    'gateway.envoyproxy.io/owning-gateway-namespace': namespace,
  };
}

/** For load balancers of AWS and Google Cloud; each ignores what is meant for the other. */
function loadBalancerAnnotations(internal: boolean): Record<string, string> {
  return {
    'service.beta.kubernetes.io/aws-load-balancer-type': 'external',
    'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
    'service.beta.kubernetes.io/aws-load-balancer-scheme': internal
      ? 'internal'
      : 'internet-facing',
    ...(internal && { 'networking.gke.io/load-balancer-type': 'Internal' }),
  };
}

function clientTrafficPolicy(ingress: ResolvedIngress): PlainObject {
  const { clients, routes, streamIdleSeconds } = ingress;
  const rest = routes.some(({ protocol }) => protocol === 'rest');
  return customResource(ClientTrafficPolicy, {
    metadata: metadata(ingress),
    spec: {
      targetRefs: [{ group: GATEWAY_GROUP, kind: 'Gateway', name: ingress.name }],
      tls: {
        minVersion: '1.2',
        // Without it, hosts under one wildcard certificate would be cut to HTTP/1.1.
        alpnProtocols: rest ? ['h2', 'http/1.1'] : ['h2'],
        ...(clients && { clientValidation: clientValidation(clients) }),
      },
      headers: {
        xForwardedClientCert: clients?.forwardCertificate
          ? { mode: 'SanitizeSet', certDetailsToAdd: ['Cert'] }
          : { mode: 'Sanitize' },
      },
      timeout: { http: { streamIdleTimeout: `${streamIdleSeconds ?? 0}s` } },
      // Finds clients that are gone, now that silence is no reason to end a stream.
      http2: { connectionKeepalive: { interval: '30s', timeout: '10s' } },
    },
  });
}

function clientValidation({
  trust,
  revocation,
}: NonNullable<ResolvedIngress['clients']>): Record<string, unknown> {
  return {
    mode: 'RequireAndVerify',
    ...(trust.kind !== 'TrustStore' && { caCertificateRefs: [trustRef(trust)] }),
    ...(revocation && { crl: { refs: [trustRef(revocation)] } }),
  };
}

function securityPolicy(ingress: ResolvedIngress): RenderedIngress {
  const allowed = ingress.clients?.allowed ?? [];
  if (allowed.length === 0) return {};
  return {
    SecurityPolicy: customResource(SecurityPolicy, {
      metadata: metadata(ingress),
      spec: {
        targetRefs: [{ group: GATEWAY_GROUP, kind: 'Gateway', name: ingress.name }],
        authorization: {
          defaultAction: 'Deny',
          // One for each client: an expression may have 4096 characters, a list of clients has no end.
          rules: allowed.map((client, index) => ({
            name: `client-${index + 1}`,
            action: 'Allow' as const,
            cel: clientCel([client]),
          })),
        },
      },
    }),
  };
}

/** Routes with what belongs to each: a limit by buffering where neither streams nor the server are in the way. */
function routesAndPolicies(ingress: ResolvedIngress): RenderedIngress {
  const objects: [string, PlainObject][] = [];
  for (const { host, kind, routes } of hostRoutes(ingress)) {
    const split = routes.flatMap(withoutStreams);
    for (const buffered of [false, true]) {
      const own = split.filter((route) => route.buffered === buffered);
      if (own.length === 0) continue;
      const suffix = buffered && own.length < split.length ? '-unary' : '';
      const id = `${hostSuffix(ingress, host)}${suffix}`.replaceAll('-', '');
      const make = kind === 'GRPCRoute' ? grpcRoute : httpRoute;
      const route = make(
        ingress,
        host,
        own.map(({ route: one }) => one),
        suffix,
      );
      objects.push([`Route${id}`, route]);
      objects.push([
        `BackendTrafficPolicy${id}`,
        backendTrafficPolicy(ingress, route, kind, buffered),
      ]);
    }
  }
  return Object.fromEntries(objects);
}

interface BufferedRoute {
  readonly route: ResolvedRoute;
  /** Whether requests are collected by the proxy before they go on. */
  readonly buffered: boolean;
}

/** A route that the server bounds is left alone; of others, streaming methods are taken out of the buffering. */
function withoutStreams(route: ResolvedRoute): BufferedRoute[] {
  if (serverLimits(route)) return [{ route, buffered: false }];
  if (route.protocol === 'rest') return [{ route, buffered: true }];
  const protocols = new Set(route.targets.flatMap(({ endpoint }) => endpoint.protocols));
  const streams = [...protocols]
    .map((protocol) => STREAMING_METHODS[protocol])
    .filter((stream) => stream !== undefined)
    .filter(({ service }) => route.service === undefined || route.service === service);
  if (streams.some(({ method }) => method === route.method)) return [{ route, buffered: false }];
  if (route.method !== undefined) return [{ route, buffered: true }];
  return [
    ...streams.map((stream) => ({ route: { ...route, ...stream }, buffered: false })),
    { route, buffered: true },
  ];
}

function backendTrafficPolicy(
  ingress: ResolvedIngress,
  route: PlainObject,
  kind: string,
  buffered: boolean,
): PlainObject {
  const { requestTimeoutSeconds, streamIdleSeconds, requestsPerSecond, maxRequestBytes } = ingress;
  const spec: Literal<BackendTrafficPolicySpec> = {
    targetRefs: [{ group: GATEWAY_GROUP, kind, name: route.metadata.name }],
    loadBalancer: { type: 'LeastRequest' },
    timeout: {
      http: {
        // Envoy's own default ends every stream after 15 s.
        requestTimeout: `${requestTimeoutSeconds ?? 0}s`,
        maxStreamDuration: '0s',
        streamIdleTimeout: `${streamIdleSeconds ?? 0}s`,
      },
      tcp: { connectTimeout: '2s' },
    },
    // Only what a server has certainly not begun to compute.
    retry: {
      numRetries: 3,
      retryOn: { triggers: ['connect-failure', 'refused-stream', 'reset-before-request'] },
      perRetry: { backOff: { baseInterval: '25ms', maxInterval: '250ms' } },
    },
    circuitBreaker: {
      maxConnections: CONCURRENCY,
      maxParallelRequests: CONCURRENCY,
      maxPendingRequests: CONCURRENCY,
    },
    // A node that is gone stays among the endpoints until Kubernetes has noticed.
    healthCheck: {
      passive: {
        splitExternalLocalOriginErrors: true,
        consecutiveLocalOriginFailures: 3,
        interval: '1s',
        baseEjectionTime: '10s',
        maxEjectionPercent: 50,
      },
    },
    ...(requestsPerSecond !== undefined && {
      rateLimit: {
        type: 'Local',
        local: { rules: [{ limit: { requests: requestsPerSecond, unit: 'Second' } }] },
      },
    }),
    ...(buffered && { requestBuffer: { limit: String(maxRequestBytes) } }),
  };
  return customResource(BackendTrafficPolicy, {
    metadata: { name: route.metadata.name, labels: { ...ingress.labels } },
    spec,
  });
}
