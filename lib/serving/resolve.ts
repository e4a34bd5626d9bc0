/*
 * Fills in what the props leave open. Pure, and without judgement: the checks look at the result, and only
 * what passes them is rendered.
 */
import type { Amounts } from '../core/quantities';
import { Platform } from '../core/platform';
import { mibOf, millisOf } from '../core/quantities';
import { CapacityKind } from '../nodes/capacity';
import type { NodePool } from '../nodes/node-pool';
import { DisruptionBudget, type PodShare } from './disruption-budget';
import type { ServerTls } from './endpoint';
import {
  MODEL_ROOT,
  type EngineDefinition,
  type EngineInput,
  type EngineModel,
} from './engine-definition';
import type { MeshMembership } from './mesh-membership';
import { ModelCache } from './model-cache';
import { ModelFormat, type Model } from './model';
import type { ModelServerProps, ServerInput } from './model-server-props';
import type { PodDemand } from './placement';
import { QualityOfService } from './quality-of-service';

const DEFAULTS = {
  replicas: 2,
  /** Most of the time that load balancers and proxies need to see a pod leave. */
  endpointRemovalSeconds: 15,
  /** Files of a model whose size is not given. */
  modelMib: 10 * 1024,
  /** `/tmp`. */
  temporaryMib: 1024,
  /** Logs, and what the container runtime writes for the pod. */
  logsMib: 1024,
  /** Least start-up budget: TensorFlow Serving retries a failing model for 300 s before it says why. */
  startupSeconds: 600,
  /** Start of the container and of the engine, before it reads the first model. */
  engineStartSeconds: 60,
  /** Speed at which a model is read and loaded, at the least. */
  loadMibPerSecond: 50,
  threadsPerCore: 2,
} as const;

/** A model with its place in the container. */
export interface ResolvedModel {
  readonly model: Model;
  /** Its own directory, with one below it for each version where the engine has versions. */
  readonly root: string;
  /** Directory into which its files are put: its own, or that of its one version. */
  readonly directory: string;
  readonly sizeMib: number;
}

/** How the time between the order to stop and the end is spent. */
export interface Drain {
  /** Serving on, while load balancers learn of it. */
  readonly preStopSeconds: number;
  /** From SIGTERM to the end. */
  readonly engineSeconds: number;
  readonly totalSeconds: number;
}

/** Props with nothing left open. */
export interface ResolvedModelServer {
  readonly name: string;
  readonly engine: EngineDefinition;
  readonly image: string | undefined;
  readonly models: readonly ResolvedModel[];
  readonly input: EngineInput;
  readonly requests: Amounts;
  /** No CPU limit where undefined. */
  readonly limits: { readonly cpuMillis: number | undefined; readonly memoryMib: number };
  readonly demand: PodDemand;
  readonly replicas: number;
  readonly pools: readonly NodePool[];
  readonly drain: Drain;
  /** Longest time from the start of the container until the model answers. */
  readonly startupSeconds: number;
  /** Time that it takes as a rule. */
  readonly loadSeconds: number;
  readonly budget: DisruptionBudget;
  readonly cache: ModelCache;
  /** Asked for by a gateway, after the server was made. */
  readonly tls: ServerTls | undefined;
  /** Asked for by a routing, after the server was made. */
  readonly mesh: MeshMembership | undefined;
  readonly platform: Platform;
}

/** Fills in the defaults. */
export function resolveModelServer(
  props: ServerInput,
  platform = Platform.KUBERNETES,
): ResolvedModelServer {
  const { definition: engine } = props.engine;
  const qos = props.qualityOfService ?? QualityOfService.GUARANTEED;
  const pools = props.placement ?? [];
  const requests = { cpuMillis: millisOf(props.cpu), memoryMib: mibOf(props.memory) };
  const limits = limitsOf(requests, qos);
  const models = modelsOf(props).map((model) => resolveModel(model, engine));
  const modelMib = models.reduce((sum, { sizeMib }) => sum + sizeMib, 0);
  const drain = resolveDrain(engine, pools, props.drain?.toSeconds());
  const cache = props.modelCache ?? ModelCache.NODE_DISK;
  const cores = (limits.cpuMillis ?? requests.cpuMillis) / 1000;
  const threadsPerCore = Math.max(1, ...pools.map((pool) => pool.shape.threadsPerCore));
  return {
    name: props.name,
    engine,
    image: props.image ?? (props.accelerator ? engine.images.nvidia : engine.images.cpu),
    models,
    input: {
      models: models.map(({ model, root }) => engineModel(model, root, engine)),
      repository: MODEL_ROOT,
      ensembles: props.ensembles ?? [],
      cpus: Math.max(1, Math.ceil(cores)),
      threads:
        props.threads ??
        engine.threads(cores, pools.length > 0 ? threadsPerCore : DEFAULTS.threadsPerCore),
      accelerators: props.accelerator?.count ?? 0,
      batching: props.batching,
      drainSeconds: drain.engineSeconds,
      maxRequestBytes: undefined,
      tls: false,
    },
    requests,
    limits,
    demand: {
      ...requests,
      ephemeralStorageMib: ephemeralMib(engine, models, cache),
      accelerator: props.accelerator,
    },
    replicas: props.replicas ?? DEFAULTS.replicas,
    pools,
    drain,
    startupSeconds: DEFAULTS.startupSeconds + Math.ceil(modelMib / DEFAULTS.loadMibPerSecond),
    loadSeconds: DEFAULTS.engineStartSeconds + Math.ceil(modelMib / DEFAULTS.loadMibPerSecond),
    budget: props.podDisruptionBudget ?? DisruptionBudget.maxUnavailable(unavailableShare(pools)),
    cache,
    tls: undefined,
    mesh: undefined,
    platform,
  };
}

