import type { Duration, Size } from 'cdk8s';
import type { Cpu } from '../core/cdk8s-plus';
import type { PlainObject } from '../core/custom-resource';
import type { Certificate } from '../pki/certificate';
import type { ModelEndpoint, ServerPort } from '../serving/endpoint';
import type { GrpcStatus } from './grpc-status';
import type { LoadBalancing } from './load-balancing';
import type { MeshCaller } from './mesh-caller';
import type { ServiceMesh } from './service-mesh';

/** Which calls a route is for; all that is given must hold. */
export interface RouteMatch {
  /**
   * gRPC service, and method of it.
   * @default - all
   */
  readonly method?: { readonly service: string; readonly method?: string };
  /**
   * Headers with exactly these values; name in lower case → value.
   * @default - any
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Who calls: a namespace, pods with certain labels, or both.
   * @default - anybody who may
   */
  readonly source?: {
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** A server, or some pods of it. */
export interface RouteTarget {
  readonly endpoint: ModelEndpoint;
  /**
   * Labels that only some of its pods have; label key → value.
   * @default - all pods
   */
  readonly subset?: Readonly<Record<string, string>>;
  /**
   * Name of the subset, for controllers that look for it and add labels of their own.
   * @default - made of the values of its labels
   */
  readonly subsetName?: string;
}

/** A share of the calls. */
export interface WeightedTarget extends RouteTarget {
  /**
   * Percent of the calls, 0 to 100; all of a split add up to 100.
   * @default 100
   */
  readonly weight?: number;
}

/** Further attempts at calls that failed. */
export interface Retries {
  /** Attempts besides the first, count, 1 to 10. */
  readonly attempts: number;
  /** After which statuses. Proxies can tell CANCELLED, DEADLINE_EXCEEDED, INTERNAL, RESOURCE_EXHAUSTED and UNAVAILABLE. */
  readonly on: readonly GrpcStatus[];
  /**
   * Time limit of each attempt.
   * @default - that of the whole call
   */
  readonly attemptTimeout?: Duration;
  /**
   * Whether calls can be computed twice without harm. Models with a state cannot.
   * @default false
   */
  readonly idempotent?: boolean;
}

/** What goes wrong on purpose; only in charts that are marked `forTesting`. */
export interface Fault {
  /**
   * Calls that are held up.
   * @default - none
   */
  readonly delay?: { readonly duration: Duration; readonly percent: number };
  /**
   * Calls that fail.
   * @default - none
   */
  readonly abort?: { readonly status: GrpcStatus; readonly percent: number };
}

/** Where calls of one kind go. The first route that matches counts. */
export interface MeshRoute {
  /**
   * Name of the route, for controllers that look for it.
   * @default - none
   */
  readonly name?: string;
  /**
   * Which calls.
   * @default - all
   */
  readonly match?: RouteMatch;
  /**
   * Port that is called.
   * @default ServerPort.GRPC
   */
  readonly port?: ServerPort.GRPC | ServerPort.HTTP;
  /** Who answers. */
  readonly split: readonly WeightedTarget[];
  /**
   * A server that gets copies of the calls; its answers are thrown away.
   * @default - none
   */
  readonly mirror?: RouteTarget & {
    /** Percent of the calls, above 0 to 100. */
    readonly percent: number;
  };
  /**
   * Time limit of the whole call with all its attempts, streams included.
   * @default - none
   */
  readonly timeout?: Duration;
  /**
   * Further attempts after failures.
   * @default - none
   */
  readonly retries?: Retries;
  /**
   * What goes wrong on purpose.
   * @default - nothing
   */
  readonly fault?: Fault;
}

/** Bounds on what is under way to each server, and pods that fail left out for a while. */
export interface CircuitBreaker {
  /**
   * Connections to a server, count, 1 to 1000000.
   * @default - no bound
   */
  readonly maxConnections?: number;
  /**
   * Calls that wait for a connection, count, 1 to 1000000.
   * @default - no bound
   */
  readonly maxPendingRequests?: number;
  /**
   * Calls under way to a server, count, 1 to 1000000.
   * @default - no bound
   */
  readonly maxRequests?: number;
  /**
   * Failures in a row (UNAVAILABLE, DEADLINE_EXCEEDED, broken connections) that leave a pod out, count, 1 to 100.
   * @default 5
   */
  readonly consecutiveErrors?: number;
  /**
   * For how long, at first; each time again that much longer. 1 s to 1 h.
   * @default Duration.seconds(30)
   */
  readonly ejectionTime?: Duration;
  /**
   * How often it is decided anew who is left out, 1 s to 10 min.
   * @default Duration.seconds(5)
   */
  readonly interval?: Duration;
  /**
   * Percent of the pods that are left out at the most, 1 to 100.
   * @default 50
   */
  readonly maxEjectedPercent?: number;
}

/** Which connections the servers take. */
export enum MutualTls {
  /** Only those that the mesh encrypts and authenticates. */
  STRICT = 'STRICT',
  /** Plain ones, too: for moving into a mesh. */
  PERMISSIVE = 'PERMISSIVE',
}

/** How callers from outside of the mesh get in; for those with certificates of their own there is `SecureGrpcIngress`. */
export interface MeshGateway {
  /** Certificate of the external hosts. */
  readonly certificate: Certificate;
  /**
   * GatewayClass, where the mesh goes by the Gateway API.
   * @default - the usual one of the mesh
   */
  readonly className?: string;
  /**
   * Namespace of the proxies of the gateway; DNS label.
   * @default - where the mesh puts them
   */
  readonly namespace?: string;
  /**
   * Labels of the proxies of the gateway; label key → value.
   * @default - those that the mesh gives them
   */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/** The proxy in each pod of the servers. Requests equal limits, so that pods stay Guaranteed. */
export interface MeshSidecar {
  /**
   * CPU, 0.1 to 16 cores.
   * @default Cpu.millis(500)
   */
  readonly cpu?: Cpu;
  /**
   * Memory, 64 MiB to 8 GiB.
   * @default Size.mebibytes(256)
   */
  readonly memory?: Size;
  /**
   * Hosts that the servers themselves call in the mesh, as `namespace/host`: the proxy knows no others, so that it
   * stays small however many services there are.
   * @default - none
   */
  readonly egressHosts?: readonly string[];
}

/** Options of a routing. */
export interface ServiceMeshRoutingProps {
  /** Name of its objects; DNS label, at most 50 characters. */
  readonly name: string;
  /** The mesh that the cluster runs. */
  readonly mesh: ServiceMesh;
  /**
   * What callers call: servers by the names of their Services, and external host names, which need `gateway`.
   * @default - the first server of the first route
   */
  readonly hosts?: readonly (ModelEndpoint | string)[];
  /** Where the calls go. The first route that matches counts; what none matches is refused. */
  readonly routes: readonly MeshRoute[];
  /**
   * How calls are spread over the pods of a server.
   * @default - LoadBalancing.leastRequest() where the mesh has a choice
   */
  readonly loadBalancing?: LoadBalancing;
  /**
   * Bounds, and pods that fail left out.
   * @default - none
   */
  readonly circuitBreaker?: CircuitBreaker;
  /**
   * Which connections the servers take.
   * @default - MutualTls.STRICT where the mesh has a choice
   */
  readonly mutualTls?: MutualTls;
  /**
   * Who in the mesh may call.
   * @default - nobody but the gateway
   */
  readonly access?: readonly MeshCaller[];
  /**
   * How callers from outside get in.
   * @default - not at all
   */
  readonly gateway?: MeshGateway;
  /**
   * The proxy in each pod, where the mesh has such.
   * @default - 0.5 cores and 256 MiB, no calls to others
   */
  readonly sidecar?: MeshSidecar;
  /**
   * After which time callers give up; attempts beyond it would be for nobody.
   * @default - not known, not checked
   */
  readonly clientDeadline?: Duration;
  /**
   * Changes an object before it is written: for what the props cannot say.
   * @default - none
   */
  readonly transform?: (id: string, object: PlainObject) => PlainObject;
}
