import type { IConstruct } from 'constructs';
import type { IScalable } from '../core/cdk8s-plus';
import type { NetworkPeer } from '../core/network-peer';
import type { Amounts } from '../core/quantities';
import type { NodePool } from '../nodes/node-pool';
import type { Protocol } from './engine-definition';

/** A port of a model server. */
export enum ServerPort {
  GRPC = 'grpc',
  HTTP = 'http',
  METRICS = 'metrics',
}

/** Something that answers inference requests in the cluster: what gateways, meshes and monitoring connect to. */
export interface ModelEndpoint extends IConstruct {
  /** Name of its Service. */
  readonly serviceName: string;
  /** Namespace of its Service; none if the chart has none. */
  readonly namespace: string | undefined;
  /** Port numbers of its Service. */
  readonly ports: { readonly grpc?: number; readonly http: number };
  readonly protocols: readonly Protocol[];
  /** Labels of its pods, fit for selectors. */
  readonly podLabels: Readonly<Record<string, string>>;
  /**
   * Opens exactly these ports to a peer in the endpoint's NetworkPolicy.
   * @throws ConfigurationError when the engine lacks such a port
   */
  allowFrom(peer: NetworkPeer, ...ports: readonly ServerPort[]): void;
}

/** Something whose replicas an autoscaler may set. A HorizontalPodAutoscaler of cdk8s-plus takes it as target, too. */
export interface ScaleTarget extends IConstruct, IScalable {
  /** The pools that its pods may land on. */
  readonly placement: readonly NodePool[];
  /** What one replica requests. */
  readonly podRequests: Amounts;
  /** Hands the replica count over to an autoscaler; the manifest names none any more. */
  scaleUpTo(maxReplicas: number): void;
}
