/*
 * Runtimes of KServe that run our command lines: pinned, restricted, ready only when the model is loaded. A service with
 * an engine brings its own; these are for services of others, and for several of one size.
 */
import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { ClusterServingRuntime as ClusterBinding } from '../../imports/cluster-serving-runtime';
import type { Cpu } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { ClusterScopedObject, KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireName } from '../core/names';
import { platformOf } from '../core/platform';
import type { Accelerator } from '../nodes/accelerator';
import { enginesThat, type ServingEngine } from '../serving/engine';
import type { EngineRendering, Protocol } from '../serving/engine-definition';
import { type ModelFormat } from '../serving/model';
import { ModelSource } from '../serving/model-source';
import { checkModelServer } from '../serving/model-server-checks';
import { configData } from '../serving/model-volumes';
import { servingContainer } from './component';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps } from './inference-service-props';
import { kserveFormatOf } from './kserve-format';
import { KServeRuntime } from './kserve-runtime';
import { isGrpc } from './protocol-version';
import { resolveService, serverProps, type ResolvedService } from './resolve';
import { servingRuntime, type RuntimeParts } from './serving-runtime-spec';

/** What KServe puts in the place of, in a runtime: the name of the service, and so of its model. */
const SERVICE_NAME = '{{.Name}}';

/** Options of a runtime. */
export interface ServingRuntimeProps {
  /** Name of the runtime; DNS label, at most 40 characters. */
  readonly name: string;
  /** What it runs. */
  readonly engine: ServingEngine;
  /** Mode of the services that use it: Knative allows one port. */
  readonly mode: DeploymentMode;
  /** CPU of the services that use it, which threads are for; 0.1 to 256 cores. */
  readonly cpu: Cpu;
  /** Memory of the services that use it, 128 MiB to 24 TiB. */
  readonly memory: Size;
  /**
   * GPUs of the services that use it.
   * @default - none
   */
  readonly accelerator?: Accelerator;
  /**
   * Formats that it reads.
   * @default - all of the engine
   */
  readonly formats?: readonly ModelFormat[];
  /**
   * What clients speak; in mode `KNATIVE` nothing else.
   * @default - the first REST protocol of the engine
   */
  readonly protocol?: Protocol;
  /**
   * Name of the model in requests, the same in all services that use it.
   * @default - the name of the service, where the engine takes it from its command line
   */
  readonly modelName?: string;
  /**
   * Whether KServe may choose it for services that name no runtime.
   * @default false
   */
  readonly autoSelect?: boolean;
}

/**
 * A runtime of the namespace. Creates a ServingRuntime and, where the engine reads files, a ConfigMap.
 *
 * @throws ConfigurationError when the engine cannot do what is asked of it, or takes the name of its model from a file
 * and none is given
 * @see https://kserve.github.io/website/docs/concepts/resources/servingruntime (0.20)
 * @example
 * import { App, Size } from 'cdk8s';
 * import { Cpu, DeploymentMode, ServingChart, ServingEngine, ServingRuntime } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'runtimes', { namespace: 'serving' });
 * new ServingRuntime(chart, 'TensorFlow', {
 *   name: 'tensorflow-4-cores',
 *   engine: ServingEngine.TENSORFLOW_SERVING,
 *   mode: DeploymentMode.KNATIVE,
 *   cpu: Cpu.units(4),
 *   memory: Size.gibibytes(8),
 *   modelName: 'model',
 * });
 */
export class ServingRuntime extends Construct {
  /** For `predictor.runtime` of services. */
  public readonly reference: KServeRuntime;
  public readonly servingRuntime: KubernetesObject<PlainObject>;

