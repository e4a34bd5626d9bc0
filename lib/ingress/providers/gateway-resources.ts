/*
 * Resources of the Gateway API (v1, standard channel) that several providers are made of.
 * @see https://gateway-api.sigs.k8s.io/reference/spec/ (v1.7)
 */
import { BackendTlsPolicy } from '../../../imports/backend-tls-policy';
import { Gateway, type GatewaySpec } from '../../../imports/gateway';
import { GrpcRoute } from '../../../imports/grpc-route';
import { HttpRoute, type HttpRouteSpecRulesMatches } from '../../../imports/http-route';
import { ReferenceGrant } from '../../../imports/reference-grant';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  RenderedIngress,
  ResolvedIngress,
  ResolvedRoute,
  ResolvedTarget,
  TrustReference,
} from '../ingress-provider-definition';
import { hostSuffix, metadata, ordinal } from './object-names';

const HTTPS = 443;

/** What every controller of the Gateway API can by these resources. */
export const GATEWAY_CAPABILITIES = {
  [Can.REST]: 'HTTPRoute rules[].matches[].path',
  [Can.WILDCARD_HOSTS]: 'listeners[].hostname',
  [Can.WEIGHTS]: 'backendRefs[].weight',
  [Can.OTHER_NAMESPACES]: 'ReferenceGrant',
  [Can.CERTIFICATE_FROM_SECRET]: 'listeners[].tls.certificateRefs',
  [Can.CERTIFICATE_FROM_ISSUER]: 'listeners[].tls.certificateRefs',
} as const;

/** Reference to what holds certificates or lists, as Gateway API writes it. */
export function trustRef({ kind, name }: TrustReference): {
  readonly group: '';
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
} {
  return { group: '', kind, name };
}

/** What a controller adds to its Gateway. */
export interface GatewayExtras {
  readonly annotations?: Record<string, string>;
  readonly infrastructure?: NonNullable<Literal<GatewaySpec>['infrastructure']>;
  /** Client certificates by the standard fields. */
  readonly tls?: NonNullable<Literal<GatewaySpec>['tls']>;
  /**
   * Whether the listeners name the Secret of the certificate.
   * @default true
   */
  readonly certificateRefs?: boolean;
}

/** A Gateway with one listener for each host. */
export function gateway(ingress: ResolvedIngress, extras: GatewayExtras = {}): PlainObject {
  const { annotations, infrastructure, tls, certificateRefs = true } = extras;
  const secretName = ingress.certificate.secretName(ingress.name) ?? '';
  return customResource(Gateway, {
    metadata: { ...metadata(ingress), ...(annotations && { annotations }) },
    spec: {
      gatewayClassName: ingress.controller.className,
      ...(infrastructure && { infrastructure }),
      ...(tls && { tls }),
      listeners: ingress.hosts.map((host) => ({
        name: listenerName(ingress, host),
        hostname: host,
        port: HTTPS,
        protocol: 'HTTPS',
        ...(certificateRefs && {
          tls: {
            mode: 'Terminate' as const,
            certificateRefs: [{ group: '', kind: 'Secret', name: secretName }],
          },
        }),
        allowedRoutes: { namespaces: { from: 'Same' as const } },
      })),
    },
  });
}

function listenerName({ hosts }: ResolvedIngress, host: string): string {
  return hosts.length === 1 ? 'https' : `https-${hosts.indexOf(host) + 1}`;
}

/** Client certificates by the standard fields of the Gateway; none without them. */
export function frontendTls({ clients }: ResolvedIngress): GatewayExtras['tls'] {
  if (clients === undefined || clients.trust.kind === 'TrustStore') return undefined;
  const validation = {
    mode: 'AllowValidOnly' as const,
    caCertificateRefs: [trustRef(clients.trust)],
  };
  return { frontend: { default: { validation } } };
}

/** A GRPCRoute of one host. */
export function grpcRoute(
  ingress: ResolvedIngress,
  host: string,
  routes: readonly ResolvedRoute[],
  suffix = '',
): PlainObject {
  return customResource(GrpcRoute, {
    metadata: metadata(ingress, `${hostSuffix(ingress, host)}${suffix}`),
    spec: {
      parentRefs: [{ name: ingress.name, sectionName: listenerName(ingress, host) }],
      hostnames: [host],
      rules: routes.map(({ service, method, targets }) => ({
        ...(service !== undefined && {
          matches: [
            {
              method: {
                type: 'Exact' as const,
                service,
                ...(method !== undefined && { method }),
              },
            },
          ],
        }),
        backendRefs: backendRefs(targets, ingress),
      })),
    },
  });
}

/** How an HTTPRoute tells gRPC requests of any service from REST. */
export type GrpcMatch = 'content type' | 'rest of the paths';

