/*
 * KServe as the paper has it: a framework, a canary, scale to zero by open requests, a transformer, an explainer,
 * payloads logged for a detector, batches, GPUs, a shadow, many small models on shared servers, a large model that is
 * kept warm. What needs no Knative runs without.
 */
import { Duration, Size, type App } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  Batching,
  Canary,
  Certificate,
  Cpu,
  DeploymentMode,
  Detector,
  GraphNode,
  InferenceGraph,
  InferenceService,
  KnativeFeature,
  KServeRuntime,
  Model,
  ModelDownloader,
  ModelSource,
  PayloadLog,
  PayloadStore,
  Protocol,
  ScalingPolicy,
  ServerPort,
  ServiceMesh,
  ServiceMeshRouting,
  ServingChart,
  ServingEngine,
  ServingNamespace,
  SharedModelServers,
  WarmModelCache,
  type KnativeInstallation,
  NodeCloud,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { softwareChart } from '../software';
import { pools } from './pools';
import { SOFTWARE } from './software';

const STACK = 'kserve-serverless';

/** Namespace of the services. */
export const NAMESPACE = 'kserve-models';

/** What the ConfigMap `config-features` of the cluster must enable: pods name the pools that they run on. */
const KNATIVE: KnativeInstallation = {
  features: [KnativeFeature.AFFINITY, KnativeFeature.TOLERATIONS, KnativeFeature.PRIORITY_CLASS],
};

/** Where the components run. */
const ON_XEON = [pools.spot, pools.fallback];
const ON_L4 = [pools.l4Spot, pools.l4Fallback];

/**
 * What scales to nothing: Knative lets a request wait for its replica no longer than a pod may take to end, which on
 * spot nodes of GKE is 15 s. Without load it costs nothing there, either.
 */
const TO_ZERO = { placement: [pools.fallback], timeout: Duration.minutes(2) };

/** How much of the calls the next iris model gets; the number to edit. */
const CANARY = { steps: [10, 25, 50, 100], step: 1 };

/** Shops that have a small model each. */
const SHOPS = Array.from({ length: 40 }, (_, index) => `shop-${String(index).padStart(3, '0')}`);

/** Adds the charts of the stack to the app. */
export function kserveServerless(app: App, settings: StackSettings): void {
  const { bucket } = settings;
  const software = softwareChart(app, STACK, settings, {
    cloud: NodeCloud.GKE,
    placement: pools.control,
    charts: SOFTWARE,
  });
  const base = new ServingChart(app, 'namespace', { namespace: NAMESPACE, partOf: STACK });
  const { priorityClassName } = new ServingNamespace(base, 'Namespace', {
    name: NAMESPACE,
    quota: { cpu: Cpu.units(96), memory: Size.gibibytes(384), pods: 80, gpus: 6 },
  });
  if (software) base.addDependency(software);
  const cluster = new ServingChart(app, 'kserve', { namespace: 'kserve', partOf: STACK });
  const downloader = new ModelDownloader(cluster, 'Downloader', {
    name: 'models',
    prefixes: ['gs://'],
  });

  const chartOf = (id: string): ServingChart => {
    const chart = new ServingChart(app, id, { namespace: NAMESPACE, partOf: STACK });
    chart.addDependency(base, cluster);
    return chart;
  };
  const models = (path: string): ModelSource => ModelSource.gcs(`gs://${bucket}/${path}/`);
  flowers(chartOf('flowers'), downloader, priorityClassName);
  income(chartOf('income'), models, downloader);
  pets(chartOf('pets'), models, downloader);
  iris(chartOf('iris'), models, downloader);
  language(chartOf('language'), models, priorityClassName);
  shops(chartOf('shops'), models);
}

