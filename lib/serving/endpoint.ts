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
  /** Whether it can serve gRPC with TLS. */
  readonly canServeTls: boolean;
  /** Whether it can refuse gRPC requests above a size. */
  readonly canLimitRequests: boolean;
  /** Labels of its pods, fit for selectors. */
  readonly podLabels: Readonly<Record<string, string>>;
  /**
   * Opens exactly these ports to a peer in the endpoint's NetworkPolicy.
   * @throws ConfigurationError when the engine lacks such a port
   */
  allowFrom(peer: NetworkPeer, ...ports: readonly ServerPort[]): void;
  /**
   * Makes the server refuse larger gRPC requests; the least of several limits counts.
   * @throws ConfigurationError when the engine cannot
   */
  limitRequests(maxBytes: number): void;
  /**
   * Makes the server speak TLS on its gRPC port.
   * @throws ConfigurationError when the engine cannot, or another certificate was given before
   */
  serveTls(tls: ServerTls): void;
}

/** What a server needs to speak TLS. */
export interface ServerTls {
  /** Secret of type `kubernetes.io/tls` in its namespace. */
  readonly secretName: string;
  /** `appProtocol` of the Service's gRPC port, where proxies need one to find out. */
  readonly appProtocol: string | undefined;
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