/** An HTTPRoute of one host; gRPC in it is told by its path, or as the controller can. */
export function httpRoute(
  ingress: ResolvedIngress,
  host: string,
  routes: readonly ResolvedRoute[],
  suffix = '',
  grpcMatch: GrpcMatch = 'content type',
): PlainObject {
  return customResource(HttpRoute, {
    metadata: metadata(ingress, `${hostSuffix(ingress, host)}${suffix}`),
    spec: {
      parentRefs: [{ name: ingress.name, sectionName: listenerName(ingress, host) }],
      hostnames: [host],
      rules: routes.map((route) => ({
        matches: [httpMatch(route, grpcMatch)],
        backendRefs: backendRefs(route.targets, ingress),
      })),
    },
  });
}

function httpMatch(
  { protocol, service, method, path }: ResolvedRoute,
  grpcMatch: GrpcMatch,
): Literal<HttpRouteSpecRulesMatches> {
  if (protocol === 'rest') return { path: { type: 'PathPrefix', value: path } };
  if (service === undefined) {
    if (grpcMatch === 'rest of the paths') return { path: { type: 'PathPrefix', value: '/' } };
    const headers = [
      { type: 'RegularExpression' as const, name: 'content-type', value: 'application/grpc.*' },
    ];
    return { path: { type: 'PathPrefix', value: '/' }, headers };
  }
  return method === undefined
    ? { path: { type: 'PathPrefix', value: `/${service}` } }
    : { path: { type: 'Exact', value: `/${service}/${method}` } };
}

function backendRefs(
  targets: readonly ResolvedTarget[],
  { namespace }: ResolvedIngress,
): { name: string; namespace?: string; port: number; weight: number }[] {
  return targets.map(({ endpoint, port, weight, ...target }) => ({
    name: endpoint.serviceName,
    ...(target.namespace !== namespace && { namespace: target.namespace }),
    port,
    weight,
  }));
}

/** Routes by host, each as GRPCRoute, or as HTTPRoute where the host has REST routes. */
export function hostRoutes({ hosts, routes }: ResolvedIngress): readonly {
  readonly host: string;
  readonly kind: 'GRPCRoute' | 'HTTPRoute';
  readonly routes: readonly ResolvedRoute[];
}[] {
  return hosts.map((host) => {
    const own = routes.filter((route) => route.host === host);
    const grpcOnly = own.every(({ protocol }) => protocol === 'grpc');
    return { host, kind: grpcOnly ? 'GRPCRoute' : 'HTTPRoute', routes: own };
  });
}

/** Verified TLS to each Service. */
export function backendTlsPolicies(ingress: ResolvedIngress): RenderedIngress {
  const { backendTls } = ingress;
  if (backendTls === undefined) return {};
  return Object.fromEntries(
    serviceNames(ingress).map((service, index) => [
      `BackendTlsPolicy${ordinal(index)}`,
      customResource(BackendTlsPolicy, {
        metadata: metadata(ingress, `-backend${ordinal(index, '-')}`),
        spec: {
          targetRefs: [{ group: '', kind: 'Service', name: service, sectionName: 'grpc' }],
          validation: {
            hostname: backendTls.hostname,
            caCertificateRefs: [trustRef(backendTls.trust)],
          },
        },
      }),
    ]),
  );
}

/** Names of the Services in the namespace of the ingress, each once. */
export function serviceNames({ routes, namespace }: ResolvedIngress): readonly string[] {
  const targets = routes.flatMap((route) => route.targets);
  const own = targets.filter((target) => target.namespace === namespace);
  return [...new Set(own.map(({ endpoint }) => endpoint.serviceName))];
}

/** The consent of other namespaces to routes from this one. */
export function referenceGrants(ingress: ResolvedIngress): RenderedIngress {
  const targets = ingress.routes.flatMap((route) => route.targets);
  const others = [...new Set(targets.map(({ namespace }) => namespace))].filter(
    (namespace) => namespace !== ingress.namespace,
  );
  return Object.fromEntries(
    others.map((namespace, index) => {
      const services = targets.filter((target) => target.namespace === namespace);
      const grant = customResource(ReferenceGrant, {
        metadata: { ...metadata(ingress), namespace },
        spec: {
          from: ['GRPCRoute', 'HTTPRoute'].map((kind) => ({
            group: 'gateway.networking.k8s.io',
            kind,
            namespace: ingress.namespace,
          })),
          to: [...new Set(services.map(({ endpoint }) => endpoint.serviceName))].map((name) => ({
            group: '',
            kind: 'Service',
            name,
          })),
        },
      });
      return [`ReferenceGrant${ordinal(index)}`, grant];
    }),
  );
}
