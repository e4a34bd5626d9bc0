/*
 * NVIDIA Triton Inference Server. It opens its ports after the models are loaded, and on SIGTERM finishes
 * what it accepted within --exit-timeout-secs.
 * @see https://github.com/triton-inference-server/server/blob/r26.07/src/command_line_parser.cc (2.71.0)
 */
import {
  Protocol,
  TLS_ROOT,
  type EngineDefinition,
  type EngineInput,
  type EngineModel,
} from '../engine-definition';
import type { Ensemble, EnsembleTensor } from '../ensemble';
import { ModelFormat } from '../model';
import { httpGet, probes } from './probes';

const HTTP_PORT = 8000;
const GRPC_PORT = 8001;
const METRICS_PORT = 8002;

const IMAGE = 'nvcr.io/nvidia/tritonserver:26.07-py3';

/** Backends by format, as `config.pbtxt` names them. */
const BACKENDS: Partial<Record<ModelFormat, string>> = {
  [ModelFormat.ONNX]: 'onnxruntime',
  [ModelFormat.TENSORRT]: 'tensorrt',
  [ModelFormat.TORCHSCRIPT]: 'pytorch',
  [ModelFormat.OPENVINO_IR]: 'openvino',
  [ModelFormat.PYTHON]: 'python',
};

export const triton: EngineDefinition = {
  id: 'triton',
  title: 'Triton Inference Server',
  images: { cpu: IMAGE, nvidia: IMAGE },
  architectures: ['amd64', 'arm64'],
  // The image is made for its user triton-server (1000); others have trouble with its Python backend.
  user: { uid: 1000, gid: 1000 },
  readOnlyRootFilesystem: true,
  sharedMemoryMib: 1024,
  ports: { http: HTTP_PORT, grpc: GRPC_PORT },
  metrics: { port: METRICS_PORT, path: '/metrics' },
  load: {
    // Microseconds of requests a second: by Little's law, a million times the requests that are open on average.
    inFlight: (pods) => `sum(rate(nv_inference_request_duration_us{${pods}}[1m])) / 1e6`,
    queued: (pods) => `sum(nv_inference_pending_request_count{${pods}})`,
    succeeded: (pods, window) => `sum(rate(nv_inference_request_success{${pods}}[${window}]))`,
    failed: (pods, window) => `sum(rate(nv_inference_request_failure{${pods}}[${window}]))`,
  },
  protocols: [Protocol.KSERVE_V2_GRPC, Protocol.KSERVE_V2_REST],
  formats: [
    ModelFormat.ONNX,
    ModelFormat.TENSORRT,
    ModelFormat.TORCHSCRIPT,
    ModelFormat.OPENVINO_IR,
    ModelFormat.PYTHON,
  ],
  maxModels: Infinity,
  versions: true,
  hub: false,
  batching: true,
  modelSettingsFile: 'config.pbtxt',
  ensembles: true,
  grpcHealth: true,
  limitsRequests: false,
  tls: {},
  drain: { onSigterm: true, seconds: 45, atLeastSeconds: 6 },
  threads: (cpus) => Math.ceil(cpus),
  render: (input) => ({
    args: [
      'tritonserver',
      `--model-repository=${input.repository}`,
      `--http-port=${HTTP_PORT}`,
      `--grpc-port=${GRPC_PORT}`,
      `--metrics-port=${METRICS_PORT}`,
      '--model-control-mode=none',
      '--strict-readiness=true',
      '--exit-on-error=true',
      // Unloading the models takes a moment more than the last request.
      `--exit-timeout-secs=${input.drainSeconds - Math.min(5, Math.ceil(input.drainSeconds / 3))}`,
      // Without these, Triton sizes its pools by the cores of the node.
      `--model-load-thread-count=${input.threads}`,
      `--http-thread-count=${Math.max(2, input.threads)}`,
      '--log-format=ISO8601',
      ...(input.tls
        ? [
            '--grpc-use-ssl=true',
            `--grpc-server-cert=${TLS_ROOT}/tls.crt`,
            `--grpc-server-key=${TLS_ROOT}/tls.key`,
          ]
        : []),
    ],
    env: { OMP_NUM_THREADS: String(input.threads) },
    modelSettings: modelSettings(input),
  }),
  probes: () => probes(httpGet('/v2/health/ready', 'http'), httpGet('/v2/health/live', 'http')),
};

/**
 * `config.pbtxt` of each ensemble, and of each model when something is set by it; its inputs and outputs are
 * completed by Triton from the model itself.
 */
function modelSettings({ models, ensembles, ...input }: EngineInput): Record<string, string> {
  return Object.fromEntries([
    ...(input.batching ? models.map((model) => [model.name, config(model, input)]) : []),
    ...ensembles.map((ensemble) => [ensemble.name, ensembleConfig(ensemble)]),
  ]) as Record<string, string>;
}

function config(
  { name, format, serveVersions }: EngineModel,
  input: Omit<EngineInput, 'models' | 'ensembles'>,
): string {
  const { batching, accelerators } = input;
  const lines = [
    `name: "${name}"`,
    `backend: "${BACKENDS[format] ?? ''}"`,
    ...(serveVersions
      ? [`version_policy { specific { versions: [${serveVersions.join(', ')}] } }`]
      : []),
    `instance_group [ { kind: ${accelerators > 0 ? 'KIND_GPU' : 'KIND_CPU'}, count: 1 } ]`,
    ...(batching
      ? [
          `max_batch_size: ${batching.maxBatchSize}`,
          `dynamic_batching { max_queue_delay_microseconds: ${Math.round(batching.maxDelayMillis * 1000)} }`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function ensembleConfig({ name, options }: Ensemble): string {
  const { inputs, outputs, steps, maxBatchSize = 0 } = options;
  const lines = [
    `name: "${name}"`,
    'platform: "ensemble"',
    `max_batch_size: ${maxBatchSize}`,
    ...inputs.map((tensor) => `input [ ${tensorText(tensor)} ]`),
    ...outputs.map((tensor) => `output [ ${tensorText(tensor)} ]`),
    'ensemble_scheduling {',
    ...steps.flatMap(({ model, inputs: from, outputs: to }) => [
      `  step [ { model_name: "${model}", model_version: -1`,
      ...Object.entries(from).map(
        ([key, value]) => `    input_map { key: "${key}", value: "${value}" }`,
      ),
      ...Object.entries(to).map(
        ([key, value]) => `    output_map { key: "${key}", value: "${value}" }`,
      ),
      '  } ]',
    ]),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function tensorText({ name, type, shape }: EnsembleTensor): string {
  return `{ name: "${name}", data_type: TYPE_${type}, dims: [${shape.join(', ')}] }`;
}
