/*
 * The contract of a mesh: what it can do, as data, and how a routing is written for it, as pure functions. The
 * registry is in `service-mesh.ts`; the variants are in `meshes/`.
 */
import type { PlainObject } from '../core/custom-resource';
import type { NetworkPeer } from '../core/network-peer';
import type { Amounts } from '../core/quantities';
import type { Warning } from '../core/warnings';
import type { MeshMembership } from '../serving/mesh-membership';
import type { GrpcStatus } from './grpc-status';
import type { LoadBalancing } from './load-balancing';
import type { MeshCapability } from './mesh-capability';
import type { MeshCaller } from './mesh-caller';
import type { MutualTls } from './mesh-props';

/** A Service that answers calls. */
export interface ResolvedService {
  readonly name: string;
  readonly namespace: string;
  readonly ports: { readonly grpc?: number; readonly http: number };
  /** Labels of its pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Port of its metrics where they have one of their own. */
  readonly metricsPort: number | undefined;
  /** The parts of its pods that routes name, by name: labels. */
  readonly subsets: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A share of the calls. */
export interface ResolvedTarget {
  readonly service: ResolvedService;
  readonly subset: string | undefined;
  readonly port: number;
  readonly weight: number;
}

/** Calls of one kind, and where they go. */
export interface ResolvedRoute {
  readonly name: string | undefined;
  readonly protocol: 'grpc' | 'http';
  readonly grpcService: string | undefined;
  readonly grpcMethod: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly sourceNamespace: string | undefined;
  readonly sourceLabels: Readonly<Record<string, string>> | undefined;
  readonly targets: readonly ResolvedTarget[];
  readonly mirror: (ResolvedTarget & { readonly percent: number }) | undefined;
  readonly timeoutMillis: number | undefined;
  readonly retries:
    | {
        readonly attempts: number;
        readonly on: readonly GrpcStatus[];
        readonly attemptTimeoutMillis: number | undefined;
      }
    | undefined;
  readonly delay: { readonly millis: number; readonly percent: number } | undefined;
  readonly abort: { readonly status: GrpcStatus; readonly percent: number } | undefined;
}

/** Bounds and ejection, with the defaults filled in. */
export interface ResolvedCircuitBreaker {
  readonly maxConnections: number | undefined;
  readonly maxPendingRequests: number | undefined;
  readonly maxRequests: number | undefined;
  readonly consecutiveErrors: number;
  readonly ejectionSeconds: number;
  readonly intervalSeconds: number;
  readonly maxEjectedPercent: number;
}

/** The proxies through which callers from outside come. */
export interface ResolvedGateway {
  readonly hosts: readonly string[];
  readonly secretName: string;
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  /** GatewayClass, where there are such. */
  readonly className: string;
}

/** Props with nothing left open. */
export interface ResolvedRouting {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Services that are called by name. */
  readonly hosts: readonly ResolvedService[];
  readonly gateway: ResolvedGateway | undefined;
  readonly routes: readonly ResolvedRoute[];
  /** Every Service that answers, or gets copies. */
  readonly services: readonly ResolvedService[];
  readonly loadBalancing: LoadBalancing;
  readonly circuitBreaker: ResolvedCircuitBreaker | undefined;
  readonly mutualTls: MutualTls;
  readonly access: readonly MeshCaller[];
  readonly sidecar: Amounts & { readonly egressHosts: readonly string[] };
}

/** Pods that call servers, and are none. */
export interface ResolvedCaller {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the pods, for selectors. */
  readonly selector: Readonly<Record<string, string>>;
  /** Those of the servers that they call. */
  readonly namespaces: readonly string[];
}

/** A mesh to be made, with nothing left open. */
export interface ResolvedControlPlane {
  readonly labels: Readonly<Record<string, string>>;
  /** Version of the mesh; that which the library was checked for where undefined. */
  readonly version: string | undefined;
  /** Namespaces whose pods may join. */
  readonly members: readonly string[];
  /** What proxies take unless their pods say otherwise. */
  readonly sidecar: Amounts;
}

/** Objects by the ID that they get as constructs. */
export type RenderedRouting = Readonly<Record<string, PlainObject>>;

/** Everything that differs between meshes. */
export interface ServiceMeshDefinition {
  /** As in the registry, such as `ISTIO`. */
  readonly id: string;
  /** Name for people, with the version that it was checked for. */
  readonly title: string;
  /** What it can do → the field that does it. What is missing here is refused. */
  readonly capabilities: Readonly<Partial<Record<MeshCapability, string>>>;
  /** Where its gateways run unless said otherwise; their labels. */
  readonly gateway: (
    name: string,
    namespace: string,
  ) => {
    readonly namespace: string;
    readonly podLabels: Readonly<Record<string, string>>;
    readonly className?: string;
  };
  /**
   * Whether certificates must be in the namespace of the gateway's proxies.
   * @default false
   */
  readonly certificatesWithGateway?: boolean;
  /**
   * Said at every use.
   * @default - nothing
   */
  readonly warnings?: readonly Omit<Warning, 'at'>[];
  /**
   * The mesh itself, where an operator makes it from resources; elsewhere charts do.
   * @default - none
   */
  controlPlane?(plane: ResolvedControlPlane): RenderedRouting;
  /** What makes pods of servers, and of jobs that call them, part of it; `name` is that of the routing. */
  membership(sidecar: Amounts, name: string): MeshMembership | undefined;
  /**
   * What proxies of callers know of the mesh, where each has one.
   * @default - nothing is said of it
   */
  callerScope?(caller: ResolvedCaller): PlainObject;
  /** Whose connections reach the pods of the servers. */
  callersOf(routing: ResolvedRouting): readonly NetworkPeer[];
  render(routing: ResolvedRouting): RenderedRouting;
}
