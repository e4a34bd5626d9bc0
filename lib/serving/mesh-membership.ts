import type { NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import type { NetworkPeer } from '../core/network-peer';
import type { Amounts } from '../core/quantities';
import { tcp } from '../core/tcp-ports';

/** What makes the pods of a server part of a service mesh; the room of meshes writes it. */
export interface MeshMembership {
  /** Name of the mesh, for people. */
  readonly mesh: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  /** `appProtocol` of the Service's gRPC port, where the usual one is not known to the proxies. */
  readonly appProtocol: string | undefined;
  readonly serviceLabels: Readonly<Record<string, string>>;
  /** What the proxy in each pod takes, request and limit alike; none where proxies are elsewhere. */
  readonly sidecar: Amounts | undefined;
  /** From where the proxy in each pod gets its certificates and its configuration. */
  readonly controlPlane: { readonly peer: NetworkPeer; readonly port: number } | undefined;
  /** Port of the pod on which encrypted connections arrive, whatever port they are for. */
  readonly tunnelPort: number | undefined;
  /** Block from which the probes of the kubelet seem to come. */
  readonly probeCidr: string | undefined;
  /** Where the proxy shows the metrics of the server to those that are not in the mesh. */
  readonly metrics: { readonly port: number; readonly path: string } | undefined;
}

/** Lets the proxy in each pod reach the control plane; nothing where there is none. */
export function toControlPlane(
  membership: MeshMembership | undefined,
): readonly NetworkPolicyEgressRule[] {
  if (membership?.controlPlane === undefined) return [];
  const { peer, port } = membership.controlPlane;
  return [{ to: [peer.definition], ports: tcp(port) }];
}

/**
 * What the proxy must know to show the metrics of a server among its own.
 * @internal
 */
export function metricsAnnotations(
  membership: MeshMembership | undefined,
  metrics: { readonly port: number; readonly path: string } | undefined,
): Readonly<Record<string, string>> {
  if (membership?.metrics === undefined || metrics === undefined) return {};
  return {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(metrics.port),
    'prometheus.io/path': metrics.path,
  };
}
