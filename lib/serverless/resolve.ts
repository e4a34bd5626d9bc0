/*
 * Fills in what the props of a service leave open. A component is resolved as the server that it is: what is checked
 * and rendered for `ModelServer` holds for its pods, too. Pure, and without judgement.
 */
import { Size } from 'cdk8s';
import { Cpu } from '../core/cdk8s-plus';
import { selectorLabels, standardLabels } from '../core/labels';
import type { Platform } from '../core/platform';
import type { Amounts } from '../core/quantities';
import { capacityOf } from '../serving/placement';
import {
  MODEL_ROOT,
  CONFIG_ROOT,
  type EngineDefinition,
  type Protocol,
} from '../serving/engine-definition';
import { Model, ModelFormat } from '../serving/model';
import type { ModelServerProps } from '../serving/model-server-props';
import { ModelSource } from '../serving/model-source';
import { MODEL_SETTINGS } from '../serving/model-volumes';
import { resolveModelServer, tightestDrain, type ResolvedModelServer } from '../serving/resolve';
import { containerEngine, type ComponentContainerOptions } from './component-container';
import type { ComponentScaling } from './component-scaling-props';
import { DeploymentMode } from './deployment-mode';
import type {
  ComponentPodOptions,
  InferenceServiceProps,
  PredictorProps,
} from './inference-service-props';
import { resolveKnative, type ResolvedKnative } from './knative';
import { kserveFormatOf, type KServeFormat } from './kserve-format';
import { isGrpc } from './protocol-version';
import { resolveScaling, type ResolvedScaling } from './resolve-scaling';
import { runtimeEngine } from './runtime-engine';
import { isDownloaded } from './storage-uri';

const DEFAULTS = {
  cpu: Cpu.units(1),
  memory: Size.gibibytes(2),
  timeoutSeconds: 60,
} as const;

/** What Knative's proxy beside each pod asks for. No CPU limit: throttled, it is what makes the slowest calls slow. */
export const QUEUE_PROXY: Amounts = { cpuMillis: 100, memoryMib: 128 };

/**
 * What KServe's agent beside each pod asks for, which logs and batches.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/config/configmap/inferenceservice.yaml (0.20)
 */
const AGENT: Amounts = { cpuMillis: 100, memoryMib: 100 };

/** The components of a service. */
export type Role = 'predictor' | 'transformer' | 'explainer';

/** What runs in the pods of a component. */
export type ComponentKind = 'engine' | 'runtime' | 'container' | 'art';

/** A component with nothing left open. */
export interface ResolvedComponent {
  readonly role: Role;
  readonly kind: ComponentKind;
  readonly server: ResolvedModelServer;
  readonly scaling: ResolvedScaling;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
}

/** The predictor with nothing left open. */
export interface ResolvedPredictor extends ResolvedComponent {
  /** None of a container that says nothing of it. */
  readonly protocol: Protocol | undefined;
  /** Protocols that its pods open ports for: Knative lets them open one. */
  readonly opened: readonly Protocol[];
  readonly format: KServeFormat | undefined;
  /** The model whose address is written: the next one, where there is a canary. */
  readonly model: ModelSource | undefined;
  /** Whether KServe's agent batches. */
  readonly batcher: boolean;
}

/** A service with nothing left open. */
export interface ResolvedService {
  readonly name: string;
  readonly mode: DeploymentMode;
  readonly predictor: ResolvedPredictor;
  readonly transformer: ResolvedComponent | undefined;
  readonly explainer: ResolvedComponent | undefined;
  readonly knative: ResolvedKnative;
  readonly timeoutSeconds: number;
  readonly serviceAccountName: string;
}

/** Fills in the defaults. */
export function resolveService(props: InferenceServiceProps, platform: Platform): ResolvedService {
  const { name, mode, transformer, explainer } = props;
  const component = (
    role: Role,
    {
      container,
      scaling,
      ...pod
    }: ComponentPodOptions & {
      readonly container?: ComponentContainerOptions;
      readonly scaling?: ComponentScaling;
    },
  ): ResolvedComponent => {
    const engine = container && containerEngine(role, container, []);
    return resolveComponent(props, platform, {
      role,
      kind: container ? 'container' : 'art',
      // KServe's explainer has an image of KServe's; what is asked of its pods is checked all the same.
      engine: engine ?? runtimeEngine(role, ART, []),
      pod,
      scaling,
      sidecars: [],
      own: {},
    });
  };
  return {
    name,
    mode,
    predictor: resolvePredictor(props, platform),
    transformer: transformer && component('transformer', transformer),
    explainer: explainer && component('explainer', explainer),
    knative: resolveKnative(props.knative),
    timeoutSeconds: timeoutOf(props),
    serviceAccountName: props.serviceAccountName ?? name,
  };
}

const ART = { title: "KServe's explainer", formats: Object.values(ModelFormat) };

