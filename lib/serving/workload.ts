/*
 * The objects around the pod: how it is rolled out, found, protected and reached.
 */
import type { DeploymentStrategy } from 'kubernetes-types/apps/v1';
import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1';
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import { toDns } from '../core/name-resolution';
import type { NetworkPeer } from '../core/network-peer';
import { tcp } from '../core/tcp-ports';
import { toControlPlane } from './mesh-membership';
import { capacityOf } from './placement';
import type { Egress } from './model-source';
import type { ResolvedModelServer } from './resolve';
import { ServerPort } from './endpoint';
import type { NetworkAccess } from './model-server-props';

/** Share of the replicas that a rollout adds at a time. */
const SURGE_PERCENT = 25;

/**
 * Adds new pods before it takes old ones, as long as the pools have room for more; on full pools it takes
 * one old pod at a time, because the new one could never be placed.
 * @internal
 */
export function rolloutStrategy(
  { demand, pools }: ResolvedModelServer,
  replicas: number,
): DeploymentStrategy {
  const surge = Math.ceil((replicas * SURGE_PERCENT) / 100);
  const room = capacityOf(demand, pools) - replicas;
  const maxSurge = room >= surge ? `${SURGE_PERCENT}%` : Math.max(0, room);
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable: room >= 1 ? 0 : 1 } };
}

/** Numbers of all ports by name; the metrics port too where it is one of its own. @internal */
export function serverPorts({
  engine,
  mesh,
}: ResolvedModelServer): Partial<Record<ServerPort, number>> {
  const { ports, metrics } = engine;
  // Where the server's own port takes callers of the mesh only, its proxy shows the metrics.
  const shown = metrics && (mesh?.metrics ?? metrics);
  return { ...ports, ...(shown && { metrics: shown.port }) };
}

/** @internal */
export function serviceSpec(
  resolved: ResolvedModelServer,
  selector: Record<string, string>,
): ServiceSpec {
  return { type: 'ClusterIP', selector, ports: servicePorts(resolved) };
}

/** One address a pod, for clients that balance on their own. @internal */
export function headlessServiceSpec(
  resolved: ResolvedModelServer,
  selector: Record<string, string>,
): ServiceSpec {
  return { type: 'ClusterIP', clusterIP: 'None', selector, ports: servicePorts(resolved) };
}

function servicePorts({ engine: { ports }, tls, mesh }: ResolvedModelServer): ServicePort[] {
  // Tells proxies to keep HTTP/2 to the pods: gRPC does not work over HTTP/1.
  const appProtocol = tls ? tls.appProtocol : (mesh?.appProtocol ?? 'kubernetes.io/h2c');
  return Object.entries(ports).map(([name, port]) => ({
    name,
    port,
    targetPort: name,
    protocol: 'TCP' as const,
    ...(name === 'grpc' && appProtocol !== undefined && { appProtocol }),
  }));
}

/** @internal */
export function disruptionBudgetSpec(
  { budget }: ResolvedModelServer,
  selector: Record<string, string>,
): PodDisruptionBudgetSpec {
  return {
    selector: { matchLabels: selector },
    [budget.field]: budget.share,
    // A pod that is not ready protects nothing; it must not hold up a drain.
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  };
}

/** Who may reach which ports. */
export interface Opening {
  readonly peer: NetworkPeer;
  readonly ports: readonly ServerPort[];
}

/** What the props open: the inference ports to clients, the metrics to monitoring. @internal */
export function declaredOpenings(
  { clients = [], monitoring = [] }: NetworkAccess = {},
  { grpc }: { readonly grpc?: number },
): Opening[] {
  const inference = grpc === undefined ? [ServerPort.HTTP] : [ServerPort.GRPC, ServerPort.HTTP];
  return [
    ...clients.map((peer) => ({ peer, ports: inference })),
    ...monitoring.map((peer) => ({ peer, ports: [ServerPort.METRICS] })),
  ];
}

/** Denies everything but the openings, DNS and the sources of the models. @internal */
export function networkPolicySpec(
  resolved: ResolvedModelServer,
  selector: Record<string, string>,
  openings: readonly Opening[],
): NetworkPolicySpec {
  const numbers = serverPorts(resolved);
  const ingress: NetworkPolicyIngressRule[] = openings.map(({ peer, ports }) => ({
    from: [peer.definition],
    ports: tcp(
      ...[...new Set([...ports.map((name) => numbers[name]), resolved.mesh?.tunnelPort])].filter(
        (port) => port !== undefined,
      ),
    ),
  }));
  const sources = resolved.models.flatMap(({ model }) => model.source.definition.egress);
  const allowed = unique([...ingress, ...probes(resolved)]);
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ['Ingress', 'Egress'],
    ...(allowed.length > 0 && { ingress: allowed }),
    egress: [
      toDns(resolved.platform),
      ...toControlPlane(resolved.mesh),
      ...unique(sources.map(egressRule)),
    ],
  };
}

/** Probes that a mesh sends on under an address of its own. */
function probes({ mesh }: ResolvedModelServer): NetworkPolicyIngressRule[] {
  return mesh?.probeCidr === undefined ? [] : [{ from: [{ ipBlock: { cidr: mesh.probeCidr } }] }];
}

/** The way to a source of models. @internal */
export function egressRule({ cidr, except, ports }: Egress): NetworkPolicyEgressRule {
  return {
    to: [{ ipBlock: { cidr, ...(except && { except: [...except] }) } }],
    ports: tcp(...ports),
  };
}

/** Every rule once. @internal */
export function unique<T>(rules: readonly T[]): T[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
