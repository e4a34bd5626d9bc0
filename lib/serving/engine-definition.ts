/*
 * The contract of a model server: everything that differs between engines, as data and pure functions. The
 * registry is in `engine.ts`; the variants are in `engines/`.
 */
import type { Probe } from 'kubernetes-types/core/v1';
import type { Architecture } from '../nodes/processor';
import type { Batching } from './batching';
import type { Ensemble } from './ensemble';
import type { ModelFormat } from './model';

/** Directory in the container below which every model has a directory of its name. */
export const MODEL_ROOT = '/mnt/models';

/** Directory in the container with the engine's configuration files. */
export const CONFIG_ROOT = '/etc/model-server';

/** Directory in the container into which engines download from a hub; writable. */
export const HUB_CACHE = '/mnt/hub';

/** Directory in the container with `tls.crt` and `tls.key`. */
export const TLS_ROOT = '/etc/model-server-tls';

/** Directory in the container for what an engine makes of certificate and key; in memory. */
export const TLS_PREPARED_ROOT = '/run/model-server-tls';

/** Wire protocols by which clients reach a model. */
export enum Protocol {
  /** `tensorflow.serving.PredictionService`. */
  TFS_GRPC = 'tfs-grpc',
  /** `/v1/models/NAME:predict`. */
  TFS_REST = 'tfs-rest',
  /** `inference.GRPCInferenceService`, the Open Inference Protocol. */
  KSERVE_V2_GRPC = 'kserve-v2-grpc',
  /** `/v2/models/NAME/infer`, the Open Inference Protocol. */
  KSERVE_V2_REST = 'kserve-v2-rest',
  /** `/v1/chat/completions` and the like. */
  OPENAI = 'openai',
  /** `/embed`, `/rerank`. */
  EMBEDDINGS = 'embeddings',
}

/** One model as the engine sees it. */
export interface EngineModel {
  readonly name: string;
  /** Its directory, or the hub's `organisation/name`. */
  readonly location: string;
  readonly format: ModelFormat;
  readonly serveVersions: readonly number[] | undefined;
  /** Commit on the hub, when the engine downloads the model itself. */
  readonly hubRevision: string | undefined;
}

/** What an engine must know to render its command line. */
export interface EngineInput {
  readonly models: readonly EngineModel[];
  /** Directory with a directory for each model; settings files stand in those. */
  readonly repository: string;
  readonly ensembles: readonly Ensemble[];
  /** Cores that the container may use, 1 or more. */
  readonly cpus: number;
  /** Threads for computing one request. */
  readonly threads: number;
  /** GPUs of the container. */
  readonly accelerators: number;
  readonly batching: Batching | undefined;
  /** Seconds from SIGTERM until the process is killed. */
  readonly drainSeconds: number;
  /** Largest gRPC request that it may take; the engine's own bound where undefined. */
  readonly maxRequestBytes: number | undefined;
  /** Whether it serves gRPC with the certificate and key below `TLS_ROOT`. */
  readonly tls: boolean;
}

/** Command line, environment and files of one server. */
export interface EngineRendering {
  /** @default - the image's entry point */
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files in `CONFIG_ROOT`; name → content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Content of the settings file beside each model and ensemble; name → content. */
  readonly modelSettings?: Readonly<Record<string, string>>;
}

/** What tells Kubernetes how the server is. Startup succeeds only once every model is loaded. */
export interface EngineProbes {
  readonly startup: Probe;
  readonly readiness: Probe;
  readonly liveness: Probe;
}

/**
 * Queries of Prometheus for what an engine knows of its own load. Each is a sum over the pods that the matchers
 * select, such as `namespace="serving",pod=~"resnet-.+"`.
 */
