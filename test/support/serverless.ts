/* Services of KServe with all that they can have, for tests that want to see everything. */
import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Batching,
  ClusterServingRuntime,
  Cpu,
  DeploymentMode,
  Detector,
  GraphNode,
  InferenceGraph,
  InferenceService,
  KServeRuntime,
  KnativeFeature,
  LocalModelCache,
  ModelDownloader,
  ModelSource,
  NetworkPeer,
  NodePool,
  PayloadLog,
  PayloadStore,
  Protocol,
  ScalingPolicy,
  SecretReference,
  ServingEngine,
  ServingRuntime,
  TrainedModel,
  WarmModelCache,
  type InferenceServiceProps,
  type ServingChart,
} from 'inference-constructs';

/** Pools that the services run on. */
export const POOLS = [
  NodePool.gkeSpot('spot', {
    instanceTypes: ['n2-standard-8'],
    diskSize: Size.gibibytes(200),
    min: 0,
    max: 4,
  }),
  NodePool.gkeOnDemand('fallback', {
    instanceTypes: ['n2-standard-8'],
    diskSize: Size.gibibytes(200),
    min: 0,
    max: 4,
  }),
];

/** A service that needs nothing but a name. */
export function serviceProps(changes: Partial<InferenceServiceProps> = {}): InferenceServiceProps {
  return {
    name: 'flowers',
    mode: DeploymentMode.KNATIVE,
    predictor: {
      engine: ServingEngine.TENSORFLOW_SERVING,
      model: ModelSource.gcs('gs://models/flowers/'),
      modelSize: Size.mebibytes(100),
    },
    ...changes,
  };
}

