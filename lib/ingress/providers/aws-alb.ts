/*
 * Application load balancers of AWS, by the Ingress of the AWS Load Balancer Controller. Outside of the
 * cluster: certificates, trust stores and their revocations are resources of AWS, named here by ARN.
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/ (3.5)
 */
import type { HTTPIngressPath, Ingress } from 'kubernetes-types/networking/v1';
import type { PlainObject } from '../../core/custom-resource';
import { Protocol } from '../../serving/engine-definition';
import { IngressCapability as Can } from '../ingress-capability';
import type {
  IngressProviderDefinition,
  RenderedIngress,
  ResolvedIngress,
  ResolvedRoute,
} from '../ingress-provider-definition';
import { metadata, requestPath } from './object-names';

const PREFIX = 'alb.ingress.kubernetes.io/';

/** TLS 1.2 and 1.3, forward secrecy, no CBC ciphers. */
const TLS_POLICY = 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06';

/** Longest idle time of a connection that AWS takes, in seconds; meant where none is asked for. */
const LONGEST_IDLE_SECONDS = 4000;

const LONGEST_GROUP_NAME = 63;

/** Time that a pod stays in the target group after it was told to leave: shorter than any drain of ours. */
const DEREGISTRATION_SECONDS = 10;

/** Methods that answer OK once the models are loaded. */
const HEALTH_METHODS: Partial<Record<Protocol, string>> = {
  [Protocol.TFS_GRPC]: '/grpc.health.v1.Health/Check',
  [Protocol.KSERVE_V2_GRPC]: '/inference.GRPCInferenceService/ServerReady',
};

export const awsAlb: IngressProviderDefinition = {
  id: 'AWS_ALB',
  title: 'AWS Load Balancer Controller 3.5',
  rejection: 'TLS handshake',
  controller: { className: 'alb', namespace: undefined, podLabels: undefined, addresses: [] },
  capabilities: {
    [Can.GRPC]: 'backend-protocol-version: GRPC',
    [Can.GRPC_TO_PLAIN_BACKENDS]: 'backend-protocol: HTTP',
    [Can.GRPC_METHODS]: 'paths[].path',
    [Can.REST]: 'paths[].path',
    [Can.GRPC_AND_REST_ON_ONE_HOST]: 'two Ingresses of one group',
    [Can.WILDCARD_HOSTS]: 'rules[].host',
    [Can.WEIGHTS]: 'actions.<name>',
    [Can.CERTIFICATE_FROM_ACM]: 'certificate-arn',
    [Can.CLIENT_CERTIFICATES_FROM_TRUST_STORE]: 'mutual-authentication',
    [Can.REVOCATION_IN_TRUST_STORE]: 'revocations of the trust store',
    [Can.FORWARDED_CERTIFICATE]: 'headers X-Amzn-Mtls-Clientcert-*, always',
    [Can.STREAM_IDLE_TIMEOUT]: 'idle_timeout.timeout_seconds',
    [Can.EXPOSURE]: 'scheme',
    [Can.SOURCE_RANGES]: 'inbound-cidrs',
  },
  check: ({ name, namespace, controller, streamIdleSeconds = 0 }) => ({
    ...(groupName(namespace, name).length > LONGEST_GROUP_NAME && {
      name: {
        got: `"${groupName(namespace, name)}" as the name of a group of Ingresses`,
        expected: `at most ${LONGEST_GROUP_NAME} characters for namespace and name together`,
        fix: 'shorten the name',
      },
    }),
    ...(streamIdleSeconds > LONGEST_IDLE_SECONDS && {
      'timeouts.streamIdle': {
        got: `${streamIdleSeconds} s`,
        expected: `at most ${LONGEST_IDLE_SECONDS} s on AWS`,
        fix: 'shorten it; clients that are silent for longer must send pings',
      },
    }),
    ...(controller.addresses.length === 0 && {
      'controller.addresses': {
        got: 'none',
        expected: 'the address blocks of the subnets of the load balancer',
        fix: 'give them, so that the model servers let the load balancer in',
      },
    }),
  }),
  render: (ingress) => ({
    ...ingressOf(ingress, 'grpc'),
    ...ingressOf(ingress, 'rest'),
  }),
};

/** Routes of one protocol: target groups speak one version of HTTP. */
function ingressOf(ingress: ResolvedIngress, protocol: ResolvedRoute['protocol']): RenderedIngress {
  const routes = ingress.routes.filter((route) => route.protocol === protocol);
  if (routes.length === 0) return {};
  const suffix = routes.length < ingress.routes.length && protocol === 'rest' ? '-rest' : '';
  const object: Ingress & PlainObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata(ingress, suffix),
      annotations: annotations(ingress, protocol, routes),
    },
    spec: {
      ingressClassName: ingress.controller.className,
      rules: [...new Set(routes.map(({ host }) => host))].map((host) => ({
        host,
        http: {
          paths: routes
            .map((route, index) => ({ route, index }))
            .filter(({ route }) => route.host === host)
            .map(({ route, index }) => pathOf(route, index)),
        },
      })),
    },
  };
  return { [suffix === '' ? 'Ingress' : 'RestIngress']: object };
}