export interface EngineLoad {
  /**
   * Requests that it has taken and not answered yet.
   * @default - it cannot tell
   */
  inFlight?(pods: string): string;
  /**
   * Requests that it has taken and not begun to compute.
   * @default - it cannot tell
   */
  queued?(pods: string): string;
  /**
   * Requests that it answers in a second, on average over a window such as `1m`.
   * @default - it cannot tell
   */
  succeeded?(pods: string, window: string): string;
  /**
   * Requests that it fails in a second, on average over a window.
   * @default - it cannot tell
   */
  failed?(pods: string, window: string): string;
  /**
   * Histogram of the seconds that requests take.
   * @default - none
   */
  readonly latency?: LatencyHistogram;
}

/** A histogram of Prometheus whose bounds are known. */
export interface LatencyHistogram {
  /** Name of the metric, without `_bucket`. */
  readonly metric: string;
  /** Units of its bounds in a second: 1 for seconds, 1000 for milliseconds. */
  readonly perSecond: number;
  /** Upper bounds of its buckets, in its unit, rising. */
  readonly bounds: readonly number[];
}

/** Everything that differs between engines: data and pure functions, no Kubernetes objects. */
export interface EngineDefinition {
  /** Lower-case name, unique; also the label `app.kubernetes.io/component`. */
  readonly id: string;
  /** Name for people. */
  readonly title: string;
  /** Pinned images; an engine may have none for one of the two. */
  readonly images: { readonly cpu?: string; readonly nvidia?: string };
  readonly architectures: readonly Architecture[];
  /** Numeric identity of the process; below 10000 only with the reason in a comment. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly readOnlyRootFilesystem: boolean;
  /** Writable directories besides `/tmp`, in MiB. */
  readonly scratch?: readonly { readonly path: string; readonly mebibytes: number }[];
  /** Shared memory between the processes of the server, in MiB; counts towards the memory limit. */
  readonly sharedMemoryMib?: number;
  readonly ports: { readonly grpc?: number; readonly http: number };
  readonly metrics?: { readonly port: number; readonly path: string };
  /** What autoscalers can go by, besides CPU and memory. */
  readonly load?: EngineLoad;
  readonly protocols: readonly Protocol[];
  /** Formats it reads; the first is meant where a model names none. */
  readonly formats: readonly ModelFormat[];
  /** Most models of one server. */
  readonly maxModels: number;
  /** Whether it keeps versions of a model in directories `1/`, `2/`. */
  readonly versions: boolean;
  /** Whether it can download from the Hugging Face hub. */
  readonly hub: boolean;
  readonly batching: boolean;
  /** Whether it runs ensembles; their settings are files like those of models. */
  readonly ensembles?: boolean;
  /** File beside a model that holds its settings, where the engine takes them from one. */
  readonly modelSettingsFile?: string;
  /** Whether that file may stand in a directory of its own, away from the files of the model. */
  readonly settingsApart?: boolean;
  /** Whether its gRPC port answers the standard health service, and only once every model is loaded. */
  readonly grpcHealth?: boolean;
  /** Whether it can be told the largest gRPC request to take. */
  readonly limitsRequests: boolean;
  /** How it serves gRPC with TLS; it cannot where undefined. */
  readonly tls?: {
    /**
     * Shell script that makes of `TLS_ROOT` what the engine reads, in `TLS_PREPARED_ROOT`; runs before the
     * server, in the server's image.
     */
    readonly prepare?: string;
  };
  readonly drain: {
    /** Whether it finishes open requests after SIGTERM, however long they take. Otherwise what is plenty is spent before it. */
    readonly onSigterm: boolean;
    /** Seconds from SIGTERM to exit that it asks for. */
    readonly seconds: number;
    /** Least seconds from SIGTERM to exit with which it loses nothing. */
    readonly atLeastSeconds: number;
  };
  /** Threads for computing, from the cores of the container and the threads of a physical core. */
  threads(cpus: number, threadsPerCore: number): number;
  render(input: EngineInput): EngineRendering;
  probes(input: EngineInput): EngineProbes;
}
