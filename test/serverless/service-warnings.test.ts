/*
 * What works and is likely not meant, in full.
 */
import { Size } from 'cdk8s';
import {
  Accelerator,
  Cpu,
  DeploymentMode,
  InferenceService,
  ModelSource,
  NodePool,
  ScalingPolicy,
  ServingEngine,
  warningsOf,
  type InferenceServiceProps,
} from 'inference-constructs';
import { chartOf } from '../support/charts';
import { serviceProps } from '../support/serverless';

const STANDARD = { mode: DeploymentMode.STANDARD };
const model = ModelSource.gcs('gs://models/flowers/');
const engine = ServingEngine.TENSORFLOW_SERVING;

describe('a service warns', () => {
  const warnings = (changes: Partial<InferenceServiceProps>): string[] => {
    const chart = chartOf();
    new InferenceService(chart, 'Service', serviceProps(changes));
    return warningsOf(chart).map(({ at, message, fix }) => `${at}: ${message}; ${fix}`);
  };
  const gpu = {
    engine: ServingEngine.VLLM,
    model,
    modelSize: Size.gibibytes(15),
    accelerator: Accelerator.nvidia(1),
    cpu: Cpu.units(6),
    memory: Size.gibibytes(24),
  };

  test('of so many services that Istio takes minutes to learn a new one, once', () => {
    const chart = chartOf();
    for (let index = 0; index < 310; index += 1)
      new InferenceService(chart, `Service${index}`, serviceProps({ name: `flowers-${index}` }));

    expect(warningsOf(chart).map(({ at, message }) => `${at}: ${message}`)).toEqual([
      'test/Service300.mode: more than 300 services of Knative behind Istio, each with two VirtualServices that every proxy learns: new ones take minutes to be reached',
    ]);
  });

  test.each<[string, Partial<InferenceServiceProps>]>([
    ['of nothing, as a rule', {}],
    [
      'of GPUs that follow CPU, in mode KNATIVE',
      { predictor: gpu, scaling: { policy: ScalingPolicy.cpuUtilization(60) } },
    ],
    [
      'of GPUs that follow CPU, in mode STANDARD',
      { ...STANDARD, predictor: gpu, scaling: { policy: ScalingPolicy.memoryUtilization(60) } },
    ],
    [
      'of a canary whose previous model was never rolled out',
      { canary: { percent: 10, model: ModelSource.gcs('gs://models/next/') } },
    ],
    [
      'of pauses after which requests fail, and of bursts that are over before replicas are there',
      { predictor: gpu, scaling: { minReplicas: 0 } },
    ],
    [
      'of a pool whose spot capacity may be gone',
      {
        ...STANDARD,
        predictor: {
          engine,
          model,
          placement: [NodePool.eksSpot('spot', { instanceTypes: ['m6i.2xlarge'], min: 0, max: 4 })],
        },
      },
    ],
  ])('%s', (_, changes) => {
    expect(warnings(changes)).toMatchSnapshot();
  });
});