/** Everything at once, by what it is about. */
export const SERVERLESS: Readonly<Record<string, (chart: ServingChart) => void>> = {
  'a service with everything in mode KNATIVE': (chart) => {
    const log = new PayloadLog(chart, 'Payloads', {
      name: 'payloads',
      store: PayloadStore.s3('s3://acme-payloads/serving', { region: 'eu-west-1' }),
      placement: POOLS,
    });
    const model = ModelSource.s3('s3://models/income/7/', {
      credentials: SecretReference.fromSecret('model-store'),
    });
    const service = new InferenceService(chart, 'Income', {
      name: 'income',
      mode: DeploymentMode.KNATIVE,
      predictor: {
        engine: ServingEngine.MLSERVER,
        model,
        modelSize: Size.mebibytes(20),
        placement: POOLS,
        env: { LANG: 'C.UTF-8' },
      },
      transformer: {
        container: {
          image: 'registry.example.com/transformer:1.0.0',
          args: ['--workers=2'],
          env: { LANG: 'C.UTF-8' },
        },
        scaling: { minReplicas: 1, maxReplicas: 3 },
      },
      explainer: {
        art: {
          type: 'SquareAttack',
          config: { nb_classes: '10' },
          model: ModelSource.s3('s3://models/art/7/'),
        },
      },
      canary: { percent: 25, model: ModelSource.s3('s3://models/income/8/') },
      batching: Batching.of(16, Duration.millis(20)),
      payloadLogging: { sink: log, mode: 'all', headers: ['x-request-id'] },
      latencyTarget: Duration.millis(200),
      timeout: Duration.seconds(15),
      exposed: true,
      scaling: {
        minReplicas: 0,
        maxReplicas: 6,
        policy: ScalingPolicy.requestsPerSecond(50),
        concurrencyLimit: 20,
        scaleDownDelay: Duration.minutes(1),
        knative: { window: Duration.seconds(120), panicWindowPercent: 20 },
      },
      knative: {
        features: [
          KnativeFeature.AFFINITY,
          KnativeFeature.TOLERATIONS,
          KnativeFeature.PRIORITY_CLASS,
        ],
        ingressNamespace: 'kourier-system',
      },
      priorityClassName: 'serving',
      labels: { team: 'credit' },
      annotations: { 'serving.kserve.io/enable-prometheus-scraping': 'true' },
      networkAccess: { monitoring: [NetworkPeer.namespace('monitoring')] },
    });
    new Detector(chart, 'Drift', {
      name: 'income-drift',
      watches: service,
      log,
      container: {
        image: 'registry.example.com/drift:1.0.0',
        readyPath: '/ready',
        livePath: '/live',
      },
      model: ModelSource.s3('s3://models/income-reference/7/'),
      cpu: Cpu.millis(500),
      memory: Size.gibibytes(1),
    });
  },
  'a service with everything in mode STANDARD': (chart) => {
    new InferenceService(chart, 'Income', {
      name: 'income',
      mode: DeploymentMode.STANDARD,
      predictor: {
        engine: ServingEngine.TENSORFLOW_SERVING,
        model: ModelSource.gcs('gs://models/income/'),
        placement: POOLS,
        protocol: Protocol.TFS_REST,
      },
      transformer: { container: { image: 'registry.example.com/transformer:1.0.0' } },
      explainer: { container: { image: 'registry.example.com/explainer:1.0.0' } },
      payloadLogging: { sink: 'http://broker.knative-eventing.svc.cluster.local/serving/default' },
      scaling: { minReplicas: 2, maxReplicas: 6, policy: ScalingPolicy.cpuUtilization(60) },
      networkAccess: { clients: [NetworkPeer.namespace('web')] },
    });
  },
  "KServe's own runtime, and a container": (chart) => {
    const downloader = new ModelDownloader(chart, 'Downloader', { name: 'models' });
    new InferenceService(chart, 'Torch', {
      name: 'torch',
      mode: DeploymentMode.KNATIVE,
      predictor: {
        runtime: KServeRuntime.TORCHSERVE,
        protocol: Protocol.TFS_REST,
        model: ModelSource.gcs('gs://models/torch/'),
        downloader,
        args: ['--debug'],
        env: { LANG: 'C.UTF-8' },
        accelerator: Accelerator.nvidia(1),
      },
      batching: Batching.of(32, Duration.millis(500)),
    });
    new InferenceService(chart, 'Own', {
      name: 'own',
      mode: DeploymentMode.KNATIVE,
      predictor: {
        container: { image: 'registry.example.com/own:1.0.0', command: ['python'], port: 9000 },
      },
    });
  },
  'runtimes of the namespace and of the cluster': (chart) => {
    const { reference } = new ServingRuntime(chart, 'TensorFlow', {
      name: 'tensorflow-4-cores',
      engine: ServingEngine.TENSORFLOW_SERVING,
      mode: DeploymentMode.KNATIVE,
      cpu: Cpu.units(4),
      memory: Size.gibibytes(8),
      modelName: 'model',
    });
    new ClusterServingRuntime(chart, 'Triton', {
      name: 'triton',
      engine: ServingEngine.TRITON,
      mode: DeploymentMode.STANDARD,
      cpu: Cpu.units(4),
      memory: Size.gibibytes(8),
      autoSelect: true,
    });
    new InferenceService(chart, 'Service', {
      name: 'uses-it',
      mode: DeploymentMode.KNATIVE,
      predictor: { runtime: reference, model: ModelSource.gcs('gs://models/any/') },
    });
  },
  'a graph of all kinds of nodes': (chart) => {
    const services = ['one', 'two', 'three'].map(
      (name) =>
        new InferenceService(chart, name, {
          name,
          mode: DeploymentMode.STANDARD,
          predictor: {
            engine: ServingEngine.MLSERVER,
            model: ModelSource.s3(`s3://models/${name}/`),
          },
        }),
    ) as [InferenceService, InferenceService, InferenceService];
    const [one, two, three] = services;
    new InferenceGraph(chart, 'Graph', {
      name: 'graph',
      mode: DeploymentMode.STANDARD,
      clients: [NetworkPeer.namespace('web')],
      timeout: Duration.seconds(30),
      nodes: {
        root: GraphNode.sequence([
          { name: 'first', to: one, required: true },
          { to: 'choose', data: '$response' },
        ]),
        choose: GraphNode.switch([
          { to: two, condition: 'label=="dog"' },
          { to: 'both', condition: 'label=="cat"' },
        ]),
        both: GraphNode.ensemble([
          { name: 'two', to: two },
          { name: 'three', to: 'some' },
        ]),
        some: GraphNode.splitter([
          { to: three, weight: 80 },
          { to: 'https://models.example.com/v1/models/other:predict', weight: 20 },
        ]),
      },
    });
  },
  'models of a shared service': (chart) => {
    const service = new InferenceService(chart, 'Shared', {
      name: 'shared',
      mode: DeploymentMode.STANDARD,
      predictor: { runtime: KServeRuntime.MLSERVER, memory: Size.gibibytes(4) },
    });
    for (const name of ['iris', 'wine'])
      new TrainedModel(chart, name, {
        name,
        service,
        model: ModelSource.s3(`s3://models/${name}/`),
        format: 'sklearn',
        memory: Size.mebibytes(256),
      });
  },
  caches: (chart) => {
    const cache = new LocalModelCache(chart, 'Nodes', {
      name: 'qwen-7b',
      model: ModelSource.gcs('gs://models/qwen-7b/'),
      modelSize: Size.gibibytes(15),
      placement: POOLS,
      nodePath: '/mnt/models',
    });
    const claim = new WarmModelCache(chart, 'Claim', {
      name: 'bert',
      model: ModelSource.s3('s3://models/bert/', {
        credentials: SecretReference.fromSecret('model-store'),
      }),
      modelSize: Size.gibibytes(5),
      placement: POOLS,
    });
    const gpu = { accelerator: Accelerator.nvidia(1), memory: Size.gibibytes(24) };
    new InferenceService(chart, 'Cached', {
      name: 'cached',
      mode: DeploymentMode.STANDARD,
      predictor: {
        engine: ServingEngine.VLLM,
        model: ModelSource.gcs('gs://models/qwen-7b/'),
        modelSize: Size.gibibytes(15),
        modelCache: cache,
        ...gpu,
      },
    });
    new InferenceService(chart, 'Claimed', {
      name: 'claimed',
      mode: DeploymentMode.KNATIVE,
      predictor: { engine: ServingEngine.TRITON, model: claim.source, memory: Size.gibibytes(4) },
    });
  },
};
