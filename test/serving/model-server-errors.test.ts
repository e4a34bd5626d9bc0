/*
 * Everything that a `ModelServer` refuses, by the full text that a user reads.
 */
import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Batching,
  CpuManagerPolicy,
  Cpu,
  DisruptionBudget,
  Ensemble,
  Model,
  ModelFormat,
  ModelServer,
  ModelSource,
  NodePool,
  QualityOfService,
  ServingEngine,
  TensorType,
} from 'inference-constructs';
import { chartOf, serverOf, serverProps } from '../support/charts';

const spot = NodePool.eksSpot('spot', {
  instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
  min: 0,
  max: 3,
});
const l4 = NodePool.gkeOnDemand('l4', { instanceTypes: ['g2-standard-8'], min: 0, max: 2 });

describe('a server is refused', () => {
  const gpuPool = [l4];
  const fixed = NodePool.eksOnDemand('fixed', {
    instanceTypes: ['m7i.4xlarge'],
    cpuManagerPolicy: CpuManagerPolicy.STATIC,
    min: 0,
    max: 5,
  });
  const arm = NodePool.eksOnDemand('arm', { instanceTypes: ['m7g.4xlarge'], min: 0, max: 5 });
  const gkeSpot = NodePool.gkeSpot('gke', { instanceTypes: ['n2-standard-8'], min: 0, max: 5 });
  const model = Model.of('m', ModelSource.s3('s3://models/m'));
  const hub = Model.of('m', ModelSource.huggingFace('a/b', { revision: 'a'.repeat(40) }));

  test.each<[string, () => unknown]>([
    [
      'with everything wrong at once',
      () =>
        serverOf({
          name: 'ResNet',
          cpu: Cpu.millis(50),
          memory: Size.mebibytes(64),
          replicas: 0,
          threads: 0,
        }),
    ],
    ['with a name too long for its Services', () => serverOf({ name: 'a'.repeat(55) })],
    [
      'with limits below requests',
      () =>
        serverOf({
          qualityOfService: QualityOfService.burstable({
            cpuLimit: Cpu.units(1),
            memoryLimit: Size.gibibytes(1),
          }),
        }),
    ],
    [
      'with less memory than the engine shares',
      () => serverOf({ engine: ServingEngine.TRITON, memory: Size.gibibytes(1) }),
    ],
    [
      'without a model',
      () =>
        new ModelServer(chartOf(), 'Server', {
          name: 'x',
          engine: ServingEngine.TRITON,
          cpu: Cpu.units(1),
          memory: Size.gibibytes(4),
        }),
    ],
    [
      'with model and models',
      () => new ModelServer(chartOf(), 'Server', { ...serverProps(), models: [model] }),
    ],
    ['with an empty list of models', () => serverOf({ models: [] })],
    ['with two models of one name', () => serverOf({ models: [model, model] })],
    [
      'with two models on an engine for one',
      () =>
        serverOf({
          engine: ServingEngine.VLLM,
          accelerator: Accelerator.nvidia(1),
          models: [model, Model.of('n', ModelSource.s3('s3://models/n'))],
        }),
    ],
    [
      'with a format that the engine cannot read',
      () =>
        serverOf({
          model: Model.of('m', ModelSource.s3('s3://models/m'), { format: ModelFormat.ONNX }),
        }),
    ],
    [
      'with a version on an engine without',
      () =>
        serverOf({
          engine: ServingEngine.MLSERVER,
          model: Model.of('m', ModelSource.s3('s3://models/m'), { version: 1 }),
        }),
    ],
    ['with a hub on an engine without', () => serverOf({ model: hub })],
    [
      'with a baked model and no image',
      () => serverOf({ model: Model.of('m', ModelSource.baked('/m')) }),
    ],
    [
      'with a version of a baked model',
      () =>
        serverOf({
          image: 'acme/m:1',
          model: Model.of('m', ModelSource.baked('/m'), { version: 1 }),
        }),
    ],
    [
      'with settings for a model on a volume',
      () =>
        serverOf({
          engine: ServingEngine.TRITON,
          model: Model.of('m', ModelSource.pvc('c')),
          batching: Batching.of(4, Duration.millis(1)),
        }),
    ],
    [
      'with a GPU on an engine without an image for it',
      () => serverOf({ engine: ServingEngine.MLSERVER, accelerator: Accelerator.nvidia(1) }),
    ],
    ['without a GPU on an engine that needs one', () => serverOf({ engine: ServingEngine.VLLM })],
    [
      'with batching on an engine without',
      () =>
        serverOf({ engine: ServingEngine.OPENVINO, batching: Batching.of(4, Duration.millis(1)) }),
    ],
    ['with an image that may move', () => serverOf({ image: 'tensorflow/serving:latest' })],
    ['on nodes of an architecture without an image', () => serverOf({ placement: [arm] })],
    [
      'with variables that are misnamed, secret or taken',
      () =>
        serverOf({
          env: { '1A': '', HF_TOKEN: 'x', TF_CPP_MIN_LOG_LEVEL: '0' },
          priorityClassName: 'No',
        }),
    ],
    [
      'with a drain that is too short',
      () => serverOf({ engine: ServingEngine.TRITON, drain: Duration.seconds(3) }),
    ],
    [
      'with a drain longer than the notice',
      () => serverOf({ drain: Duration.seconds(60), placement: [gkeSpot] }),
    ],
    [
      'with a drain longer than the cloud waits',
      () => serverOf({ drain: Duration.seconds(1000), placement: [fixed] }),
    ],
    [
      'with a budget that is no share',
      () => serverOf({ podDisruptionBudget: DisruptionBudget.minAvailable('120%') }),
    ],
    [
      'with a budget that can never be met',
      () => serverOf({ podDisruptionBudget: DisruptionBudget.minAvailable(2) }),
    ],
    [
      'when a pod is larger than the node',
      () => serverOf({ cpu: Cpu.units(4), memory: Size.gibibytes(30), placement: [spot] }),
    ],
    [
      'when the model is larger than the disk',
      () =>
        serverOf({
          model: Model.of('m', ModelSource.s3('s3://models/m'), { size: Size.gibibytes(200) }),
          placement: [spot],
        }),
    ],
    ['when the pools hold fewer pods', () => serverOf({ replicas: 4, placement: [spot] })],
    [
      'with a GPU that the pool lacks',
      () =>
        serverOf({
          engine: ServingEngine.TRITON,
          accelerator: Accelerator.nvidia(1),
          placement: [spot],
        }),
    ],
    [
      'with another GPU than the pool has',
      () =>
        serverOf({
          engine: ServingEngine.TRITON,
          accelerator: Accelerator.nvidia(1, 'a100'),
          placement: gpuPool,
        }),
    ],
    [
      'without whole cores where they are given out',
      () =>
        serverOf({
          cpu: Cpu.millis(1500),
          qualityOfService: QualityOfService.burstable(),
          placement: [fixed],
        }),
    ],
    [
      'with an ensemble on an engine without',
      () => serverOf({ ensembles: [pipeline('resnet', 'resnet')] }),
    ],
    [
      'with an ensemble of models that it does not serve',
      () => serverOf({ engine: ServingEngine.TRITON, ensembles: [pipeline('resnet', 'other')] }),
    ],
    ['on a pool named twice', () => serverOf({ placement: [spot, spot] })],
    ['on pools of two clouds', () => serverOf({ placement: [spot, gkeSpot] })],
  ])('%s', (_, build) => {
    expect(build).toThrowErrorMatchingSnapshot();
  });
});

function pipeline(name: string, model: string): Ensemble {
  const tensor = { type: TensorType.FP32, shape: [-1] };
  return Ensemble.of(name, {
    inputs: [{ name: 'x', ...tensor }],
    outputs: [{ name: 'y', ...tensor }],
    steps: [{ model, inputs: { x: 'x' }, outputs: { y: 'y' } }],
  });
}