/**
 * A budget only delays the end of a spot node until its notice is over: what has not been drained by then is killed.
 * It must let go what goes at once, a zone of three; elsewhere drains have time.
 */
function unavailableShare(pools: readonly NodePool[]): PodShare {
  return pools.some(({ capacity }) => capacity === CapacityKind.SPOT) ? '33%' : '10%';
}

/** The server as a part of a mesh: its pods take what their proxies take, too. */
export function withMesh(
  resolved: ResolvedModelServer,
  membership: MeshMembership,
): ResolvedModelServer {
  const { requests, demand } = resolved;
  const { cpuMillis, memoryMib } = membership.sidecar ?? { cpuMillis: 0, memoryMib: 0 };
  return {
    ...resolved,
    mesh: membership,
    demand: {
      ...demand,
      cpuMillis: requests.cpuMillis + cpuMillis,
      memoryMib: requests.memoryMib + memoryMib,
    },
  };
}

/** The models of the props, whichever way they were given. */
export function modelsOf({
  model,
  models,
}: Pick<ModelServerProps, 'model' | 'models'>): readonly Model[] {
  return [...(model ? [model] : []), ...(models ?? [])];
}

/** Seconds that the pools leave a pod at the least, and the pool that does; none without pools. */
export function tightestDrain(
  pools: readonly NodePool[],
): { readonly pool: NodePool; readonly seconds: number } | undefined {
  return pools
    .map((pool) => ({
      pool,
      seconds: pool.interruptionNotice?.toSeconds() ?? pool.cloud.definition.drainLimitSeconds,
    }))
    .reduce<{ pool: NodePool; seconds: number } | undefined>(
      (least, next) => (least === undefined || next.seconds < least.seconds ? next : least),
      undefined,
    );
}

/**
 * Splits the time of a drain. What is short goes to the engine first, as far as it needs it to lose nothing;
 * what is plenty goes to whoever drains: to the engine, or, when it ignores SIGTERM, to the time before.
 */
function resolveDrain(engine: EngineDefinition, pools: readonly NodePool[], asked?: number): Drain {
  const { endpointRemovalSeconds } = DEFAULTS;
  const { onSigterm, seconds, atLeastSeconds } = engine.drain;
  const bound = tightestDrain(pools)?.seconds ?? Infinity;
  const totalSeconds = asked ?? Math.min(endpointRemovalSeconds + seconds, bound);
  const rest = Math.max(atLeastSeconds, totalSeconds - endpointRemovalSeconds);
  const engineSeconds = onSigterm ? rest : Math.min(seconds, rest);
  return { preStopSeconds: totalSeconds - engineSeconds, engineSeconds, totalSeconds };
}

function limitsOf(requests: Amounts, qos: QualityOfService): ResolvedModelServer['limits'] {
  if (qos.guaranteed) return requests;
  const { cpuLimit, memoryLimit } = qos.limits;
  return {
    cpuMillis: cpuLimit && millisOf(cpuLimit),
    memoryMib: memoryLimit ? mibOf(memoryLimit) : requests.memoryMib,
  };
}

function resolveModel(model: Model, engine: EngineDefinition): ResolvedModel {
  const { version, size } = model.options;
  const { delivery } = model.source.definition;
  const fixed = delivery.via === 'image' || delivery.via === 'platform';
  const root = fixed ? delivery.path : `${MODEL_ROOT}/${model.name}`;
  const ownVersion = engine.versions && version !== undefined && !fixed;
  return {
    model,
    root,
    directory: ownVersion ? `${root}/${version}` : root,
    sizeMib: size ? mibOf(size) : DEFAULTS.modelMib,
  };
}

function engineModel(model: Model, root: string, engine: EngineDefinition): EngineModel {
  const { format, serveVersions } = model.options;
  const { delivery } = model.source.definition;
  const hub = delivery.via === 'hub' ? delivery : undefined;
  return {
    name: model.name,
    location: hub?.repository ?? root,
    format: format ?? engine.formats[0] ?? ModelFormat.PYTHON,
    serveVersions,
    hubRevision: hub?.revision,
  };
}

/** Disk of the node that a pod may fill: temporary files, logs, scratch and downloaded models. */
function ephemeralMib(
  engine: EngineDefinition,
  models: readonly ResolvedModel[],
  cache: ModelCache,
): number {
  const scratch = (engine.scratch ?? []).reduce((sum, { mebibytes }) => sum + mebibytes, 0);
  const downloaded = cache.onNode ? downloadedMib(models) : 0;
  const brought = models.filter(({ model }) => {
    const { delivery } = model.source.definition;
    return delivery.via === 'platform' && delivery.onNode;
  });
  return DEFAULTS.temporaryMib + DEFAULTS.logsMib + scratch + downloaded + withRoom(brought);
}

/** The models that are downloaded into the pod, by an init container or by the engine. */
export function downloadsOf(models: readonly ResolvedModel[]): readonly ResolvedModel[] {
  return models.filter(({ model }) =>
    ['pull', 'hub'].includes(model.source.definition.delivery.via),
  );
}

/** Room for them: a tenth more than they take, for the file system and partial downloads. */
export function downloadedMib(models: readonly ResolvedModel[]): number {
  return withRoom(downloadsOf(models));
}

function withRoom(models: readonly ResolvedModel[]): number {
  return models.reduce((sum, { sizeMib }) => sum + Math.ceil(sizeMib * 1.1), 0);
}

/** Size of the volume on `/tmp`, in MiB. */
export const TEMPORARY_MIB = DEFAULTS.temporaryMib;
