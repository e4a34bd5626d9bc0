/* @see https://kserve.github.io/website/docs/model-serving/predictive-inference/ (0.20) */
import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Batching,
  Cpu,
  KServeRuntime,
  ModelSource,
  Protocol,
  QualityOfService,
  ScalingPolicy,
} from 'inference-constructs';
import { STANDARD, gcs, inBucket, served, type Example } from './example';

const { SKLEARN, TENSORFLOW_SERVING, TORCHSERVE } = KServeRuntime;

const FLOWERS =
  'model: {modelFormat: {name: tensorflow}, storageUri: "gs://kfserving-examples/models/tensorflow/flowers"}';
const FLOWERS_PREDICTOR = served(TENSORFLOW_SERVING, 'tensorflow/flowers');

const IRIS =
  'model: {modelFormat: {name: sklearn}, storageUri: "gs://kfserving-examples/models/sklearn/1.0/model"}';
const IRIS_PREDICTOR = served(SKLEARN, 'sklearn/1.0/model');

const MNIST =
  'model: {modelFormat: {name: pytorch}, storageUri: "gs://kfserving-examples/models/torchserve/image_classifier/v1"}';
const MNIST_PREDICTOR = served(TORCHSERVE, 'torchserve/image_classifier/v1');

const DUMPER = 'http://message-dumper.default/';
const BROKER = 'http://broker-ingress.knative-eventing.svc.cluster.local/default/default';