  public constructor(scope: Construct, id: string, props: ServingRuntimeProps) {
    super(scope, id);
    const { parts, files, reference } = runtimeOf(this, props);
    this.reference = reference;
    this.servingRuntime = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      servingRuntime(parts),
    );
    if (Object.keys(files).length === 0) return;
    new KubernetesObject<ConfigMap>(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${props.name}-config`, labels: { ...parts.labels } },
      data: files,
    });
  }
}

/**
 * A runtime of all namespaces. Creates a ClusterServingRuntime.
 *
 * @throws ConfigurationError when the engine reads files, which are a namespace's, or cannot do what is asked of it
 * @see https://kserve.github.io/website/docs/concepts/resources/servingruntime (0.20)
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Accelerator, ClusterServingRuntime, Cpu, DeploymentMode, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'runtimes', { namespace: 'kserve' });
 * new ClusterServingRuntime(chart, 'Triton', {
 *   name: 'triton-l4',
 *   engine: ServingEngine.TRITON,
 *   mode: DeploymentMode.STANDARD,
 *   cpu: Cpu.units(6),
 *   memory: Size.gibibytes(20),
 *   accelerator: Accelerator.nvidia(1, 'l4'),
 * });
 */
export class ClusterServingRuntime extends Construct {
  /** For `predictor.runtime` of services. */
  public readonly reference: KServeRuntime;
  public readonly servingRuntime: ClusterScopedObject<PlainObject>;

  public constructor(scope: Construct, id: string, props: ServingRuntimeProps) {
    super(scope, id);
    const { parts, files, reference } = runtimeOf(this, props);
    const checks = new Checks(this.node.path);
    checks.require(Object.keys(files).length === 0, 'engine', () => ({
      got: `${props.engine.toString()}, which reads ${Object.keys(files).join(', ')} from a ConfigMap`,
      expected: 'an engine that is told everything by its command line',
      fix: 'make a ServingRuntime in each namespace, or name the engine in the services',
    }));
    checks.finish();
    this.reference = reference;
    // Both kinds have the same fields.
    const { spec, metadata } = servingRuntime(parts);
    this.servingRuntime = new ClusterScopedObject<PlainObject>(this, 'Resource', {
      ...ClusterBinding.GVK,
      metadata,
      ...(spec && { spec }),
    });
  }
}

interface Runtime {
  readonly parts: RuntimeParts;
  readonly files: Record<string, string>;
  readonly reference: KServeRuntime;
}

/** A runtime, by way of a service that uses it. */
function runtimeOf(scope: Construct, props: ServingRuntimeProps): Runtime {
  const { name, engine, mode, modelName } = props;
  const checks = new Checks(scope.node.path);
  requireName(checks, 'name', name, 23);
  const input: InferenceServiceProps = {
    name,
    mode,
    predictor: {
      engine,
      model: ModelSource.baked('/models'),
      cpu: props.cpu,
      memory: props.memory,
      ...(props.accelerator && { accelerator: props.accelerator }),
      ...(props.protocol && { protocol: props.protocol }),
    },
  };
  const service = named(resolveService(input, platformOf(scope)), modelName ?? SERVICE_NAME);
  checkRuntime(checks, props, input, service);
  checks.finish();
  const { predictor } = service;
  const { server, protocol } = predictor;
  const formats = (props.formats ?? engine.definition.formats).map(kserveFormatOf);
  const protocols = predictor.opened;
  const { container, volumes } = servingContainer(predictor, service, input, protocol);
  return {
    parts: {
      name,
      labels: standardLabels({
        name: 'serving-runtime',
        instance: name,
        component: engine.definition.id,
      }),
      formats,
      protocols,
      container,
      volumes,
      autoSelect: props.autoSelect ?? false,
    },
    files: configData(render(service), server),
    reference: KServeRuntime.named(name, {
      formats: formats.map((format) => format.name),
      protocols,
    }),
  };
}

function checkRuntime(
  checks: Checks,
  { engine, mode, protocol, formats, modelName }: ServingRuntimeProps,
  input: InferenceServiceProps,
  service: ResolvedService,
): void {
  const { definition } = engine;
  const pod = serverProps(input, {
    pod: input.predictor,
    own: input.predictor.accelerator ? { accelerator: input.predictor.accelerator } : {},
    role: 'predictor',
  });
  checkModelServer(checks, { ...pod, engine }, service.predictor.server);
  checks.require(
    protocol === undefined || definition.protocols.includes(protocol),
    'protocol',
    () => ({
      got: `${String(protocol)} of ${engine.toString()}`,
      expected: definition.protocols.join(', '),
      fix: 'name one of those',
    }),
  );
  const grpc = isGrpc(service.predictor.protocol);
  checks.require(
    mode !== DeploymentMode.KNATIVE || !grpc || definition.grpcHealth === true,
    'protocol',
    () => ({
      got: `gRPC of ${engine.toString()} in mode KNATIVE`,
      expected: 'REST, as its gRPC port does not tell when the model is loaded',
      fix: `speak REST, or use ${enginesThat(({ grpcHealth }) => grpcHealth === true)}`,
    }),
  );
  for (const format of formats ?? [])
    checks.require(definition.formats.includes(format), 'formats', () => ({
      got: `${format} on ${engine.toString()}`,
      expected: definition.formats.join(', '),
      fix: 'name some of those',
    }));
  const inFiles = JSON.stringify(render(service).files ?? {}).includes(SERVICE_NAME);
  const inSettings = SERVICE_NAME in (render(service).modelSettings ?? {});
  checks.require(!inFiles && !inSettings, 'modelName', () => ({
    got: `none, and ${engine.toString()} takes the name of its model from a file, in which KServe fills in nothing`,
    expected: 'the name that all services of the runtime give their model',
    fix:
      modelName === undefined ? 'set modelName, or name the engine in the services' : 'change it',
  }));
}

function render({ predictor: { server } }: ResolvedService): EngineRendering {
  return server.engine.render(server.input);
}

/** The service with another name of its model. */
function named(service: ResolvedService, modelName: string): ResolvedService {
  const { predictor } = service;
  const { server } = predictor;
  const models = server.input.models.map((model) => ({ ...model, name: modelName }));
  return {
    ...service,
    predictor: { ...predictor, server: { ...server, input: { ...server.input, models } } },
  };
}