function resolvePredictor(props: InferenceServiceProps, platform: Platform): ResolvedPredictor {
  const { predictor, batching, payloadLogging, canary } = props;
  const { engine, runtime, container, threads, accelerator, env, image } = predictor;
  const protocols =
    engine?.definition.protocols ??
    runtime?.protocols ??
    (predictor.protocol ? [predictor.protocol] : []);
  const protocol = predictor.protocol ?? protocols.find((one) => !isGrpc(one)) ?? protocols[0];
  const definition: EngineDefinition =
    engine?.definition ??
    (container
      ? containerEngine('predictor', container, protocols)
      : runtimeEngine('runtime', { title: runtime?.name ?? 'nothing' }, protocols));
  // Some engines take it from a file beside the model only, where KServe lets nobody write.
  const apart = definition.modelSettingsFile === undefined || definition.settingsApart === true;
  const byEngine = batching !== undefined && engine !== undefined && definition.batching && apart;
  const batcher = batching !== undefined && !byEngine;
  const format = formatOf(predictor, definition);
  const component = resolveComponent(props, platform, {
    role: 'predictor',
    kind: engine ? 'engine' : container ? 'container' : 'runtime',
    engine: definition,
    pod: predictor,
    scaling: props.scaling,
    sidecars: batcher || payloadLogging ? [AGENT] : [],
    own: {
      ...(byEngine && { batching }),
      ...(threads !== undefined && { threads }),
      ...(accelerator && { accelerator }),
      ...(engine && env && { env }),
      ...(image !== undefined && { image }),
    },
  });
  return {
    ...component,
    protocol,
    opened: protocol && props.mode === DeploymentMode.KNATIVE ? [protocol] : protocols,
    format,
    model: canary?.model ?? predictor.model,
    batcher,
  };
}

function formatOf(
  { format, runtime }: PredictorProps,
  engine: EngineDefinition,
): KServeFormat | undefined {
  if (typeof format === 'object') return format;
  if (format !== undefined) return kserveFormatOf(format);
  const [first] = runtime?.formats ?? [];
  if (first !== undefined) return { name: first };
  const [own] = engine.formats;
  return own && kserveFormatOf(own);
}

interface ComponentInput {
  readonly role: Role;
  readonly kind: ComponentKind;
  readonly engine: EngineDefinition;
  readonly pod: ComponentPodOptions;
  readonly scaling: ComponentScaling | undefined;
  readonly sidecars: readonly Amounts[];
  readonly own: Partial<ModelServerProps>;
}

function resolveComponent(
  props: InferenceServiceProps,
  platform: Platform,
  { role, kind, engine, pod, scaling, sidecars, own }: ComponentInput,
): ResolvedComponent {
  const identity = { name: `inference-service-${role}`, instance: props.name };
  const server = resolveModelServer(
    { ...serverProps(props, { pod, own, role }), engine: { definition: engine } },
    platform,
  );
  const beside = [...sidecars, ...(props.mode === DeploymentMode.KNATIVE ? [QUEUE_PROXY] : [])];
  const demanded = beside.reduce<ResolvedModelServer>(withSidecar, server);
  const capacity = capacityOf(demanded.demand, demanded.pools);
  return {
    role,
    kind,
    server: withRepository(demanded),
    scaling: resolveScaling(props.mode, scaling ?? {}, capacity),
    labels: standardLabels({ ...identity, component: engine.id }),
    selector: selectorLabels(identity),
  };
}

/** The pods of a component as those of a server, for the checks and renderers of servers. */
export function serverProps(
  props: InferenceServiceProps,
  {
    pod,
    own,
    role,
  }: {
    readonly pod: ComponentPodOptions;
    readonly own: Partial<ModelServerProps>;
    readonly role: Role;
  },
): Omit<ModelServerProps, 'engine'> {
  const { predictor, podDisruptionBudget, labels } = props;
  const source =
    (role === 'predictor' ? predictor.model : undefined) ?? ModelSource.baked('/models');
  const onNode = isDownloaded(source) && predictor.modelCache === undefined;
  const format = typeof predictor.format === 'string' ? predictor.format : undefined;
  return {
    ...own,
    name: props.name,
    model: Model.of(props.name, ModelSource.broughtTo(MODEL_ROOT, source, onNode), {
      ...(role === 'predictor' && format !== undefined && { format }),
      ...(role === 'predictor' && predictor.modelSize && { size: predictor.modelSize }),
    }),
    cpu: pod.cpu ?? DEFAULTS.cpu,
    memory: pod.memory ?? DEFAULTS.memory,
    replicas: 1,
    ...(pod.placement && { placement: pod.placement }),
    ...(pod.qualityOfService && { qualityOfService: pod.qualityOfService }),
    ...(podDisruptionBudget && { podDisruptionBudget }),
    ...(labels && { labels }),
  };
}

/** What runs beside a server takes of the node, too. */
export function withSidecar(server: ResolvedModelServer, sidecar: Amounts): ResolvedModelServer {
  const { demand } = server;
  return {
    ...server,
    demand: {
      ...demand,
      cpuMillis: demand.cpuMillis + sidecar.cpuMillis,
      memoryMib: demand.memoryMib + sidecar.memoryMib,
    },
  };
}

/** Where an engine looks for models, when their settings cannot stand beside them. */
function withRepository(server: ResolvedModelServer): ResolvedModelServer {
  if (server.engine.settingsApart !== true) return server;
  return { ...server, input: { ...server.input, repository: `${CONFIG_ROOT}/${MODEL_SETTINGS}` } };
}

/** In Knative a pod has as long to end as a request may take, and a spot node leaves it no more than its notice. */
function timeoutOf({ timeout, mode, predictor }: InferenceServiceProps): number {
  if (timeout) return timeout.toSeconds({ integral: false });
  const bound =
    mode === DeploymentMode.KNATIVE ? tightestDrain(predictor.placement ?? [])?.seconds : undefined;
  return Math.min(DEFAULTS.timeoutSeconds, bound ?? Infinity);
}
