/*
 * OpenVINO Model Server. It opens its ports before the models are loaded and says so on its ready path; it
 * has no gRPC health service. From 2026.3 on it speaks KServe v2 and no longer TensorFlow Serving's protocol.
 * @see https://github.com/openvinotoolkit/model_server/blob/releases/2026/4/docs/parameters.md (2026.4.1)
 */
import {
  CONFIG_ROOT,
  Protocol,
  type EngineDefinition,
  type EngineInput,
} from '../engine-definition';
import { ModelFormat } from '../model';
import { httpGet, probes } from './probes';

const GRPC_PORT = 9000;
const HTTP_PORT = 8000;

export const openVino: EngineDefinition = {
  id: 'openvino-model-server',
  title: 'OpenVINO Model Server',
  images: { cpu: 'openvino/model_server:2026.4.1' },
  architectures: ['amd64'],
  user: { uid: 10001, gid: 10001 },
  readOnlyRootFilesystem: true,
  ports: { grpc: GRPC_PORT, http: HTTP_PORT },
  metrics: { port: HTTP_PORT, path: '/metrics' },
  load: {
    inFlight: (pods) => `sum(ovms_current_requests{${pods}})`,
    succeeded: (pods, window) => `sum(rate(ovms_requests_success{${pods}}[${window}]))`,
    failed: (pods, window) => `sum(rate(ovms_requests_fail{${pods}}[${window}]))`,
  },
  protocols: [Protocol.KSERVE_V2_GRPC, Protocol.KSERVE_V2_REST],
  formats: [ModelFormat.OPENVINO_IR, ModelFormat.ONNX, ModelFormat.SAVED_MODEL],
  maxModels: Infinity,
  versions: true,
  hub: false,
  batching: false,
  limitsRequests: true,
  // Requests that are open at SIGTERM get 5 s, then HTTP and the models go: longer ones must end before.
  drain: { onSigterm: false, seconds: 15, atLeastSeconds: 6 },
  // Physical cores: two hyper-threads of one core share the units that inference keeps busy.
  threads: (cpus, threadsPerCore) => Math.max(1, Math.floor(cpus / threadsPerCore)),
  render: (input) => ({
    args: [
      `--config_path=${CONFIG_ROOT}/config.json`,
      `--port=${GRPC_PORT}`,
      `--rest_port=${HTTP_PORT}`,
      '--file_system_poll_wait_seconds=0',
      '--grpc_workers=1',
      '--log_level=INFO',
      ...(input.maxRequestBytes === undefined
        ? []
        : [`--grpc_channel_arguments=grpc.max_receive_message_length=${input.maxRequestBytes}`]),
    ],
    env: { OMP_NUM_THREADS: String(input.threads) },
    files: { 'config.json': config(input) },
  }),
  probes: () => probes(httpGet('/v2/health/ready', 'http'), httpGet('/v2/health/live', 'http')),
};

function config({ models, threads }: EngineInput): string {
  const list = models.map(({ name, location, serveVersions }) => ({
    config: {
      name,
      base_path: location,
      // The default became "detect" in 2026.3: say what is meant.
      target_device: 'CPU',
      plugin_config: { PERFORMANCE_HINT: 'LATENCY', INFERENCE_NUM_THREADS: threads },
      ...(serveVersions && { model_version_policy: { specific: { versions: serveVersions } } }),
    },
  }));
  return `${JSON.stringify({ model_config_list: list, monitoring: { metrics: { enable: true } } }, undefined, 2)}\n`;
}
