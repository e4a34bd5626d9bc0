/*
 * Examples of KServe's documentation that the props do not say, and why. Where the nearest thing to say is refused, the
 * test tries it.
 */
import {
  DeploymentMode,
  KServeRuntime,
  ModelSource,
  Protocol,
  ScalingPolicy,
  ServingEngine,
} from 'inference-constructs';
import { gcs, served, type Example } from './example';

/** An example that is left out. */
export interface Refused {
  readonly example: string;
  readonly reason: string;
  /** The nearest thing to say. */
  readonly props?: Example['props'];
  readonly refusal?: RegExp;
}

const { SKLEARN, TENSORFLOW_SERVING } = KServeRuntime;

export const REFUSED: readonly Refused[] = [
  {
    example: 'flower-grpc, torchscript-grpc, sklearn-v2-iris-grpc (ports of a model)',
    reason: 'ports belong to the runtime: an engine renders them for the protocol and the mode',
    props: {
      predictor: {
        engine: ServingEngine.MLSERVER,
        model: gcs('sklearn/1.3/model'),
        protocol: Protocol.KSERVE_V2_GRPC,
      },
    },
    refusal: /predictor.protocol: .* does not tell when its model is loaded/,
  },
  {
    example: 'sklearn-from-uri (a URL with a query)',
    reason: 'queries may hold credentials, which would stand in git',
    props: undefined as never,
  },
  {
    example: 'sklearn-iris of Standard mode with canaryTrafficPercent',
    reason: 'KServe splits nothing there',
    props: {
      mode: DeploymentMode.STANDARD,
      predictor: served(SKLEARN, 'sklearn/1.0/model'),
      canary: { percent: 10, model: gcs('sklearn/1.0/model-2') },
    },
    refusal: /canary: got 10 % in mode STANDARD, where KServe splits nothing/,
  },
  {
    example: 'sklearn-iris of Standard mode with minReplicas 0',
    reason: 'KServe makes it 1',
    props: {
      mode: DeploymentMode.STANDARD,
      predictor: served(SKLEARN, 'sklearn/1.0/model'),
      scaling: { minReplicas: 0, policy: ScalingPolicy.cpuUtilization(80) },
    },
    refusal: /scaling.minReplicas: got 0 in mode STANDARD/,
  },
  {
    example: 'flowers-sample with scaleMetric cpu and minReplicas 0',
    reason: 'nothing is used while no replica runs',
    props: {
      predictor: served(TENSORFLOW_SERVING, 'tensorflow/flowers'),
      scaling: { minReplicas: 0, policy: ScalingPolicy.cpuUtilization(80) },
    },
    refusal: /scaling.minReplicas: got 0 with cpu/,
  },
  {
    example: 'huggingface-llama3 with HF_TOKEN from a Secret',
    reason: 'credentials are those of the source; variables with secrets are refused',
    props: {
      predictor: {
        engine: ServingEngine.MLSERVER,
        model: ModelSource.s3('s3://models/any'),
        env: { HF_TOKEN: 'hf_abc' },
      },
    },
    refusal: /predictor.env\["HF_TOKEN"\]: got a variable that looks like a secret/,
  },
  {
    example: 'collocated transformer (two containers of a predictor)',
    reason: 'a transformer is a component of its own, which scales by itself',
  },
  {
    example: 'logger with storage (blobs by the agent)',
    reason:
      'PayloadLog writes to a bucket by an identity of its own; predictors get no right to write',
  },
  {
    example: 'gpu node selector, tolerations (pod fields)',
    reason: 'a NodePool says which nodes, and the fit is checked',
  },
  {
    example: 'autoscaling by External and PodMetric',
    reason: 'Autoscaling makes the ScaledObject itself',
  },
  { example: 'multi-node workerSpec', reason: 'no engine here spans nodes' },
  { example: 'ModelMesh', reason: 'dormant upstream; SharedModelServers serves many models' },
  {
    example: 'LLMInferenceService',
    reason: 'a kind of its own, with routers and pickers that are not declared here',
  },
];
