/*
 * How requests get to servers: gateways of the Gateway API and of Istio, Ingresses, Routes of OpenShift, load balancers.
 */
import {
  at,
  groupKindOf,
  listAt,
  textAt,
  type JsonObject,
  type Manifest,
  objectAt,
  type Json,
} from '../manifest';
import { selects, type Workload } from './workload';

/** A Service that requests are sent to. */
export interface Backend {
  readonly namespace: string;
  readonly service: string;
  /** Such as `90 %`. */
  readonly label: string;
  /** Whether it gets copies. */
  readonly copy: boolean;
  /** Labels of those of its pods that are meant; all where there are none. */
  readonly subset?: JsonObject;
}

/** Something that takes requests. */
export interface WayIn {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly hosts: readonly string[];
  /** Whether clients come to it from outside. */
  readonly isEntry: boolean;
  /** Such as `TLS` or `no TLS`. */
  readonly tls: string;
  readonly verifiesClients: boolean;
  /** Names of the clients that are let in; none where all are. */
  readonly clients: readonly string[];
  readonly backends: readonly Backend[];
}

/** All ways in, with where they lead. */
export function waysInOf(all: readonly Manifest[]): readonly WayIn[] {
  return all.flatMap((manifest): readonly WayIn[] => {
    switch (groupKindOf(manifest)) {
      case 'gateway.networking.k8s.io/Gateway':
        return [ofGateway(manifest, all)];
      case 'networking.k8s.io/Ingress':
        return [ofIngress(manifest)];
      case 'networking.istio.io/VirtualService':
        return [ofVirtualService(manifest, all)];
      case 'route.openshift.io/Route':
        return [ofRoute(manifest)];
      case 'k8s.nginx.org/VirtualServer':
        return [ofVirtualServer(manifest, all)];
      case 'Service':
        return textAt(manifest, 'spec', 'type') === 'LoadBalancer' ? [ofBalancer(manifest)] : [];
      default:
        return [];
    }
  });
}

/** Identities that AuthorizationPolicies of a mesh let call a workload. */
export function callersOf(
  all: readonly Manifest[],
  workloads: readonly Workload[],
): readonly { readonly caller: string; readonly workload: Workload }[] {
  return all
    .filter(
      (one) =>
        groupKindOf(one) === 'security.istio.io/AuthorizationPolicy' &&
        textAt(one, 'spec', 'action') !== 'DENY',
    )
    .flatMap((policy) => {
      const selector = objectAt(policy, 'spec', 'selector');
      if (selector === undefined) return [];
      const callers = listAt(policy, 'spec', 'rules')
        .flatMap((rule) => listAt(rule, 'from'))
        .flatMap((from) => (at(from, 'source', 'principals') ?? []) as readonly string[])
        .map((principal) => principal.replace(/^.*\/ns\/([^/]+)\/sa\/(.+)$/, '$1/$2'));
      return workloads
        .filter(
          (one) => one.namespace === policy.metadata.namespace && selects(selector, one.podLabels),
        )
        .flatMap((workload) => callers.map((caller) => ({ caller, workload })));
    });
}