function annotations(
  ingress: ResolvedIngress,
  protocol: ResolvedRoute['protocol'],
  routes: readonly ResolvedRoute[],
): Record<string, string> {
  const { certificate, internal, sourceRanges, clients } = ingress;
  const named: Record<string, string> = {
    scheme: internal ? 'internal' : 'internet-facing',
    // One load balancer for both protocols.
    'group.name': groupName(ingress.namespace, ingress.name),
    // What takes all paths of a host comes after what takes some.
    'group.order': routes.some(takesAll) ? '2' : '1',
    'listen-ports': JSON.stringify([{ HTTPS: 443 }]),
    ...(certificate.source.kind === 'Acm' && { 'certificate-arn': certificate.source.arn }),
    'ssl-policy': TLS_POLICY,
    // Straight to the pods, without a hop over a node that may be on its way out.
    'target-type': 'ip',
    'backend-protocol': 'HTTP',
    'backend-protocol-version': protocol === 'grpc' ? 'GRPC' : 'HTTP1',
    ...healthCheck(protocol, routes),
    'target-group-attributes': [
      'load_balancing.algorithm.type=least_outstanding_requests',
      `deregistration_delay.timeout_seconds=${DEREGISTRATION_SECONDS}`,
    ].join(','),
    'load-balancer-attributes': [
      `idle_timeout.timeout_seconds=${ingress.streamIdleSeconds ?? LONGEST_IDLE_SECONDS}`,
      'routing.http.drop_invalid_header_fields.enabled=true',
    ].join(','),
    ...(sourceRanges.length > 0 && { 'inbound-cidrs': sourceRanges.join(',') }),
    ...(clients?.trust.kind === 'TrustStore' && {
      'mutual-authentication': JSON.stringify([
        { port: 443, mode: 'verify', trustStore: clients.trust.arn },
      ]),
    }),
    ...actions(routes),
  };
  return Object.fromEntries(Object.entries(named).map(([key, value]) => [PREFIX + key, value]));
}

function groupName(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}

function takesAll({ service, path }: ResolvedRoute): boolean {
  return service === undefined && path === '/';
}

function healthCheck(
  protocol: ResolvedRoute['protocol'],
  routes: readonly ResolvedRoute[],
): Record<string, string> {
  const common = {
    'healthcheck-protocol': 'HTTP',
    'healthcheck-port': 'traffic-port',
    'healthcheck-interval-seconds': '10',
    'healthcheck-timeout-seconds': '5',
    'healthy-threshold-count': '2',
    'unhealthy-threshold-count': '2',
  };
  const endpoints = routes.flatMap(({ targets }) => targets.map(({ endpoint }) => endpoint));
  if (protocol === 'rest')
    // Any answer but a server error: engines answer paths they do not know with 404.
    return { ...common, 'healthcheck-path': '/', 'success-codes': '200-499' };
  const method = endpoints
    .flatMap(({ protocols }) => protocols.map((one) => HEALTH_METHODS[one]))
    .find((one) => one !== undefined);
  return method === undefined
    ? // The answer of a server that knows no such method: it is there.
      { ...common, 'healthcheck-path': '/AWS.ALB/healthcheck', 'success-codes': '12' }
    : { ...common, 'healthcheck-path': method, 'success-codes': '0' };
}

function actionName(index: number): string {
  return `split-${index + 1}`;
}

function actions(routes: readonly ResolvedRoute[]): Record<string, string> {
  return Object.fromEntries(
    routes.flatMap(({ targets }, index) =>
      targets.length === 1
        ? []
        : [
            [
              `actions.${actionName(index)}`,
              JSON.stringify({
                type: 'forward',
                forwardConfig: {
                  targetGroups: targets.map(({ endpoint, port, weight }) => ({
                    serviceName: endpoint.serviceName,
                    servicePort: port,
                    weight,
                  })),
                },
              }),
            ],
          ],
    ),
  );
}

function pathOf(route: ResolvedRoute, index: number): HTTPIngressPath {
  const { method, targets } = route;
  const [target] = targets;
  const split = targets.length > 1;
  return {
    path: requestPath(route),
    pathType: method === undefined ? 'Prefix' : 'Exact',
    backend: {
      service: split
        ? { name: actionName(index), port: { name: 'use-annotation' } }
        : { name: target?.endpoint.serviceName ?? '', port: { number: target?.port ?? 0 } },
    },
  };
}
