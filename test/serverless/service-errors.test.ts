/*
 * What is said of a wrong service: every message in full, in the words of the props.
 */
import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  Batching,
  Canary,
  Certificate,
  Cpu,
  DeploymentMode,
  InferenceService,
  KServeRuntime,
  KnativeFeature,
  LocalModelCache,
  ModelDownloader,
  ModelFormat,
  ModelSource,
  Protocol,
  ScalingPolicy,
  SecureGrpcIngress,
  ServiceMesh,
  ServingEngine,
  Shadow,
  type ComponentScaling,
  type InferenceServiceProps,
  type MeshMembership,
} from 'inference-constructs';
import { chartOf } from '../support/charts';
import { messageOf } from '../support/messages';
import { POOLS, serviceProps } from '../support/serverless';

const STANDARD = { mode: DeploymentMode.STANDARD };
const MESH = membershipOf(ServiceMesh.ISTIO);
const model = ModelSource.gcs('gs://models/flowers/');
const engine = ServingEngine.TENSORFLOW_SERVING;

function membershipOf({ definition }: ServiceMesh): MeshMembership {
  const membership = definition.membership({ cpuMillis: 100, memoryMib: 128 }, 'mesh');
  if (membership === undefined) throw new Error('a mesh without members');
  return membership;
}

/** What is said of a service with these changes. */
function said(changes: Partial<InferenceServiceProps>): string {
  return messageOf(() => new InferenceService(chartOf(), 'Service', serviceProps(changes)));
}