function ofGateway(gateway: Manifest, all: readonly Manifest[]): WayIn {
  const namespace = gateway.metadata.namespace ?? 'default';
  const listeners = listAt(gateway, 'spec', 'listeners');
  const routes = all.filter(
    (one) =>
      /^(GRPC|HTTP|TCP|TLS)Route$/.test(one.kind) &&
      listAt(one, 'spec', 'parentRefs').some(
        (parent) =>
          textAt(parent, 'name') === gateway.metadata.name &&
          (textAt(parent, 'namespace') ?? one.metadata.namespace ?? 'default') === namespace,
      ),
  );
  const hosts = [
    ...listeners.map((one) => textAt(one, 'hostname')),
    ...routes.flatMap((one) => (at(one, 'spec', 'hostnames') ?? []) as readonly string[]),
  ];
  const policies = all.filter((one) =>
    listAt(one, 'spec', 'targetRefs').some(
      (target) =>
        textAt(target, 'name') === gateway.metadata.name && textAt(target, 'kind') === 'Gateway',
    ),
  );
  return {
    kind: 'Gateway',
    namespace,
    name: gateway.metadata.name,
    hosts: unique(hosts),
    isEntry: true,
    tls: listeners.every((one) => ['HTTPS', 'TLS'].includes(textAt(one, 'protocol') ?? ''))
      ? 'TLS'
      : 'no TLS',
    verifiesClients: policies.some(
      (one) => at(one, 'spec', 'tls', 'clientValidation') !== undefined,
    ),
    clients: unique(
      policies
        .flatMap((one) => listAt(one, 'spec', 'authorization', 'rules'))
        .map((rule) => nameInRule(textAt(rule, 'cel') ?? '')),
    ),
    backends: routes.flatMap((route) =>
      listAt(route, 'spec', 'rules').flatMap((rule) => [
        ...weighted(
          listAt(rule, 'backendRefs'),
          (ref) => textAt(ref, 'name'),
          route.metadata.namespace ?? 'default',
        ),
        ...listAt(rule, 'filters').flatMap((filter) => {
          const service = textAt(filter, 'requestMirror', 'backendRef', 'name');
          return service === undefined
            ? []
            : [
                {
                  namespace: route.metadata.namespace ?? 'default',
                  service,
                  label: 'copies',
                  copy: true,
                },
              ];
        }),
      ]),
    ),
  };
}