/** The paper's example: TensorFlow flowers, a tenth of the requests to the next model, nothing while nobody asks. */
function flowers(
  chart: ServingChart,
  downloader: ModelDownloader,
  priorityClassName: string,
): void {
  const SAMPLES = 'gs://kfserving-samples/models/tensorflow';
  new InferenceService(chart, 'Flowers', {
    name: 'flowers',
    mode: DeploymentMode.KNATIVE,
    predictor: {
      engine: ServingEngine.TENSORFLOW_SERVING,
      model: ModelSource.gcs(`${SAMPLES}/flowers`, { anonymous: true }),
      downloader,
      modelSize: Size.mebibytes(100),
      placement: TO_ZERO.placement,
    },
    timeout: TO_ZERO.timeout,
    canary: {
      percent: 10,
      model: ModelSource.gcs(`${SAMPLES}/flowers-2`, { anonymous: true }),
    },
    scaling: { minReplicas: 0, maxReplicas: 5, policy: ScalingPolicy.requestsInFlight(1) },
    // Batches wait for a tenth of what clients accept.
    batching: Batching.of(16, Duration.millis(50)),
    latencyTarget: Duration.millis(500),
    knative: KNATIVE,
    priorityClassName,
  });
}

/** A tabular model with a transformer and an explainer, whose payloads a detector watches. */
function income(
  chart: ServingChart,
  models: (path: string) => ModelSource,
  downloader: ModelDownloader,
): void {
  const log = new PayloadLog(chart, 'Payloads', {
    name: 'payloads',
    store: PayloadStore.gcs('gs://acme-payloads/kserve'),
    placement: ON_XEON,
  });
  const service = new InferenceService(chart, 'Income', {
    name: 'income',
    mode: DeploymentMode.KNATIVE,
    predictor: {
      engine: ServingEngine.MLSERVER,
      model: models('income/7'),
      downloader,
      modelSize: Size.mebibytes(20),
      placement: ON_XEON,
    },
    transformer: {
      container: { image: 'registry.example.com/income-transformer:1.4.0' },
      cpu: Cpu.millis(500),
      memory: Size.gibibytes(1),
      placement: ON_XEON,
    },
    explainer: {
      container: { image: 'registry.example.com/income-explainer:1.4.0' },
      placement: ON_XEON,
      scaling: { maxReplicas: 2 },
    },
    payloadLogging: { sink: log },
    scaling: { maxReplicas: 10, policy: ScalingPolicy.requestsInFlight(8) },
    knative: KNATIVE,
  });
  new Detector(chart, 'Drift', {
    name: 'income-drift',
    watches: service,
    log,
    container: {
      image: 'registry.example.com/income-drift:1.4.0',
      readyPath: '/ready',
      livePath: '/live',
      uid: 10_001,
    },
    model: models('income-reference/7'),
    cpu: Cpu.millis(500),
    memory: Size.gibibytes(1),
    placement: ON_XEON,
  });
}

/** One of KServe's own runtimes with its batcher, and two services that answer together. */
function pets(
  chart: ServingChart,
  models: (path: string) => ModelSource,
  downloader: ModelDownloader,
): void {
  const [species, breeds] = ['species', 'breeds'].map(
    (name) =>
      new InferenceService(chart, name, {
        name,
        mode: DeploymentMode.KNATIVE,
        predictor: {
          runtime: KServeRuntime.TORCHSERVE,
          protocol: Protocol.TFS_REST,
          model: models(name),
          downloader,
          modelSize: Size.mebibytes(200),
          placement: TO_ZERO.placement,
        },
        timeout: TO_ZERO.timeout,
        batching: Batching.of(32, Duration.millis(100)),
        scaling: { minReplicas: 0, maxReplicas: 4, policy: ScalingPolicy.requestsInFlight(32) },
        knative: KNATIVE,
      }),
  ) as [InferenceService, InferenceService];
  new InferenceGraph(chart, 'Pets', {
    name: 'pets',
    mode: DeploymentMode.KNATIVE,
    nodes: {
      root: GraphNode.sequence([
        { name: 'species', to: species },
        {
          name: 'breed',
          to: breeds,
          data: '$request',
          condition: '[@this].#(predictions.0=="dog")',
        },
      ]),
    },
  });
}

