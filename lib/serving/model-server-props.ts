import type { Duration, Size } from 'cdk8s';
import type { DeploymentSpec } from 'kubernetes-types/apps/v1';
import type { ServiceSpec } from 'kubernetes-types/core/v1';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import type { Cpu } from '../core/cdk8s-plus';
import type { NetworkPeer } from '../core/network-peer';
import type { Accelerator } from '../nodes/accelerator';
import type { NodePool } from '../nodes/node-pool';
import type { Batching } from './batching';
import type { DisruptionBudget } from './disruption-budget';
import type { ServingEngine } from './engine';
import type { Ensemble } from './ensemble';
import type { Model } from './model';
import type { ModelCache } from './model-cache';
import type { QualityOfService } from './quality-of-service';

/** Who may talk to the server. Everything else is denied, in both directions. */
export interface NetworkAccess {
  /**
   * Peers that may call the inference ports.
   * @default - none; gateways and meshes add themselves
   */
  readonly clients?: readonly NetworkPeer[];
  /**
   * Peers that may read the metrics port.
   * @default - none
   */
  readonly monitoring?: readonly NetworkPeer[];
}

/** Changes of the rendered specs, applied last: for what the props cannot say. */
export interface ModelServerTransforms {
  readonly deployment?: (spec: DeploymentSpec) => DeploymentSpec;
  readonly service?: (spec: ServiceSpec) => ServiceSpec;
  readonly networkPolicy?: (spec: NetworkPolicySpec) => NetworkPolicySpec;
  readonly podDisruptionBudget?: (spec: PodDisruptionBudgetSpec) => PodDisruptionBudgetSpec;
}

/** The same options, where all that counts of the engine is what it is. */
export type ServerInput = Omit<ModelServerProps, 'engine'> & {
  readonly engine: Pick<ServingEngine, 'definition'>;
};

/** Options of a model server. */
export interface ModelServerProps {
  /** Name of the Deployment, its Service and its ServiceAccount; DNS label, at most 54 characters. */
  readonly name: string;
  /** What runs the model. */
  readonly engine: ServingEngine;
  /**
   * The model to serve; this or `models`.
   * @default - `models`
   */
  readonly model?: Model;
  /**
   * The models to serve, where the engine can serve several.
   * @default - `model`
   */
  readonly models?: readonly Model[];
  /**
   * Pipelines of the models above, which clients call like models.
   * @default - none
   */
  readonly ensembles?: readonly Ensemble[];
  /** CPU that a replica requests, 0.1 to 256 cores. */
  readonly cpu: Cpu;
  /** Memory that a replica requests, 128 MiB to 24 TiB. */
  readonly memory: Size;
  /**
   * GPUs of a replica.
   * @default - none
   */
  readonly accelerator?: Accelerator;
  /**
   * Replicas while no autoscaler is attached, count, 1 to 5000.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Pools that the replicas may land on, the most wanted first. Sets selectors, tolerations and a grace
   * period that fits the notice of spot pools, and checks that the pods fit the nodes.
   * @default - any node without taints; nothing is checked
   */
  readonly placement?: readonly NodePool[];
  /** @default QualityOfService.GUARANTEED */
  readonly qualityOfService?: QualityOfService;
  /**
   * Threads for computing, count, 1 to 256.
   * @default - from the CPU limit, as suits the engine
   */
  readonly threads?: number;
  /**
   * Computes requests together that arrive together.
   * @default - each request by itself, or as the engine does on its own
   */
  readonly batching?: Batching;
  /**
   * Further environment variables; name → value. No secrets: they would be readable in git.
   * @default - none
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Further labels of the pods, such as `version`; label key → value.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Image of the server, pinned by digest or fixed tag.
   * @default - the engine's image of the version that the library was checked with
   */
  readonly image?: string;
  /**
   * Time from the order to stop until the pod is killed: first it still serves while load balancers learn
   * of it, then it finishes what it accepted.
   * @default - what the engine asks for, cut to the notice of the pools
   */
  readonly drain?: Duration;
  /**
   * How many replicas a drain may take at a time.
   * @default - maxUnavailable of 33% on spot pools, as much as one zone of three; of 10% elsewhere
   */
  readonly podDisruptionBudget?: DisruptionBudget;
  /**
   * Who may talk to the server.
   * @default - nobody; only DNS and the source of the model can be reached from it
   */
  readonly networkAccess?: NetworkAccess;
  /** @default ModelCache.NODE_DISK */
  readonly modelCache?: ModelCache;
  /**
   * PriorityClass of the pods, such as the one of `ServingNamespace`.
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;
  /** @default - no changes */
  readonly transform?: ModelServerTransforms;
}
