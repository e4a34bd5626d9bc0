import type { Duration, Size } from 'cdk8s';
import type { Cpu } from '../core/cdk8s-plus';
import type { PlainObject } from '../core/custom-resource';
import type { Accelerator } from '../nodes/accelerator';
import type { NodePool } from '../nodes/node-pool';
import type { Batching } from '../serving/batching';
import type { DisruptionBudget } from '../serving/disruption-budget';
import type { ServingEngine } from '../serving/engine';
import type { Protocol } from '../serving/engine-definition';
import type { ModelFormat } from '../serving/model';
import type { NetworkAccess } from '../serving/model-server-props';
import type { ModelSource } from '../serving/model-source';
import type { QualityOfService } from '../serving/quality-of-service';
import type { ComponentContainerOptions } from './component-container';
import type { ComponentScaling } from './component-scaling-props';
import type { DeploymentMode } from './deployment-mode';
import type { KnativeInstallation } from './knative';
import type { KServeFormat } from './kserve-format';
import type { KServeRuntime } from './kserve-runtime';
import type { LocalModelCache } from './local-model-cache';
import type { ModelDownloader } from './model-downloader';
import type { PayloadSink } from './payload-log';

/** What each pod of a component takes, and where it may run. */
export interface ComponentPodOptions {
  /**
   * CPU that a replica requests, 0.1 to 256 cores.
   * @default Cpu.units(1)
   */
  readonly cpu?: Cpu;
  /**
   * Memory that a replica requests, 128 MiB to 24 TiB.
   * @default Size.gibibytes(2)
   */
  readonly memory?: Size;
  /** @default QualityOfService.GUARANTEED */
  readonly qualityOfService?: QualityOfService;
  /**
   * Pools that replicas may land on, the most wanted first.
   * @default - any node without taints; nothing is checked
   */
  readonly placement?: readonly NodePool[];
}

