/* @see https://kserve.github.io/website/docs/model-serving/predictive-inference/frameworks/overview (0.20) */
import {
  Accelerator,
  Cpu,
  KServeRuntime,
  ModelFormat,
  ModelSource,
  Protocol,
  QualityOfService,
} from 'inference-constructs';
import { Size } from 'cdk8s';
import { gcs, inBucket, predictor, served, type Example } from './example';

const {
  AUTOGLUON,
  HUGGING_FACE,
  LIGHTGBM,
  MLSERVER,
  PADDLE,
  PMML,
  PREDICTIVE,
  SKLEARN,
  TENSORFLOW_SERVING,
  TORCHSERVE,
  TRITON,
  XGBOOST,
} = KServeRuntime;

const V2 = { protocol: Protocol.KSERVE_V2_REST };

/** Commit that stands for the branch that the documentation leaves open. */
const REVISION = '0'.repeat(40);

/** A model of the Hugging Face hub: with its revision here, without in the documentation. */
function hub(name: string, repository: string, more = '', extra = {}): Example {
  return predictor(
    name,
    `{model: {modelFormat: {name: huggingface}, args: ["--model_name=${name}"${more}], storageUri: "hf://${repository}", resources: {limits: {cpu: "1", memory: 4Gi}, requests: {cpu: "1", memory: 4Gi}}}}`,
    {
      runtime: HUGGING_FACE,
      args: [`--model_name=${name}`, ...(more === '' ? [] : [more.replace(/^, "|"$/g, '')])],
      model: ModelSource.huggingFace(repository, { revision: REVISION }),
      memory: Size.gibibytes(4),
      ...extra,
    },
  );
}

const SKLEARN_MODEL = 'sklearn/1.0/model';
const CLASSIFIER = 'torchserve/image_classifier';