describe('a service is refused', () => {
  test.each<[string, Partial<InferenceServiceProps>]>([
    ['with a name that is too long', { name: 'a'.repeat(41) }],
    ['without anything that runs it', { predictor: { model } }],
    [
      'with an engine and a runtime',
      { predictor: { engine, runtime: KServeRuntime.SKLEARN, model } },
    ],
    [
      'with a model beside a container',
      { predictor: { container: { image: 'example/own:1.0' }, model } },
    ],
    ['without a model', { predictor: { engine } }],
    [
      'with a format that the engine does not read',
      { predictor: { engine, model, format: ModelFormat.ONNX } },
    ],
    [
      'with a format of KServe for an engine',
      { predictor: { engine, model, format: { name: 'pmml' } } },
    ],
    [
      'with a format that the runtime does not read',
      { predictor: { runtime: KServeRuntime.XGBOOST, model, format: ModelFormat.ONNX } },
    ],
    [
      'with a protocol that the engine lacks',
      { predictor: { engine, model, protocol: Protocol.KSERVE_V2_REST } },
    ],
    [
      'with a protocol that the runtime lacks',
      { predictor: { runtime: KServeRuntime.SKLEARN, model, protocol: Protocol.TFS_GRPC } },
    ],
    [
      'with gRPC of an engine that has no health service, in mode KNATIVE',
      {
        predictor: { engine: ServingEngine.OPENVINO, model, protocol: Protocol.KSERVE_V2_GRPC },
      },
    ],
    [
      'with props that nothing takes',
      {
        predictor: {
          runtime: KServeRuntime.SKLEARN,
          model,
          threads: 2,
        },
      },
    ],
    [
      'with arguments of an engine',
      { predictor: { engine, model, args: ['--x'], runtimeVersion: '1' } },
    ],
    [
      'with props beside a container',
      {
        predictor: {
          container: { image: 'example/own:1.0' },
          env: { A: 'b' },
          image: 'example/own:1.0',
        },
      },
    ],
    [
      'with an image that can change',
      { predictor: { runtime: KServeRuntime.SKLEARN, model, image: 'example/own:latest' } },
    ],
    [
      'with a version that can change',
      { predictor: { runtime: KServeRuntime.SKLEARN, model, runtimeVersion: 'latest' } },
    ],
    [
      'with what KServe takes from a Secret',
      {
        predictor: {
          engine,
          model: ModelSource.s3('s3://models/flowers/', {
            endpoint: 'https://minio.example.com',
            region: 'eu-west-1',
          }),
        },
      },
    ],
    [
      'with a directory of an image',
      {
        predictor: {
          engine,
          model: ModelSource.ociImage('example/models:1.0', { path: 'flowers' }),
        },
      },
    ],
    [
      'with a canary of more than all',
      { canary: { percent: 101, model: ModelSource.gcs('gs://models/next/') } },
    ],
    [
      'with a canary in mode STANDARD',
      { ...STANDARD, canary: { percent: 10, model: ModelSource.gcs('gs://models/next/') } },
    ],
    ['with a canary of the same model', { canary: { percent: 10, model } }],
    [
      'with a canary and no model before it',
      {
        predictor: { container: { image: 'example/own:1.0' } },
        canary: { percent: 10, model },
      },
    ],
    ['with a logger without a sink', { payloadLogging: { sink: '' } }],
    [
      'with a logger of headers with credentials',
      { payloadLogging: { sink: 'http://sink.test/', headers: ['Authorization', 'a b'] } },
    ],
    [
      'with a logger of gRPC',
      {
        predictor: { engine, model, protocol: Protocol.TFS_GRPC },
        payloadLogging: { sink: 'http://sink.test/' },
      },
    ],
    [
      'with batches of protocol v2 by the batcher',
      {
        predictor: { runtime: KServeRuntime.MLSERVER, model },
        batching: Batching.of(8, Duration.millis(10)),
      },
    ],
    [
      'with batches of Triton',
      {
        predictor: { engine: ServingEngine.TRITON, model, memory: Size.gibibytes(4) },
        batching: Batching.of(8, Duration.millis(10)),
      },
    ],
    [
      'with batches that wait for as long as a request may take',
      { timeout: Duration.seconds(1), batching: Batching.of(8, Duration.millis(1000)) },
    ],
    [
      'with batches that wait for more than half of the latency',
      { latencyTarget: Duration.millis(100), batching: Batching.of(8, Duration.millis(60)) },
    ],
    ['with a time limit that is too long', { timeout: Duration.minutes(11) }],
    ['with a time limit in mode STANDARD', { ...STANDARD, timeout: Duration.seconds(5) }],
    [
      'with a time limit longer than the notice of a spot pool',
      {
        predictor: { engine, model, placement: POOLS },
        timeout: Duration.seconds(60),
        knative: { features: [KnativeFeature.AFFINITY, KnativeFeature.TOLERATIONS] },
      },
    ],
    [
      'with both explainers',
      { explainer: { art: { type: 'SquareAttack' }, container: { image: 'example/own:1.0' } } },
    ],
    ['with an explainer that explains nothing', { explainer: {} }],
    [
      'with an explainer of gRPC',
      {
        predictor: { engine, model, protocol: Protocol.TFS_GRPC },
        explainer: { art: { type: 'SquareAttack' } },
      },
    ],
    [
      'on pools without the feature flags of Knative',
      { predictor: { engine, model, placement: POOLS }, priorityClassName: 'serving' },
    ],
    ['with an installation of Knative in mode STANDARD', { ...STANDARD, knative: {} }],
    [
      'with pods that fit no pool, in every component',
      {
        ...STANDARD,
        predictor: { engine, model, memory: Size.gibibytes(64), placement: POOLS },
        transformer: {
          container: { image: 'example/transformer:1.0' },
          cpu: Cpu.units(64),
          placement: POOLS,
        },
      },
    ],
    ['with secrets in the environment', { predictor: { engine, model, env: { API_KEY: 'x' } } }],
    [
      'with a GPU for an engine that has no image for it',
      { predictor: { engine: ServingEngine.MLSERVER, model, accelerator: Accelerator.nvidia(1) } },
    ],
    [
      'with labels and names that Kubernetes does not take',
      { labels: { 'a b': 'c' }, priorityClassName: 'A' },
    ],
  ])('%s', (_, changes) => {
    expect(said(changes)).toMatchSnapshot();
  });

  test.each<[string, ComponentScaling, Partial<InferenceServiceProps>?]>([
    ['to fewer than none', { minReplicas: -1 }],
    ['to less than it has', { minReplicas: 5, maxReplicas: 2 }],
    ['to zero in mode STANDARD', { minReplicas: 0 }, STANDARD],
    ['to zero by CPU', { minReplicas: 0, policy: ScalingPolicy.cpuUtilization(60) }],
    ['by requests in mode STANDARD', { policy: ScalingPolicy.requestsInFlight(5) }, STANDARD],
    ['by what KServe does not know', { policy: ScalingPolicy.queueDepth(4) }],
    [
      'by what KServe does not know, in mode STANDARD',
      { policy: ScalingPolicy.queueDepth(4) },
      STANDARD,
    ],
    ['by parts of a request', { policy: ScalingPolicy.requestsInFlight(0.5) }],
    ['by too little CPU', { policy: ScalingPolicy.cpuUtilization(5) }],
    [
      'as Knative does, in mode STANDARD',
      { concurrencyLimit: 5, scaleDownDelay: Duration.minutes(1), knative: {} },
      STANDARD,
    ],
    [
      'below the limit of a replica',
      { concurrencyLimit: 4, policy: ScalingPolicy.requestsInFlight(5) },
    ],
    ['with a limit that Knative refuses', { concurrencyLimit: 1001 }],
    ['with a delay that Knative refuses', { scaleDownDelay: Duration.hours(2) }],
    [
      'with settings that Knative refuses',
      {
        knative: {
          targetUtilizationPercent: 0,
          window: Duration.seconds(5),
          panicWindowPercent: 101,
          panicThresholdPercent: 100,
          targetBurstCapacity: -2,
          initialReplicas: 11,
          activationReplicas: 0,
          lastReplicaRetention: Duration.hours(2),
        },
      },
    ],
    [
      'with settings of an autoscaler that is not in charge',
      { knative: {}, policy: ScalingPolicy.cpuUtilization(60) },
    ],
    [
      'beyond what the pools hold',
      { maxReplicas: 500 },
      { ...STANDARD, predictor: { engine, model, placement: POOLS } },
    ],
  ])('when it scales %s', (_, scaling, changes = {}) => {
    expect(said({ ...changes, scaling })).toMatchSnapshot();
  });

  test('when its cache holds another model, or not on all of its nodes', () => {
    const chart = chartOf();
    const cache = new LocalModelCache(chart, 'Cache', {
      name: 'other',
      model: ModelSource.gcs('gs://models/other/'),
      modelSize: Size.gibibytes(1),
      placement: POOLS.slice(1),
      nodePath: '/mnt/models',
    });

    expect(
      said({ ...STANDARD, predictor: { engine, model, modelCache: cache, placement: POOLS } }),
    ).toMatchSnapshot();
  });

  test('when what fetches models is not for its address', () => {
    const downloader = new ModelDownloader(chartOf(), 'Downloader', {
      name: 'buckets',
      prefixes: ['s3://'],
    });

    expect(said({ predictor: { engine, model, downloader } })).toMatchSnapshot();
  });
});

