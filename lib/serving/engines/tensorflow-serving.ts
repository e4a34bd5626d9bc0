/*
 * TensorFlow Serving. It has no handler for SIGTERM: it ends at once when the signal arrives as an ordinary
 * process, and ignores it as process 1. Draining is therefore the time before the signal (the preStop
 * sleep), in which it goes on serving.
 * @see https://github.com/tensorflow/serving/blob/2.20.0/tensorflow_serving/model_servers/main.cc
 */
import {
  CONFIG_ROOT,
  Protocol,
  TLS_PREPARED_ROOT,
  TLS_ROOT,
  type EngineDefinition,
  type EngineInput,
} from '../engine-definition';
import { ModelFormat } from '../model';
import type { Batching } from '../batching';
import { httpGet, probes } from './probes';

const GRPC_PORT = 8500;
const HTTP_PORT = 8501;

/** Its configuration of TLS holds the texts of key and certificate, not their paths. */
const TLS_SCRIPT = `set -eu
umask 077
text() { awk '{printf "%s\\\\n", $0}' "$1"; }
printf 'server_key: "%s"\\nserver_cert: "%s"\\nclient_verify: false\\n' \\
  "$(text ${TLS_ROOT}/tls.key)" "$(text ${TLS_ROOT}/tls.crt)" > ${TLS_PREPARED_ROOT}/ssl.config
`;

const MONITORING = 'prometheus_config { enable: true, path: "/monitoring/prometheus/metrics" }\n';

export const tensorFlowServing: EngineDefinition = {
  id: 'tensorflow-serving',
  title: 'TensorFlow Serving',
  images: { cpu: 'tensorflow/serving:2.20.0', nvidia: 'tensorflow/serving:2.20.0-gpu' },
  architectures: ['amd64'],
  user: { uid: 10001, gid: 10001 },
  readOnlyRootFilesystem: true,
  ports: { grpc: GRPC_PORT, http: HTTP_PORT },
  metrics: { port: HTTP_PORT, path: '/monitoring/prometheus/metrics' },
  load: {
    // Microseconds of requests a second: by Little's law, a million times the requests that are open on average.
    inFlight: (pods) => `sum(rate(:tensorflow:serving:request_latency_sum{${pods}}[1m])) / 1e6`,
    succeeded: (pods, window) =>
      `sum(rate(:tensorflow:serving:request_count{${pods},status="OK"}[${window}]))`,
    failed: (pods, window) =>
      `sum(rate(:tensorflow:serving:request_count{${pods},status!="OK"}[${window}]))`,
  },
  protocols: [Protocol.TFS_GRPC, Protocol.TFS_REST],
  formats: [ModelFormat.SAVED_MODEL],
  maxModels: Infinity,
  versions: true,
  hub: false,
  batching: true,
  limitsRequests: true,
  grpcHealth: true,
  tls: { prepare: TLS_SCRIPT },
  drain: { onSigterm: false, seconds: 5, atLeastSeconds: 1 },
  threads: (cpus) => Math.ceil(cpus),
  render: (input) => ({
    // The image's entry point is a shell that would keep the signal to itself.
    command: ['/usr/bin/tensorflow_model_server'],
    args: [
      `--port=${GRPC_PORT}`,
      `--rest_api_port=${HTTP_PORT}`,
      `--model_config_file=${CONFIG_ROOT}/models.config`,
      `--monitoring_config_file=${CONFIG_ROOT}/monitoring.config`,
      '--enable_grpc_healthcheck_service=true',
      '--enable_profiler=false',
      // Models never change under a running server: a new version is a new rollout.
      '--file_system_poll_wait_seconds=0',
      `--tensorflow_intra_op_parallelism=${input.threads}`,
      // One of the two alone would leave the other to the cores of the node.
      '--tensorflow_inter_op_parallelism=1',
      `--grpc_max_threads=${Math.max(4, 4 * input.cpus)}`,
      `--rest_api_num_threads=${Math.max(4, 4 * input.cpus)}`,
      ...(input.maxRequestBytes === undefined
        ? []
        : [`--grpc_channel_arguments=grpc.max_receive_message_length=${input.maxRequestBytes}`]),
      ...(input.tls ? [`--ssl_config_file=${TLS_PREPARED_ROOT}/ssl.config`] : []),
      ...(input.batching
        ? ['--enable_batching=true', `--batching_parameters_file=${CONFIG_ROOT}/batching.config`]
        : []),
    ],
    env: { TF_CPP_MIN_LOG_LEVEL: '1' },
    files: {
      'models.config': modelConfig(input),
      'monitoring.config': MONITORING,
      ...(input.batching && { 'batching.config': batchingConfig(input.batching, input.threads) }),
    },
  }),
  probes: ({ models, tls }) => {
    const [first, ...others] = models;
    // Kubelets' gRPC probes know no TLS; REST opens after gRPC, which opens once all models are loaded.
    const health = tls
      ? httpGet(`/v1/models/${first?.name ?? ''}`, 'http')
      : { grpc: { port: GRPC_PORT, service: '' } };
    // Without SIGTERM handling the port goes with the process: an open port means alive.
    const alive = { tcpSocket: { port: 'grpc' } };
    // The path names one model; for several, the health service answers once all are loaded.
    return probes(
      others.length === 0 && first ? httpGet(`/v1/models/${first.name}`, 'http') : health,
      alive,
    );
  },
};

/** Text form of `tensorflow.serving.ModelServerConfig`. */
function modelConfig({ models }: EngineInput): string {
  const entries = models.map(({ name, location, serveVersions }) => {
    const versions = serveVersions?.map((version) => `versions: ${version}`).join(' ');
    const policy =
      versions === undefined ? '' : `\n    model_version_policy { specific { ${versions} } }`;
    return `  config {\n    name: "${name}"\n    base_path: "${location}"\n    model_platform: "tensorflow"${policy}\n  }\n`;
  });
  return `model_config_list {\n${entries.join('')}}\n`;
}

/** Text form of `tensorflow.serving.BatchingParameters`. */
function batchingConfig({ maxBatchSize, maxDelayMillis }: Batching, threads: number): string {
  return (
    `max_batch_size { value: ${maxBatchSize} }\n` +
    `batch_timeout_micros { value: ${Math.round(maxDelayMillis * 1000)} }\n` +
    `num_batch_threads { value: ${threads} }\n` +
    // Beyond one waiting batch a thread, clients are better told than kept waiting.
    `max_enqueued_batches { value: ${threads} }\n`
  );
}
