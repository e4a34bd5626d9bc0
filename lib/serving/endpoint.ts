import type { IConstruct } from 'constructs';
import type { IScalable } from '../core/cdk8s-plus';
import type { NetworkPeer } from '../core/network-peer';
import type { Amounts } from '../core/quantities';
import type { NodePool } from '../nodes/node-pool';
import type { EngineLoad, Protocol } from './engine-definition';
import type { MeshMembership } from './mesh-membership';

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
  /** Port of its metrics; none if it has none. */
  readonly metricsPort: number | undefined;
  readonly protocols: readonly Protocol[];
  /** Whether it can serve gRPC with TLS. */
  readonly canServeTls: boolean;
  /** Whether it can refuse gRPC requests above a size. */
  readonly canLimitRequests: boolean;
  /**
   * What requests must pass on their way to its pods, such as Knative: gateways and meshes would lead around it.
   * @default - nothing
   */
  readonly activator?: string | undefined;
  /** Labels of its pods, fit for selectors. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Further labels of its pods, by which meshes tell versions apart. */
  readonly versionLabels: Readonly<Record<string, string>>;
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
  /**
   * Makes its pods part of a service mesh.
   * @throws ConfigurationError when they are part of another one, or do not fit their pools with the proxy
   */
  joinMesh(membership: MeshMembership): void;
}

/** What a server needs to speak TLS. */
export interface ServerTls {
  /** Secret of type `kubernetes.io/tls` in its namespace. */
  readonly secretName: string;
  /** `appProtocol` of the Service's gRPC port, where proxies need one to find out. */
  readonly appProtocol: string | undefined;
}

/** What an autoscaler must know of a server to follow its load. */
export interface ScalingFacts {
  /** Name of the engine for people. */
  readonly engine: string;
  /** Queries for what the engine knows of its own load. */
  readonly load: EngineLoad;
  /** Container that serves; sidecars are not what is to be scaled by. */
  readonly container: string;
  /** Estimate of the time from the start of a pod until its models answer, in seconds. */
  readonly loadSeconds: number;
  /** Time from the order to stop until a pod is gone, in seconds. */
  readonly drainSeconds: number;
  /** Memory that an idle replica holds at the least: the models whose sizes were given, in MiB. */
  readonly modelMib: number;
  /** GPUs of a replica. */
  readonly accelerators: number;
}

/** Something whose replicas an autoscaler may set. A HorizontalPodAutoscaler of cdk8s-plus takes it as target, too. */
export interface ScaleTarget extends IConstruct, IScalable {
  /** Namespace of its pods; none if the chart has none. */
  readonly namespace: string | undefined;
  /** The pools that its pods may land on. */
  readonly placement: readonly NodePool[];
  /** What one replica requests. */
  readonly podRequests: Amounts;
  readonly scalingFacts: ScalingFacts;
  /** Replicas that one node of a pool holds, when nothing else runs there but its daemon sets. */
  podsPerNode(pool: NodePool): number;
  /**
   * Hands its pods over to a controller that rolls them out; autoscalers scale that one from then on.
   * @throws ConfigurationError when an autoscaler scales the pods already
   */
  handOver(controller: { readonly apiVersion: string; readonly kind: string }): void;
  /** Replicas while no autoscaler is attached. */
  readonly replicas: number;
  /** Whether an autoscaler owns the replica count. */
  readonly hasAutoscaler: boolean;
  /** Hands the replica count over to an autoscaler; the manifest names none any more. */
  scaleUpTo(maxReplicas: number): void;
  /**
   * Lets Prometheus read the metrics of the engine, and tells it to.
   * @throws ConfigurationError when the engine exports none
   */
  exportMetrics(to: MetricsReader): void;
}

/** Who reads metrics. */
export interface MetricsReader {
  /** Pods that call the metrics port. */
  readonly peer: NetworkPeer;
  /** Whether the Prometheus operator is told by a PodMonitor; otherwise the reader finds the pods by itself. */
  readonly podMonitor: boolean;
}