/** The common name that an expression asks for. */
function nameInRule(expression: string): string | undefined {
  return /CN=([^(),'$+\\]+)/.exec(expression)?.[0];
}

function ofIngress(ingress: Manifest): WayIn {
  const { namespace = 'default', name, annotations = {} } = ingress.metadata;
  const rules = listAt(ingress, 'spec', 'rules');
  const verified = [
    'alb.ingress.kubernetes.io/mutual-authentication',
    'nginx.ingress.kubernetes.io/auth-tls-secret',
  ];
  const match = annotations['nginx.ingress.kubernetes.io/auth-tls-match-cn'];
  return {
    kind: 'Ingress',
    namespace,
    name,
    hosts: unique(rules.map((rule) => textAt(rule, 'host'))),
    isEntry: true,
    tls:
      listAt(ingress, 'spec', 'tls').length > 0 ||
      annotations['alb.ingress.kubernetes.io/certificate-arn'] !== undefined
        ? 'TLS'
        : 'no TLS',
    verifiesClients: verified.some((key) => annotations[key] !== undefined),
    clients: match === undefined ? [] : [match],
    backends: rules
      .flatMap((rule) => listAt(rule, 'http', 'paths'))
      .flatMap((path) => {
        const service = textAt(path, 'backend', 'service', 'name');
        const where = textAt(path, 'path') ?? '/';
        return service === undefined
          ? []
          : [{ namespace, service, label: where === '/' ? '' : where, copy: false }];
      }),
  };
}

function ofVirtualService(routing: Manifest, all: readonly Manifest[]): WayIn {
  const namespace = routing.metadata.namespace ?? 'default';
  const serviceOf = (host: string | undefined): string | undefined => host?.split('.')[0];
  const gateways = all.filter(
    (one) =>
      groupKindOf(one) === 'networking.istio.io/Gateway' &&
      ((at(routing, 'spec', 'gateways') ?? []) as readonly string[]).includes(one.metadata.name),
  );
  const modes = gateways
    .flatMap((one) => listAt(one, 'spec', 'servers'))
    .map((server) => textAt(server, 'tls', 'mode'));
  const rules = [...listAt(routing, 'spec', 'http'), ...listAt(routing, 'spec', 'tcp')];
  return {
    kind: 'VirtualService',
    namespace,
    name: routing.metadata.name,
    hosts: unique((at(routing, 'spec', 'hosts') ?? []) as readonly string[]),
    isEntry: gateways.length > 0,
    tls: modes.length > 0 && modes.every((mode) => mode !== undefined) ? 'TLS' : 'no TLS',
    verifiesClients: modes.some((mode) => mode === 'MUTUAL'),
    clients: [],
    backends: rules.flatMap((rule) => {
      const copy = serviceOf(textAt(rule, 'mirror', 'host'));
      return [
        ...weighted(
          listAt(rule, 'route'),
          (route) => serviceOf(textAt(route, 'destination', 'host')),
          namespace,
          (route) => subsetOf(at(route, 'destination'), all),
        ),
        ...(copy === undefined
          ? []
          : [
              {
                namespace,
                service: copy,
                label: `copies, ${textAt(rule, 'mirrorPercentage', 'value') ?? '100'} %`,
                copy: true,
              },
            ]),
      ];
    }),
  };
}

function ofRoute(route: Manifest): WayIn {
  const { namespace = 'default', name } = route.metadata;
  const targets = [
    objectAt(route, 'spec', 'to'),
    ...listAt(route, 'spec', 'alternateBackends'),
  ].filter((one) => one !== undefined);
  return {
    kind: 'Route',
    namespace,
    name,
    hosts: unique([textAt(route, 'spec', 'host')]),
    isEntry: true,
    tls: textAt(route, 'spec', 'tls', 'termination') === undefined ? 'no TLS' : 'TLS',
    verifiesClients: false,
    clients: [],
    backends: weighted(targets, (one) => textAt(one, 'name'), namespace),
  };
}

function ofVirtualServer(server: Manifest, all: readonly Manifest[]): WayIn {
  const { namespace = 'default', name } = server.metadata;
  const policies = listAt(server, 'spec', 'policies').map((one) => textAt(one, 'name'));
  return {
    kind: 'VirtualServer',
    namespace,
    name,
    hosts: unique([textAt(server, 'spec', 'host')]),
    isEntry: true,
    tls: at(server, 'spec', 'tls') === undefined ? 'no TLS' : 'TLS',
    verifiesClients: all.some(
      (one) =>
        one.kind === 'Policy' &&
        policies.includes(one.metadata.name) &&
        at(one, 'spec', 'ingressMTLS') !== undefined,
    ),
    clients: [],
    backends: weighted(
      listAt(server, 'spec', 'upstreams'),
      (one) => textAt(one, 'service'),
      namespace,
    ),
  };
}

function ofBalancer(service: Manifest): WayIn {
  const { namespace = 'default', name } = service.metadata;
  return {
    kind: 'Service of type LoadBalancer',
    namespace,
    name,
    hosts: [],
    isEntry: true,
    tls: '',
    verifiesClients: false,
    clients: [],
    backends: [{ namespace, service: name, label: '', copy: false }],
  };
}

/** Labels by which a DestinationRule tells the pods of a subset from the others of their Service. */
function subsetOf(destination: Json | undefined, all: readonly Manifest[]): JsonObject | undefined {
  const host = textAt(destination, 'host')?.split('.')[0];
  const subset = all
    .filter(
      (one) =>
        groupKindOf(one) === 'networking.istio.io/DestinationRule' &&
        textAt(one, 'spec', 'host')?.split('.')[0] === host,
    )
    .flatMap((rule) => listAt(rule, 'spec', 'subsets'))
    .find((one) => textAt(one, 'name') === textAt(destination, 'subset'));
  return objectAt(subset, 'labels');
}

/** Backends with their shares, where there are several. */
function weighted(
  targets: readonly JsonObject[],
  nameOf: (target: JsonObject) => string | undefined,
  namespace: string,
  subsetOfTarget: (target: JsonObject) => JsonObject | undefined = () => undefined,
): readonly Backend[] {
  const weightOf = (target: JsonObject): number => Number(at(target, 'weight') ?? 1);
  const sum = targets.reduce((total, target) => total + weightOf(target), 0);
  return targets.flatMap((target) => {
    const service = nameOf(target);
    if (service === undefined) return [];
    const label =
      targets.length > 1 && sum > 0 ? `${Math.round((100 * weightOf(target)) / sum)} %` : '';
    const subset = subsetOfTarget(target);
    return [
      {
        namespace: textAt(target, 'namespace') ?? namespace,
        service,
        label,
        copy: false,
        ...(subset && { subset }),
      },
    ];
  });
}

function unique(texts: readonly (string | undefined)[]): readonly string[] {
  return [
    ...new Set(texts.filter((text) => text !== undefined && text !== '')),
  ] as readonly string[];
}