describe('what would lead around Knative is refused', () => {
  const service = (changes: Partial<InferenceServiceProps> = {}): InferenceService =>
    new InferenceService(chartOf(), 'Service', serviceProps(changes));

  test.each<[string, (target: InferenceService) => unknown]>([
    [
      'an ingress',
      (target) =>
        new SecureGrpcIngress(target, 'Ingress', {
          name: 'flowers',
          host: 'flowers.example.com',
          backends: [{ endpoint: target, restPath: '/v1/models/flowers' }],
          certificate: Certificate.fromSecret('tls'),
        }),
    ],
    [
      'a shadow',
      (target) =>
        new Shadow(target, 'Shadow', {
          name: 'flowers',
          mesh: ServiceMesh.ISTIO,
          live: target,
          shadow: target,
        }),
    ],
    [
      'a canary of servers',
      (target) =>
        new Canary(target, 'Canary', {
          name: 'flowers',
          mesh: ServiceMesh.ISTIO,
          stable: target,
          candidate: target,
          step: 1,
        }),
    ],
    [
      'an autoscaler',
      (target) =>
        new Autoscaling(target, 'Scaling', {
          target,
          minReplicas: 1,
          maxReplicas: 2,
          policies: [ScalingPolicy.cpuUtilization(60)],
        }),
    ],
    ['a mesh', (target) => target.joinMesh(MESH)],
    ['TLS of the server', (target) => target.serveTls()],
    ['another controller', (target) => target.handOver({ kind: 'Rollout' })],
  ])('%s', (_, use) => {
    const target = service();

    expect(messageOf(() => void use(target))).toMatchSnapshot();
  });

  test('a bound on requests of a runtime that is not ours', () => {
    const target = service({ predictor: { runtime: KServeRuntime.SKLEARN, model } });

    expect(messageOf(() => target.limitRequests(1000))).toMatchSnapshot();
  });
});
