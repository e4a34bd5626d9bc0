/*
 * Who may call, and by which connections, in the words of Istio.
 * @see https://istio.io/latest/docs/reference/config/security/ (1.31)
 */
import {
  AuthorizationPolicy,
  type AuthorizationPolicySpec,
  type AuthorizationPolicySpecRulesFrom,
} from '../../../imports/authorization-policy';
import { PeerAuthentication } from '../../../imports/peer-authentication';
import { customResource, type Literal, type PlainObject } from '../../core/custom-resource';
import type { MeshCaller } from '../mesh-caller';
import type { RenderedRouting, ResolvedRouting, ResolvedService } from '../mesh-definition';
import { MutualTls } from '../mesh-props';
import { metadata, perService } from './istio-resources';

/** Which connections the pods take. */
export function peerAuthentications(
  routing: ResolvedRouting,
  /** Ports of the service that take plain connections, too. */
  plainPorts: (service: ResolvedService) => readonly number[] = () => [],
): RenderedRouting {
  return perService('PeerAuthentication', routing.services, (service) =>
    customResource(PeerAuthentication, {
      metadata: metadata(routing, service.name),
      spec: {
        selector: { matchLabels: { ...service.podLabels } },
        mtls: { mode: routing.mutualTls },
        ...(plainPorts(service).length > 0 && {
          portLevelMtls: Object.fromEntries(
            plainPorts(service).map((port) => [String(port), { mode: 'PERMISSIVE' as const }]),
          ),
        }),
      },
    }),
  );
}

/** Who may call: nobody else. Plain connections have no identity, so that nothing can be said of them. */
export function authorizationPolicies(
  routing: ResolvedRouting,
  target: (
    service: ResolvedService,
  ) => Pick<Literal<AuthorizationPolicySpec>, 'selector' | 'targetRefs'>,
): RenderedRouting {
  if (routing.mutualTls !== MutualTls.STRICT) return {};
  const sources = [
    ...routing.access.map(sourceOf),
    ...(routing.gateway ? [{ source: { namespaces: [routing.gateway.namespace] } }] : []),
  ];
  return perService('Access', routing.services, (service) =>
    authorizationPolicy(routing, service.name, {
      ...target(service),
      // Without a rule nobody may.
      ...(sources.length > 0 && {
        rules: [{ from: sources, to: [{ operation: { ports: portsOf(routing, service) } }] }],
      }),
    }),
  );
}

/** A policy that allows what its rules say, and nothing else. */
export function authorizationPolicy(
  routing: ResolvedRouting,
  name: string,
  spec: Literal<AuthorizationPolicySpec>,
): PlainObject {
  return customResource(AuthorizationPolicy, {
    metadata: metadata(routing, name),
    spec: { ...spec, action: 'ALLOW' },
  });
}

function sourceOf({
  namespace,
  serviceAccountName,
}: MeshCaller): Literal<AuthorizationPolicySpecRulesFrom> {
  return serviceAccountName === undefined
    ? { source: { namespaces: [namespace] } }
    : { source: { principals: [`cluster.local/ns/${namespace}/sa/${serviceAccountName}`] } };
}

function portsOf({ routes }: ResolvedRouting, { name }: ResolvedService): string[] {
  const targets = routes.flatMap((route) => [
    ...route.targets,
    ...(route.mirror ? [route.mirror] : []),
  ]);
  const ports = targets.filter(({ service }) => service.name === name).map(({ port }) => port);
  return [...new Set(ports)].sort((one, other) => one - other).map(String);
}