export const features: readonly Example[] = [
  // Rollout
  {
    name: 'sklearn-iris-canary',
    spec: 'predictor: {canaryTrafficPercent: 10, model: {modelFormat: {name: sklearn}, storageUri: "gs://kfserving-examples/models/sklearn/1.0/model-2"}}',
    props: {
      predictor: IRIS_PREDICTOR,
      canary: { percent: 10, model: gcs('sklearn/1.0/model-2') },
    },
  },
  {
    name: 'sklearn-iris-rollback',
    spec: 'predictor: {canaryTrafficPercent: 0, model: {modelFormat: {name: sklearn}, storageUri: "gs://kfserving-examples/models/sklearn/1.0/model-2"}}',
    props: { predictor: IRIS_PREDICTOR, canary: { percent: 0, model: gcs('sklearn/1.0/model-2') } },
  },
  {
    name: 'flower-sample-canary',
    spec: 'predictor: {canaryTrafficPercent: 20, model: {modelFormat: {name: tensorflow}, storageUri: "gs://kfserving-examples/models/tensorflow/flowers-2"}}',
    props: {
      predictor: FLOWERS_PREDICTOR,
      canary: { percent: 20, model: gcs('tensorflow/flowers-2') },
    },
  },
  {
    name: 'torchserve-canary',
    spec: 'predictor: {canaryTrafficPercent: 20, model: {modelFormat: {name: pytorch}, storageUri: "gs://kfserving-examples/models/torchserve/image_classifier/v2"}}',
    props: {
      predictor: MNIST_PREDICTOR,
      canary: { percent: 20, model: gcs('torchserve/image_classifier/v2') },
    },
  },
  // Autoscaling
  {
    name: 'flowers-concurrency',
    spec: `predictor: {scaleTarget: 1, scaleMetric: concurrency, ${FLOWERS}}`,
    props: {
      predictor: FLOWERS_PREDICTOR,
      scaling: { policy: ScalingPolicy.requestsInFlight(1) },
    },
  },
  {
    name: 'flowers-rps',
    spec: `predictor: {scaleTarget: 1, scaleMetric: rps, ${FLOWERS}}`,
    props: {
      predictor: FLOWERS_PREDICTOR,
      scaling: { policy: ScalingPolicy.requestsPerSecond(1) },
    },
  },
  {
    name: 'flowers-hard-limit',
    spec: `predictor: {containerConcurrency: 10, ${FLOWERS}}`,
    props: { predictor: FLOWERS_PREDICTOR, scaling: { concurrencyLimit: 10 } },
  },
  {
    name: 'flowers-to-zero',
    spec: `predictor: {minReplicas: 0, scaleTarget: 1, scaleMetric: concurrency, ${FLOWERS}}`,
    props: {
      predictor: FLOWERS_PREDICTOR,
      scaling: { minReplicas: 0, policy: ScalingPolicy.requestsInFlight(1) },
    },
  },
  {
    name: 'flowers-bounds',
    spec: `predictor: {minReplicas: 1, maxReplicas: 5, ${FLOWERS}}`,
    props: { predictor: FLOWERS_PREDICTOR, scaling: { minReplicas: 1, maxReplicas: 5 } },
  },
  {
    name: 'flowers-gpu-concurrency',
    spec: 'predictor: {scaleTarget: 1, scaleMetric: concurrency, model: {modelFormat: {name: tensorflow}, storageUri: "gs://kfserving-examples/models/tensorflow/flowers", runtimeVersion: "2.6.2-gpu", resources: {limits: {nvidia.com/gpu: "1"}}}}',
    props: {
      predictor: served(TENSORFLOW_SERVING, 'tensorflow/flowers', {
        runtimeVersion: '2.6.2-gpu',
        accelerator: Accelerator.nvidia(1),
      }),
      scaling: { policy: ScalingPolicy.requestsInFlight(1) },
    },
  },
  {
    name: 'torchserve-autoscaling',
    spec: `predictor: {minReplicas: 1, maxReplicas: 3, scaleTarget: 5, scaleMetric: concurrency, ${MNIST}}`,
    props: {
      predictor: MNIST_PREDICTOR,
      scaling: { minReplicas: 1, maxReplicas: 3, policy: ScalingPolicy.requestsInFlight(5) },
    },
  },
  {
    name: 'sklearn-iris-raw',
    spec: `predictor: {${IRIS}}`,
    props: { ...STANDARD, predictor: IRIS_PREDICTOR },
  },
  {
    name: 'sklearn-iris-raw-cpu',
    spec: `predictor: {scaleTarget: 80, scaleMetric: cpu, maxReplicas: 5, ${IRIS}}`,
    props: {
      ...STANDARD,
      predictor: IRIS_PREDICTOR,
      scaling: { maxReplicas: 5, policy: ScalingPolicy.cpuUtilization(80) },
    },
  },
  {
    name: 'sklearn-iris-raw-memory',
    spec: `predictor: {scaleTarget: 80, scaleMetric: memory, maxReplicas: 5, ${IRIS}}`,
    props: {
      ...STANDARD,
      predictor: IRIS_PREDICTOR,
      scaling: { maxReplicas: 5, policy: ScalingPolicy.memoryUtilization(80) },
    },
  },
  {
    name: 'sklearn-iris-timeout',
    spec: `predictor: {timeout: 30, ${IRIS}}`,
    props: { predictor: IRIS_PREDICTOR, timeout: Duration.seconds(30) },
  },
  // Batcher
  {
    name: 'torchserve-batcher',
    spec: `predictor: {minReplicas: 1, timeout: 60, batcher: {maxBatchSize: 32, maxLatency: 500}, ${MNIST}}`,
    props: {
      predictor: { ...MNIST_PREDICTOR, protocol: Protocol.TFS_REST },
      batching: Batching.of(32, Duration.millis(500)),
      timeout: Duration.seconds(60),
    },
  },
  {
    name: 'sklearn-iris-batcher',
    spec: `predictor: {batcher: {maxBatchSize: 16, maxLatency: 100}, ${IRIS}}`,
    props: { predictor: IRIS_PREDICTOR, batching: Batching.of(16, Duration.millis(100)) },
  },
  // Logger
  ...(['all', 'request', 'response'] as const).map((mode) => ({
    name: `sklearn-iris-log-${mode}`,
    spec: `predictor: {logger: {mode: ${mode}, url: "${DUMPER}"}, ${IRIS}}`,
    props: { predictor: IRIS_PREDICTOR, payloadLogging: { sink: DUMPER, mode } },
  })),
  {
    name: 'sklearn-iris-log-broker',
    spec: `predictor: {minReplicas: 1, logger: {mode: all, url: "${BROKER}"}, ${IRIS}}`,
    props: { predictor: IRIS_PREDICTOR, payloadLogging: { sink: BROKER } },
  },
  {
    name: 'sklearn-iris-log-metadata',
    spec: `predictor: {logger: {mode: all, url: "${DUMPER}", metadataHeaders: [Foo, Fizz], metadataAnnotations: [Foo]}, ${IRIS}}`,
    props: {
      predictor: IRIS_PREDICTOR,
      payloadLogging: { sink: DUMPER, headers: ['Foo', 'Fizz'], annotations: ['Foo'] },
    },
  },
  // Transformers
  {
    name: 'torch-transformer',
    spec: `{predictor: {${MNIST}}, transformer: {containers: [{name: kserve-container, image: "kserve/image-transformer:latest", command: [python, -m, model], args: ["--model_name=mnist"]}]}}`,
    props: {
      predictor: MNIST_PREDICTOR,
      transformer: {
        container: {
          image: 'kserve/image-transformer:v0.20.0',
          command: ['python', '-m', 'model'],
          args: ['--model_name=mnist'],
        },
      },
    },
  },
  {
    name: 'driver-transformer',
    spec: '{predictor: {model: {modelFormat: {name: sklearn}, storageUri: "gs://kfserving-examples/models/feast/driver"}}, transformer: {containers: [{name: kserve-container, image: "kserve/driver-transformer:latest", command: [python, -m, driver_transformer], args: ["--entity_id_name=driver_id", "--feast_serving_url=feature-server-service.default.svc.cluster.local:6566"]}]}}',
    props: {
      predictor: served(SKLEARN, 'feast/driver'),
      transformer: {
        container: {
          image: 'kserve/driver-transformer:v0.20.0',
          command: ['python', '-m', 'driver_transformer'],
          args: [
            '--entity_id_name=driver_id',
            '--feast_serving_url=feature-server-service.default.svc.cluster.local:6566',
          ],
        },
      },
    },
  },
  {
    name: 'transformer-resources',
    spec: `{predictor: {${IRIS}}, transformer: {minReplicas: 1, maxReplicas: 2, containers: [{name: kserve-container, image: "kserve/image-transformer:latest", env: [{name: LOG_LEVEL, value: INFO}], resources: {requests: {cpu: 100m, memory: 256Mi}, limits: {cpu: "1", memory: 1Gi}}}]}}`,
    props: {
      predictor: IRIS_PREDICTOR,
      transformer: {
        container: { image: 'kserve/image-transformer:v0.20.0', env: { LOG_LEVEL: 'INFO' } },
        cpu: Cpu.millis(100),
        memory: Size.mebibytes(256),
        qualityOfService: QualityOfService.burstable({
          cpuLimit: Cpu.units(1),
          memoryLimit: Size.gibibytes(1),
        }),
        scaling: { minReplicas: 1, maxReplicas: 2 },
      },
    },
  },
  // Explainers
  {
    name: 'artserver',
    spec: `{predictor: ${inBucket('sklearn', 'sklearn/mnist/art')}, explainer: {minReplicas: 1, art: {type: SquareAttack, config: {nb_classes: "10"}}}}`,
    props: {
      predictor: served(SKLEARN, 'sklearn/mnist/art'),
      explainer: { art: { type: 'SquareAttack', config: { nb_classes: '10' } } },
    },
  },
  {
    name: 'trustyai-explainer',
    spec: '{predictor: {model: {modelFormat: {name: sklearn}, protocolVersion: v2, runtime: kserve-mlserver, storageUri: "gs://kfserving-examples/models/income"}}, explainer: {containers: [{name: kserve-container, image: "quay.io/trustyai/trustyai-kserve-explainer:latest"}]}}',
    props: {
      predictor: served(KServeRuntime.MLSERVER, 'income'),
      explainer: { container: { image: 'quay.io/trustyai/trustyai-kserve-explainer:v0.1.0' } },
    },
  },
  {
    name: 'custom-explainer',
    spec: `{predictor: {${IRIS}}, explainer: {minReplicas: 1, containers: [{name: kserve-container, image: "kserve/alibi-explainer:latest", command: [python], args: [-m, alibiexplainer, "--predictor_host=sklearn-iris-predictor"]}]}}`,
    props: {
      predictor: IRIS_PREDICTOR,
      explainer: {
        container: {
          image: 'kserve/alibi-explainer:v0.12.1',
          command: ['python'],
          args: ['-m', 'alibiexplainer', '--predictor_host=sklearn-iris-predictor'],
        },
      },
    },
  },
  // Custom predictors
  {
    name: 'custom-model',
    spec: 'predictor: {containers: [{name: kserve-container, image: "example/custom-model:v1"}]}',
    props: { predictor: { container: { image: 'example/custom-model:v1' } } },
  },
  {
    name: 'custom-model-env',
    spec: 'predictor: {containers: [{name: kserve-container, image: "example/custom-model:v1", env: [{name: PROTOCOL, value: v2}], resources: {limits: {cpu: "2", memory: 4Gi}}}]}',
    props: {
      predictor: {
        container: { image: 'example/custom-model:v1', env: { PROTOCOL: 'v2' } },
        cpu: Cpu.units(2),
        memory: Size.gibibytes(4),
      },
    },
  },
  {
    name: 'custom-model-grpc',
    spec: 'predictor: {containers: [{name: kserve-container, image: "example/custom-model-grpc:v1", ports: [{name: h2c, protocol: TCP, containerPort: 8081}]}]}',
    props: {
      predictor: {
        container: { image: 'example/custom-model-grpc:v1', port: 8081 },
        protocol: Protocol.KSERVE_V2_GRPC,
      },
    },
  },
  {
    name: 'custom-model-args',
    spec: 'predictor: {containers: [{name: kserve-container, image: "example/custom-model:v1", args: ["--model_name=custom-model", "--workers=2"]}]}',
    props: {
      predictor: {
        container: {
          image: 'example/custom-model:v1',
          args: ['--model_name=custom-model', '--workers=2'],
        },
      },
    },
  },
  // Accounts
  {
    name: 'mnist-s3-account',
    spec: 'predictor: {serviceAccountName: sa, model: {modelFormat: {name: tensorflow}, storageUri: "s3://kserve-examples/mnist"}}',
    props: {
      predictor: {
        runtime: TENSORFLOW_SERVING,
        model: ModelSource.s3('s3://kserve-examples/mnist'),
      },
      serviceAccountName: 'sa',
    },
  },
];