/** Without Knative: requests are split and copied by the gateway, on which KServe itself drops the percent. */
function iris(
  chart: ServingChart,
  models: (path: string) => ModelSource,
  downloader: ModelDownloader,
): void {
  const [current, next, shadow] = ['iris-1', 'iris-2', 'iris-3'].map(
    (name) =>
      new InferenceService(chart, name, {
        name,
        mode: DeploymentMode.STANDARD,
        predictor: {
          engine: ServingEngine.MLSERVER,
          model: models(name),
          downloader,
          modelSize: Size.mebibytes(10),
          memory: Size.gibibytes(1),
          placement: ON_XEON,
        },
        scaling: { minReplicas: 2, maxReplicas: 4, policy: ScalingPolicy.cpuUtilization(60) },
      }),
  ) as [InferenceService, InferenceService, InferenceService];
  new ServiceMeshRouting(chart, 'Routing', {
    name: 'iris',
    mesh: ServiceMesh.GATEWAY_API,
    hosts: [current, 'iris.inference.example.com'],
    gateway: { certificate: Certificate.fromIssuer('inference', { clusterIssuer: true }) },
    routes: [
      {
        port: ServerPort.HTTP,
        split: Canary.split(current, next, CANARY),
        mirror: { endpoint: shadow, percent: 20 },
        timeout: Duration.seconds(2),
      },
    ],
  });
}

/** A large model on GPUs, kept on a claim, scaled by the requests that wait in the engine. */
function language(
  chart: ServingChart,
  models: (path: string) => ModelSource,
  priorityClassName: string,
): void {
  const cache = new WarmModelCache(chart, 'Cache', {
    name: 'qwen-7b',
    model: models('qwen-7b'),
    modelSize: Size.gibibytes(15),
    storageClassName: 'filestore',
    placement: ON_XEON,
  });
  const onGpu = {
    engine: ServingEngine.VLLM,
    model: cache.source,
    modelSize: Size.gibibytes(15),
    accelerator: Accelerator.nvidia(1, 'l4'),
    cpu: Cpu.units(6),
    memory: Size.gibibytes(24),
  };
  // By open requests and to zero, where minutes of loading are bearable.
  new InferenceService(chart, 'Batch', {
    name: 'qwen-batch',
    mode: DeploymentMode.KNATIVE,
    predictor: { ...onGpu, placement: [pools.l4Fallback] },
    timeout: Duration.minutes(10),
    scaling: {
      minReplicas: 0,
      maxReplicas: 2,
      policy: ScalingPolicy.requestsInFlight(16),
      scaleDownDelay: Duration.minutes(15),
      knative: { window: Duration.minutes(10), lastReplicaRetention: Duration.minutes(15) },
    },
    knative: KNATIVE,
    priorityClassName,
  });
  // By what waits in the engine, where answers are awaited.
  const chat = new InferenceService(chart, 'Chat', {
    name: 'qwen-chat',
    mode: DeploymentMode.STANDARD,
    predictor: { ...onGpu, placement: ON_L4 },
    scaling: { minReplicas: 1 },
    priorityClassName,
  });
  new Autoscaling(chart, 'ChatScaling', {
    target: chat,
    minReplicas: 1,
    maxReplicas: 4,
    policies: [ScalingPolicy.queueDepth(4)],
  });
}

/** A small model for each shop, on shared servers, without KServe. */
function shops(chart: ServingChart, models: (path: string) => ModelSource): void {
  new SharedModelServers(chart, 'Shops', {
    name: 'shops',
    engine: ServingEngine.MLSERVER,
    models: SHOPS.map((shop) =>
      Model.of(shop, models(`shops/${shop}`), { size: Size.mebibytes(20) }),
    ),
    servers: [0, 1, 2],
    cpu: Cpu.units(2),
    memory: Size.gibibytes(4),
    placement: ON_XEON,
  });
}
