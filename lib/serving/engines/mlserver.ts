/*
 * Seldon MLServer. On SIGTERM it closes its pool of workers before its listeners, so that requests must have
 * stopped by then; its ready path answers even when it serves no model, hence the models' own.
 * @see https://github.com/SeldonIO/MLServer/blob/1.7.1/mlserver/settings.py
 */
import {
  Protocol,
  type EngineDefinition,
  type EngineInput,
  type EngineModel,
} from '../engine-definition';
import { ModelFormat } from '../model';
import { httpGet, probes } from './probes';

const HTTP_PORT = 8080;
const GRPC_PORT = 8081;
const METRICS_PORT = 8082;

/** 64 MiB, as the ingress allows; the default is 4 MB. */
const GRPC_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Python classes by format. */
const IMPLEMENTATIONS: Partial<Record<ModelFormat, string>> = {
  [ModelFormat.SCIKIT_LEARN]: 'mlserver_sklearn.SKLearnModel',
  [ModelFormat.XGBOOST]: 'mlserver_xgboost.XGBoostModel',
  [ModelFormat.LIGHTGBM]: 'mlserver_lightgbm.LightGBMModel',
  [ModelFormat.MLFLOW]: 'mlserver_mlflow.MLflowRuntime',
};

export const mlServer: EngineDefinition = {
  id: 'mlserver',
  title: 'MLServer',
  images: { cpu: 'docker.io/seldonio/mlserver:1.7.1' },
  architectures: ['amd64'],
  // The image keeps its Python packages in the home of its user, where only that user looks for them.
  user: { uid: 1000, gid: 1000 },
  readOnlyRootFilesystem: true,
  scratch: [{ path: '/mnt/mlserver', mebibytes: 1024 }],
  ports: { http: HTTP_PORT, grpc: GRPC_PORT },
  metrics: { port: METRICS_PORT, path: '/metrics' },
  load: {
    // Seconds of requests a second: by Little's law, the requests that are open on average.
    inFlight: (pods) => `sum(rate(model_infer_request_duration_sum{${pods}}[1m]))`,
    succeeded: (pods, window) => `sum(rate(model_infer_request_success_total{${pods}}[${window}]))`,
    failed: (pods, window) => `sum(rate(model_infer_request_failure_total{${pods}}[${window}]))`,
  },
  protocols: [Protocol.KSERVE_V2_GRPC, Protocol.KSERVE_V2_REST],
  formats: [
    ModelFormat.SCIKIT_LEARN,
    ModelFormat.XGBOOST,
    ModelFormat.LIGHTGBM,
    ModelFormat.MLFLOW,
  ],
  maxModels: Infinity,
  versions: false,
  hub: false,
  batching: true,
  modelSettingsFile: 'model-settings.json',
  settingsApart: true,
  limitsRequests: true,
  // It closes its workers first, and then waits 5 s for answers that nobody computes any more: requests must
  // end before the signal.
  drain: { onSigterm: false, seconds: 15, atLeastSeconds: 6 },
  // Processes, one a core: Python computes one request at a time.
  threads: (cpus) => Math.ceil(cpus),
  render: (input) => ({
    command: ['mlserver', 'start', input.repository],
    args: [],
    env: {
      HOME: '/opt/mlserver',
      MLSERVER_HTTP_PORT: String(HTTP_PORT),
      MLSERVER_GRPC_PORT: String(GRPC_PORT),
      MLSERVER_METRICS_PORT: String(METRICS_PORT),
      MLSERVER_PARALLEL_WORKERS: String(input.threads),
      MLSERVER_GRPC_MAX_MESSAGE_LENGTH: String(input.maxRequestBytes ?? GRPC_MAX_MESSAGE_BYTES),
      MLSERVER_ENVIRONMENTS_DIR: '/mnt/mlserver/environments',
      MLSERVER_METRICS_DIR: '/mnt/mlserver/metrics',
      OMP_NUM_THREADS: '1',
    },
    modelSettings: Object.fromEntries(
      input.models.map((model) => [model.name, settings(model, input)]),
    ),
  }),
  probes: ({ models: [first, ...others] }) => {
    const ready =
      others.length === 0 && first ? `/v2/models/${first.name}/ready` : '/v2/health/ready';
    return probes(httpGet(ready, 'http'), httpGet('/v2/health/live', 'http'));
  },
};

function settings({ name, location, format }: EngineModel, { batching }: EngineInput): string {
  const json = {
    name,
    implementation: IMPLEMENTATIONS[format],
    parameters: { uri: location },
    ...(batching && {
      max_batch_size: batching.maxBatchSize,
      max_batch_time: batching.maxDelayMillis / 1000,
    }),
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