/** What answers: one of `engine`, `runtime` and `container`. */
export interface PredictorProps extends ComponentPodOptions {
  /**
   * Runs our command lines, restricted and pinned, by a ServingRuntime that is made for the service.
   * @default - `runtime` or `container`
   */
  readonly engine?: ServingEngine;
  /**
   * A runtime that is in the cluster already, such as one of KServe's own.
   * @default - `engine` or `container`
   */
  readonly runtime?: KServeRuntime;
  /**
   * A container of your own, which brings or fetches its model itself.
   * @default - `engine` or `runtime`
   */
  readonly container?: ComponentContainerOptions;
  /**
   * Where the model is: its files, which KServe puts to `/mnt/models`; for Triton a repository of models. Credentials
   * are Secrets as KServe's storage initializer reads them.
   * @default - none: a container brings it, or `TrainedModel`s follow
   */
  readonly model?: ModelSource;
  /**
   * Format of the model; in KServe's words where only a runtime knows it.
   * @default - the first of the engine or runtime
   */
  readonly format?: ModelFormat | KServeFormat;
  /**
   * Size of the files of the model. Sets the disk request, the start-up budget and Knative's deadline for it.
   * @default - unknown: 10 GiB of disk are set aside
   */
  readonly modelSize?: Size;
  /**
   * A cache of KServe that holds the model on the nodes.
   * @default - none: each pod fetches the model when it starts
   */
  readonly modelCache?: LocalModelCache;
  /**
   * What fetches the model.
   * @default - KServe's storage initializer as the cluster has it
   */
  readonly downloader?: ModelDownloader;
  /**
   * What clients speak.
   * @default - the first REST protocol of the engine, runtime or container
   */
  readonly protocol?: Protocol;
  /**
   * GPUs of a replica.
   * @default - none
   */
  readonly accelerator?: Accelerator;
  /**
   * Threads for computing, count, 1 to 256; with an engine.
   * @default - from the CPU limit, as suits the engine
   */
  readonly threads?: number;
  /**
   * Image of the engine or runtime, pinned by digest or fixed tag.
   * @default - that of the engine or runtime
   */
  readonly image?: string;
  /**
   * Version of the runtime's image, a fixed tag; with a runtime.
   * @default - that of the runtime
   */
  readonly runtimeVersion?: string;
  /**
   * Further arguments, behind those of the runtime; with a runtime.
   * @default - none
   */
  readonly args?: readonly string[];
  /**
   * Further environment variables; name → value. No secrets: they would be readable in git.
   * @default - none
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** What changes requests and answers on their way to and from the predictor. */
export interface TransformerProps extends ComponentPodOptions {
  readonly container: ComponentContainerOptions;
  /**
   * How its replicas follow load.
   * @default - one at least, by open requests in mode `KNATIVE`
   */
  readonly scaling?: ComponentScaling;
}

/**
 * What explains answers by the Adversarial Robustness Toolbox.
 * @see https://kserve.github.io/website/docs/model-serving/predictive-inference/explainers/art (0.20)
 */
export interface ArtExplainerOptions {
  /** Attack, such as `SquareAttack`. */
  readonly type: string;
  /**
   * Settings of the attack; name → value, such as `nb_classes` → `10`.
   * @default - those of the explainer
   */
  readonly config?: Readonly<Record<string, string>>;
  /**
   * Where its model is.
   * @default - none
   */
  readonly model?: ModelSource;
}

/** What explains answers: one of `art` and `container`. */
export interface ExplainerProps extends ComponentPodOptions {
  /**
   * KServe's own explainer.
   * @default - `container`
   */
  readonly art?: ArtExplainerOptions;
  /**
   * A container of your own.
   * @default - `art`
   */
  readonly container?: ComponentContainerOptions;
  /**
   * How its replicas follow load.
   * @default - one at least, by open requests in mode `KNATIVE`
   */
  readonly scaling?: ComponentScaling;
}

/** A next model that gets a share of the requests. Mode `KNATIVE`. */
export interface CanaryRevision {
  /** Percent of the requests that it gets, 0 to 99. All of them: make it the model of the predictor. */
  readonly percent: number;
  /** The next model. The model of the predictor must have been rolled out before. */
  readonly model: ModelSource;
}

/** Which payloads are logged, and where. */
export interface PayloadLogging {
  /** Who takes them: a `PayloadLog`, or any URL that takes CloudEvents by HTTP. */
  readonly sink: PayloadSink | string;
  /**
   * What is logged.
   * @default 'all'
   */
  readonly mode?: 'all' | 'request' | 'response';
  /**
   * Headers of requests that are logged with them; none that carries credentials.
   * @default - none
   */
  readonly headers?: readonly string[];
  /**
   * Annotations of the InferenceService that are logged with them.
   * @default - none
   */
  readonly annotations?: readonly string[];
}

/** Options of a service. */
export interface InferenceServiceProps {
  /** Name of the InferenceService; DNS label, at most 40 characters. Also the name of the model in requests. */
  readonly name: string;
  /** Who runs its pods. */
  readonly mode: DeploymentMode;
  readonly predictor: PredictorProps;
  /**
   * What changes requests and answers.
   * @default - nothing
   */
  readonly transformer?: TransformerProps;
  /**
   * What explains answers.
   * @default - nothing
   */
  readonly explainer?: ExplainerProps;
  /**
   * A next model that gets a share of the requests. Mode `KNATIVE`.
   * @default - none
   */
  readonly canary?: CanaryRevision;
  /**
   * How replicas of the predictor follow load.
   * @default - one at least, by open requests in mode `KNATIVE`
   */
  readonly scaling?: ComponentScaling;
  /**
   * Computes requests together that arrive together: by the engine where it can, otherwise by KServe's batcher, which
   * knows protocol v1.
   * @default - each request by itself
   */
  readonly batching?: Batching;
  /**
   * Logs requests and answers of the predictor.
   * @default - not at all
   */
  readonly payloadLogging?: PayloadLogging;
  /**
   * Time limit of a request, whole seconds, 1 s to 10 min. In mode `KNATIVE` also the time in which a pod ends.
   * @default - 60 s, cut to the notice of spot pools
   */
  readonly timeout?: Duration;
  /**
   * Latency that clients accept, which bounds the wait for a batch.
   * @default - not known, not checked
   */
  readonly latencyTarget?: Duration;
  /**
   * Whether it can be reached from outside of the cluster by the host name that KServe gives it.
   * @default false
   */
  readonly exposed?: boolean;
  /**
   * How many replicas of a component a drain may take at a time.
   * @default - maxUnavailable of 33% on spot pools, as much as one zone of three; of 10% elsewhere
   */
  readonly podDisruptionBudget?: DisruptionBudget;
  /**
   * Who may talk to it.
   * @default - in mode `KNATIVE` its ingress, for all that may reach that; in mode `STANDARD` nobody: gateways and meshes add themselves
   */
  readonly networkAccess?: NetworkAccess;
  /**
   * The installation of Knative. Mode `KNATIVE`.
   * @default - `knative-serving`, with the proxies of `istio-system` and no feature flags
   */
  readonly knative?: KnativeInstallation;
  /**
   * A ServiceAccount that is there.
   * @default - one of its own, without token
   */
  readonly serviceAccountName?: string;
  /**
   * PriorityClass of the pods.
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;
  /**
   * Further labels of the pods; label key → value.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Further annotations of the InferenceService, such as those of KServe that no property stands for; key → value.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Changes the InferenceService before it is written: for what the props cannot say.
   * @default - none
   */
  readonly transform?: (object: PlainObject) => PlainObject;
}
