/*
 * F5 NGINX Ingress Controller, by VirtualServers and Policies. It has no field for the names of clients:
 * they are checked in a snippet, which the controller takes only when it runs with `-enable-snippets`.
 * @see https://docs.nginx.com/nginx-ingress-controller/configuration/policy-resource/ (5.5)
 */
import { Policy, type PolicySpec } from '../../../imports/nginx-policy';
import { VirtualServer, type VirtualServerSpec } from '../../../imports/virtual-server';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import { subjectPattern } from '../client-subjects';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  IngressProviderDefinition,
  RenderedIngress,
  ResolvedIngress,
  ResolvedRoute,
} from '../ingress-provider-definition';
import { hostSuffix, metadata, requestPath } from './object-names';
import { NO_TIMEOUT_SECONDS, nginxNameProblems } from './nginx-settings';

export const f5Nginx: IngressProviderDefinition = {
  id: 'F5_NGINX',
  title: 'F5 NGINX Ingress Controller 5.5',
  rejection: 'HTTP 400',
  controller: {
    className: 'nginx',
    namespace: 'nginx-ingress',
    podLabels: { 'app.kubernetes.io/name': 'nginx-ingress' },
    addresses: [],
  },
  warnings: [
    {
      message: 'streams on which the client is silent for 60 s are cut',
      fix: 'raise client-body-timeout in the ConfigMap of the controller',
    },
  ],
  capabilities: {
    [Can.GRPC]: 'upstreams[].type: grpc',
    [Can.GRPC_TO_PLAIN_BACKENDS]: 'upstreams[].type: grpc',
    [Can.GRPC_METHODS]: 'routes[].path',
    [Can.REST]: 'routes[].path',
    [Can.GRPC_AND_REST_ON_ONE_HOST]: 'upstreams[].type',
    [Can.WILDCARD_HOSTS]: 'host',
    [Can.WEIGHTS]: 'routes[].splits',
    [Can.CERTIFICATE_FROM_SECRET]: 'tls.secret',
    [Can.CERTIFICATE_FROM_ISSUER]: 'tls.secret',
    [Can.CLIENT_CERTIFICATES]: 'ingressMTLS.clientCertSecret',
    [Can.ALLOWED_COMMON_NAMES]: 'server-snippets, with -enable-snippets',
    [Can.REVOCATION]: 'key ca.crl of ingressMTLS.clientCertSecret',
    [Can.DEPTH]: 'ingressMTLS.verifyDepth',
    [Can.BACKEND_TLS]: 'egressMTLS.verifyServer',
    [Can.REQUEST_LIMIT]: 'client-max-body-size (of a whole stream)',
    [Can.STREAM_IDLE_TIMEOUT]: 'read-timeout',
    [Can.SOURCE_RANGES]: 'accessControl.allow',
  },
  check: nginxNameProblems,
  render: (ingress) => ({ ...policies(ingress), ...virtualServers(ingress) }),
};

/** Policies by the suffix of their names, as far as they are needed. */
function policySpecs(ingress: ResolvedIngress): Readonly<Record<string, Literal<PolicySpec>>> {
  const { clients, backendTls, sourceRanges } = ingress;
  return {
    ...(clients &&
      clients.trust.kind !== 'TrustStore' && {
        clients: {
          ingressMtls: {
            clientCertSecret: clients.trust.name,
            verifyClient: 'on',
            verifyDepth: clients.depth ?? 1,
          },
        },
      }),
    ...(backendTls && {
      backends: {
        egressMtls: {
          trustedCertSecret: backendTls.trust.name,
          verifyServer: true,
          serverName: true,
          sslName: backendTls.hostname,
        },
      },
    }),
    ...(sourceRanges.length > 0 && { sources: { accessControl: { allow: [...sourceRanges] } } }),
  };
}

function policies(ingress: ResolvedIngress): RenderedIngress {
  return Object.fromEntries(
    Object.entries(policySpecs(ingress)).map(([suffix, spec]) => [
      `Policy${suffix}`,
      customResource(Policy, {
        metadata: metadata(ingress, `-${suffix}`),
        spec: { ingressClassName: ingress.controller.className, ...spec },
      }),
    ]),
  );
}

function virtualServers(ingress: ResolvedIngress): RenderedIngress {
  return Object.fromEntries(
    ingress.hosts.map((host) => [
      `VirtualServer${hostSuffix(ingress, host).replace('-', '')}`,
      virtualServer(ingress, host),
    ]),
  );
}

function virtualServer(ingress: ResolvedIngress, host: string): PlainObject {
  const routes = ingress.routes.filter((route) => route.host === host);
  const allowed = ingress.clients?.allowed ?? [];
  const spec: Literal<VirtualServerSpec> = {
    ingressClassName: ingress.controller.className,
    host,
    tls: { secret: ingress.certificate.secretName(ingress.name) ?? '' },
    policies: Object.keys(policySpecs(ingress)).map((suffix) => ({
      name: `${ingress.name}-${suffix}`,
    })),
    ...(allowed.length > 0 && {
      serverSnippets: clientSnippet(allowed.map(({ value }) => value)),
    }),
    upstreams: routes.flatMap((route, index) => upstreams(ingress, route, index)),
    routes: routes.map((route, index) => ({ path: pathOf(route), ...action(route, index) })),
  };
  return customResource(VirtualServer, {
    metadata: metadata(ingress, hostSuffix(ingress, host)),
    spec,
  });
}

/** Refuses whoever has another name; the names hold no character that means something in the quotes. */
export function clientSnippet(names: readonly string[]): string {
  const quoted = subjectPattern(names).replaceAll('\\', '\\\\');
  return `if ($ssl_client_s_dn !~ "${quoted}") { return 403; }`;
}

function upstreamName(route: number, target: number): string {
  return `route-${route + 1}-${target + 1}`;
}

function upstreams(
  { maxRequestBytes, streamIdleSeconds, backendTls }: ResolvedIngress,
  { protocol, targets }: ResolvedRoute,
  index: number,
): NonNullable<Literal<VirtualServerSpec>['upstreams']>[number][] {
  const timeout = `${streamIdleSeconds ?? NO_TIMEOUT_SECONDS}s`;
  return targets.map(({ endpoint, port }, target) => ({
    name: upstreamName(index, target),
    service: endpoint.serviceName,
    port,
    ...(protocol === 'grpc' && { type: 'grpc' }),
    lbMethod: 'least_conn',
    clientMaxBodySize: String(maxRequestBytes),
    readTimeout: timeout,
    sendTimeout: timeout,
    connectTimeout: '2s',
    keepalive: 32,
    ...(backendTls && { tls: { enable: true } }),
  }));
}

/** A prefix, or the whole path where a method is named. */
function pathOf(route: ResolvedRoute): string {
  return route.method === undefined ? requestPath(route) : `=${requestPath(route)}`;
}

function action(
  { targets }: ResolvedRoute,
  index: number,
): Pick<NonNullable<Literal<VirtualServerSpec>['routes']>[number], 'action' | 'splits'> {
  if (targets.length === 1) return { action: { pass: upstreamName(index, 0) } };
  return {
    splits: targets.map(({ weight }, target) => ({
      weight,
      action: { pass: upstreamName(index, target) },
    })),
  };
}
