/*
 * The community's ingress-nginx, archived in March 2026. For clusters that still run it or a fork.
 * @see https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ (1.15)
 */
import type { HTTPIngressPath, Ingress } from 'kubernetes-types/networking/v1';
import type { PlainObject } from '../../core/custom-resource';
import { subjectPattern } from '../client-subjects';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  IngressProviderDefinition,
  RenderedIngress,
  ResolvedIngress,
  ResolvedRoute,
} from '../ingress-provider-definition';
import { metadata, requestPath } from './object-names';
import { NO_TIMEOUT_SECONDS, nginxNameProblems } from './nginx-settings';

const PREFIX = 'nginx.ingress.kubernetes.io/';

export const ingressNginx: IngressProviderDefinition = {
  id: 'INGRESS_NGINX',
  title: 'ingress-nginx 1.15',
  rejection: 'HTTP 400',
  controller: {
    className: 'nginx',
    namespace: 'ingress-nginx',
    podLabels: { 'app.kubernetes.io/name': 'ingress-nginx' },
    addresses: [],
  },
  warnings: [
    {
      message:
        'ingress-nginx is retired: no release fixes what has been found in it and in its nginx since March 2026',
      fix: 'move to ENVOY_GATEWAY, or to F5_NGINX where clients count on HTTP 400',
    },
    {
      message: 'streams on which the client is silent for 60 s are cut',
      fix: 'raise client-body-timeout in the ConfigMap of the controller',
    },
  ],
  capabilities: {
    [Can.GRPC]: 'backend-protocol: GRPC',
    [Can.GRPC_TO_PLAIN_BACKENDS]: 'backend-protocol: GRPC',
    [Can.GRPC_METHODS]: 'paths[].path',
    [Can.REST]: 'paths[].path',
    [Can.GRPC_AND_REST_ON_ONE_HOST]: 'two Ingresses',
    [Can.WILDCARD_HOSTS]: 'rules[].host',
    [Can.CERTIFICATE_FROM_SECRET]: 'tls[].secretName',
    [Can.CERTIFICATE_FROM_ISSUER]: 'tls[].secretName',
    [Can.CLIENT_CERTIFICATES]: 'auth-tls-secret',
    [Can.ALLOWED_COMMON_NAMES]: 'auth-tls-match-cn',
    [Can.REVOCATION]: 'key ca.crl of auth-tls-secret',
    [Can.DEPTH]: 'auth-tls-verify-depth',
    [Can.FORWARDED_CERTIFICATE]: 'auth-tls-pass-certificate-to-upstream',
    [Can.REQUEST_LIMIT]: 'proxy-body-size (of a whole stream)',
    [Can.STREAM_IDLE_TIMEOUT]: 'proxy-read-timeout',
    [Can.SOURCE_RANGES]: 'whitelist-source-range',
  },
  check: nginxNameProblems,
  render: (ingress) => ({
    ...ingressOf(ingress, 'grpc', 'GRPC'),
    ...ingressOf(ingress, 'rest', 'HTTP'),
  }),
};

/** Routes of one protocol: its annotation holds for a whole Ingress. */
function ingressOf(
  ingress: ResolvedIngress,
  protocol: ResolvedRoute['protocol'],
  backendProtocol: string,
): RenderedIngress {
  const routes = ingress.routes.filter((route) => route.protocol === protocol);
  if (routes.length === 0) return {};
  const mixed = routes.length < ingress.routes.length;
  const object: Ingress & PlainObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata(ingress, mixed && protocol === 'rest' ? '-rest' : ''),
      annotations: annotations(ingress, backendProtocol),
    },
    spec: {
      ingressClassName: ingress.controller.className,
      tls: [
        {
          hosts: [...ingress.hosts],
          secretName: ingress.certificate.secretName(ingress.name) ?? '',
        },
      ],
      rules: [...new Set(routes.map(({ host }) => host))].map((host) => ({
        host,
        http: { paths: routes.filter((route) => route.host === host).map(pathOf) },
      })),
    },
  };
  return { [mixed && protocol === 'rest' ? 'RestIngress' : 'Ingress']: object };
}

function pathOf(route: ResolvedRoute): HTTPIngressPath {
  const [target] = route.targets;
  const path = requestPath(route);
  return {
    path,
    pathType: pathType(path, route.method !== undefined),
    backend: {
      service: { name: target?.endpoint.serviceName ?? '', port: { number: target?.port ?? 0 } },
    },
  };
}

/** The controller refuses other characters, such as the colon of `:predict`, in the two standard types. */
function pathType(path: string, exact: boolean): string {
  if (!/^[A-Za-z0-9/_.-]*$/.test(path)) return 'ImplementationSpecific';
  return exact ? 'Exact' : 'Prefix';
}

function annotations(ingress: ResolvedIngress, backendProtocol: string): Record<string, string> {
  const { clients, maxRequestBytes, streamIdleSeconds } = ingress;
  const timeout = String(streamIdleSeconds ?? NO_TIMEOUT_SECONDS);
  const named: Record<string, string> = {
    'backend-protocol': backendProtocol,
    'ssl-redirect': 'true',
    'proxy-body-size': String(maxRequestBytes),
    'proxy-read-timeout': timeout,
    'proxy-send-timeout': timeout,
    // Inference is paced by the server: nothing is collected on the way.
    'proxy-request-buffering': 'off',
    ...(ingress.sourceRanges.length > 0 && {
      'whitelist-source-range': ingress.sourceRanges.join(','),
    }),
    ...(clients && clientAnnotations(clients, ingress.namespace)),
  };
  return Object.fromEntries(Object.entries(named).map(([key, value]) => [PREFIX + key, value]));
}

function clientAnnotations(
  { trust, allowed, depth, forwardCertificate }: NonNullable<ResolvedIngress['clients']>,
  namespace: string,
): Record<string, string> {
  return {
    'auth-tls-secret': `${namespace}/${trust.kind === 'TrustStore' ? '' : trust.name}`,
    'auth-tls-verify-client': 'on',
    'auth-tls-verify-depth': String(depth ?? 1),
    'auth-tls-pass-certificate-to-upstream': String(forwardCertificate),
    ...(allowed.length > 0 && {
      'auth-tls-match-cn': commonNameAnnotation(allowed.map(({ value }) => value)),
    }),
  };
}

/**
 * The controller wants "CN=" at the beginning, and what follows to be a regular expression by itself; it
 * then looks for the whole anywhere in the subject. The first alternative can never match.
 */
export function commonNameAnnotation(names: readonly string[]): string {
  return `CN=a^|${subjectPattern(names)}`;
}