export const frameworks: readonly Example[] = [
  predictor('sklearn-iris', inBucket('sklearn', SKLEARN_MODEL), served(SKLEARN, SKLEARN_MODEL)),
  predictor(
    'sklearn-v2-iris',
    inBucket('sklearn', SKLEARN_MODEL, ', protocolVersion: v2, runtime: kserve-sklearnserver'),
    served(SKLEARN, SKLEARN_MODEL, V2),
  ),
  predictor(
    'sklearn-v2-iris-mlserver',
    inBucket('sklearn', 'sklearn/1.3/model', ', protocolVersion: v2, runtime: kserve-mlserver'),
    served(MLSERVER, 'sklearn/1.3/model'),
  ),
  predictor(
    'sklearn-mixedtype',
    inBucket('sklearn', 'sklearn/1.3/mixedtype'),
    served(SKLEARN, 'sklearn/1.3/mixedtype'),
  ),
  predictor('xgboost-iris', inBucket('xgboost', 'xgboost/iris'), served(XGBOOST, 'xgboost/iris')),
  predictor(
    'xgboost-v2-iris',
    inBucket('xgboost', 'xgboost/iris', ', protocolVersion: v2, runtime: kserve-xgbserver'),
    served(XGBOOST, 'xgboost/iris', V2),
  ),
  predictor(
    'xgboost-v2-iris-mlserver',
    inBucket('xgboost', 'xgboost/iris', ', protocolVersion: v2, runtime: kserve-mlserver'),
    served(MLSERVER, 'xgboost/iris', { format: ModelFormat.XGBOOST }),
  ),
  predictor(
    'lightgbm-iris',
    inBucket('lightgbm', 'lightgbm/iris'),
    served(LIGHTGBM, 'lightgbm/iris'),
  ),
  predictor(
    'lightgbm-v2-iris',
    inBucket('lightgbm', 'lightgbm/v2/iris', ', protocolVersion: v2, runtime: kserve-lgbserver'),
    served(LIGHTGBM, 'lightgbm/v2/iris', V2),
  ),
  predictor(
    'lightgbm-v2-iris-mlserver',
    inBucket('lightgbm', 'lightgbm/v2/iris', ', protocolVersion: v2, runtime: kserve-mlserver'),
    served(MLSERVER, 'lightgbm/v2/iris', { format: ModelFormat.LIGHTGBM }),
  ),
  predictor(
    'predictive-sklearn',
    inBucket('sklearn', SKLEARN_MODEL, ', runtime: kserve-predictiveserver'),
    served(PREDICTIVE, SKLEARN_MODEL),
  ),
  predictor('pmml-demo', inBucket('pmml', 'pmml'), served(PMML, 'pmml')),
  predictor(
    'paddle-resnet50',
    '{model: {modelFormat: {name: paddle}, storageUri: "https://zhouti-mcp-edge.cdn.bcebos.com/resnet50.tar.gz"}}',
    {
      runtime: PADDLE,
      model: ModelSource.http('https://zhouti-mcp-edge.cdn.bcebos.com/resnet50.tar.gz'),
    },
  ),
  predictor(
    'paddle-v2-resnet50',
    '{model: {modelFormat: {name: paddle}, protocolVersion: v2, runtime: kserve-paddleserver, storageUri: "https://zhouti-mcp-edge.cdn.bcebos.com/resnet50.tar.gz"}}',
    {
      runtime: PADDLE,
      ...V2,
      model: ModelSource.http('https://zhouti-mcp-edge.cdn.bcebos.com/resnet50.tar.gz'),
    },
  ),
  predictor(
    'autogluon-tabular',
    inBucket('autogluon', 'autogluon'),
    served(AUTOGLUON, 'autogluon'),
  ),
  predictor(
    'flower-sample',
    inBucket('tensorflow', 'tensorflow/flowers'),
    served(TENSORFLOW_SERVING, 'tensorflow/flowers'),
  ),
  predictor(
    'flower-gpu',
    '{model: {modelFormat: {name: tensorflow}, storageUri: "gs://kfserving-examples/models/tensorflow/flowers", runtimeVersion: "2.6.2-gpu", resources: {limits: {nvidia.com/gpu: "1"}}}}',
    served(TENSORFLOW_SERVING, 'tensorflow/flowers', {
      runtimeVersion: '2.6.2-gpu',
      accelerator: Accelerator.nvidia(1),
    }),
  ),
  predictor(
    'torchserve-mnist',
    inBucket('pytorch', `${CLASSIFIER}/v1`),
    served(TORCHSERVE, `${CLASSIFIER}/v1`),
  ),
  predictor(
    'torchserve-mnist-v2',
    inBucket('pytorch', `${CLASSIFIER}/v2`, ', protocolVersion: v2'),
    served(TORCHSERVE, `${CLASSIFIER}/v2`, V2),
  ),
  predictor(
    'torchserve-mnist-gpu',
    inBucket('pytorch', `${CLASSIFIER}/v1`, ', resources: {limits: {nvidia.com/gpu: "1"}}'),
    served(TORCHSERVE, `${CLASSIFIER}/v1`, { accelerator: Accelerator.nvidia(1) }),
  ),
  predictor(
    'torchserve-bert',
    inBucket('pytorch', 'torchserve/huggingface/v1'),
    served(TORCHSERVE, 'torchserve/huggingface/v1'),
  ),
  predictor(
    'torchserve-bert-v2',
    inBucket('pytorch', 'torchserve/huggingface/v2', ', protocolVersion: v2'),
    served(TORCHSERVE, 'torchserve/huggingface/v2', V2),
  ),
  predictor(
    'torchserve-pvc',
    '{model: {modelFormat: {name: pytorch}, storageUri: "pvc://model-pv-claim/mnist"}}',
    { runtime: TORCHSERVE, model: ModelSource.pvc('model-pv-claim', { path: 'mnist' }) },
  ),
  predictor(
    'torchscript-cifar10',
    '{model: {modelFormat: {name: triton}, storageUri: "gs://kfserving-examples/models/torchscript", runtimeVersion: "21.08-py3", env: [{name: OMP_NUM_THREADS, value: "1"}]}}',
    served(TRITON, 'torchscript', { runtimeVersion: '21.08-py3', env: { OMP_NUM_THREADS: '1' } }),
  ),
  predictor(
    'bert-v2-triton',
    inBucket('triton', 'triton/bert', ', runtimeVersion: "20.10-py3"'),
    served(TRITON, 'triton/bert', { runtimeVersion: '20.10-py3' }),
  ),
  predictor(
    'style-sample',
    inBucket('onnx', 'onnx'),
    served(TRITON, 'onnx', { format: ModelFormat.ONNX }),
  ),
  predictor(
    'style-sample-versioned',
    '{model: {modelFormat: {name: onnx, version: "1"}, storageUri: "gs://kfserving-examples/models/onnx"}}',
    served(TRITON, 'onnx', { format: { name: 'onnx', version: '1' } }),
  ),
  predictor(
    'mlflow-v2-wine-classifier',
    inBucket('mlflow', 'mlflow/wine', ', protocolVersion: v2'),
    served(MLSERVER, 'mlflow/wine', { format: ModelFormat.MLFLOW }),
  ),
  hub('bert', 'google-bert/bert-base-uncased'),
  hub('bert-yelp', 'textattack/bert-base-uncased-yelp-polarity'),
  hub('bert-ner', 'dslim/bert-base-NER'),
  hub('t5', 'google-t5/t5-small'),
  hub('bge', 'BAAI/bge-base-en', ', "--task=text_embedding"'),
  hub('bert-v2', 'google-bert/bert-base-uncased', ', "--return_probabilities"', V2),
  predictor(
    'huggingface-llama3',
    '{model: {modelFormat: {name: huggingface}, args: ["--model_name=llama3"], storageUri: "hf://meta-llama/meta-llama-3-8b-instruct", resources: {limits: {cpu: "6", memory: 24Gi, nvidia.com/gpu: "1"}, requests: {cpu: "6", memory: 24Gi, nvidia.com/gpu: "1"}}}}',
    {
      runtime: HUGGING_FACE,
      args: ['--model_name=llama3'],
      model: ModelSource.huggingFace('meta-llama/meta-llama-3-8b-instruct', { revision: REVISION }),
      cpu: Cpu.units(6),
      memory: Size.gibibytes(24),
      accelerator: Accelerator.nvidia(1),
    },
  ),
  predictor(
    'sklearn-pvc',
    '{model: {modelFormat: {name: sklearn}, storageUri: "pvc://task-pv-claim/model.joblib"}}',
    { runtime: SKLEARN, model: ModelSource.pvc('task-pv-claim', { path: 'model.joblib' }) },
  ),
  predictor(
    'mnist-s3',
    '{model: {modelFormat: {name: tensorflow}, storageUri: "s3://kserve-examples/mnist"}}',
    { runtime: TENSORFLOW_SERVING, model: ModelSource.s3('s3://kserve-examples/mnist') },
  ),
  predictor(
    'sklearn-azure',
    '{model: {modelFormat: {name: sklearn}, storageUri: "https://modelstoreaccount.blob.core.windows.net/model-store/model"}}',
    {
      runtime: SKLEARN,
      model: ModelSource.azureBlob(
        'https://modelstoreaccount.blob.core.windows.net/model-store/model',
      ),
    },
  ),
  predictor(
    'sklearn-oci',
    '{model: {modelFormat: {name: sklearn}, storageUri: "oci://docker.io/example/sklearn-iris-model:1.0"}}',
    { runtime: SKLEARN, model: ModelSource.ociImage('docker.io/example/sklearn-iris-model:1.0') },
  ),
  predictor(
    'sklearn-resources',
    '{model: {modelFormat: {name: sklearn}, storageUri: "gs://kfserving-examples/models/sklearn/1.0/model", resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: "1", memory: 1Gi}}}}',
    {
      runtime: SKLEARN,
      model: gcs(SKLEARN_MODEL),
      cpu: Cpu.millis(100),
      memory: Size.mebibytes(512),
      qualityOfService: QualityOfService.burstable({
        cpuLimit: Cpu.units(1),
        memoryLimit: Size.gibibytes(1),
      }),
    },
  ),
];
