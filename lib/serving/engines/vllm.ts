/*
 * vLLM. Its port opens once the engine is up; on SIGTERM it drops what it is generating unless told to wait
 * by --shutdown-timeout, and it must receive the signal itself.
 * @see https://docs.vllm.ai/en/v0.28.0/cli/serve.html
 */
import { HUB_CACHE, Protocol, type EngineDefinition } from '../engine-definition';
import { ModelFormat } from '../model';
import { httpGet, probes } from './probes';

const PORT = 8000;

/** The image's own user: PyTorch looks its name up, and only this one has an entry. */
const USER = { uid: 2000, gid: 2000 };

export const vllm: EngineDefinition = {
  id: 'vllm',
  title: 'vLLM',
  images: { nvidia: 'vllm/vllm-openai:v0.28.0' },
  architectures: ['amd64', 'arm64'],
  user: USER,
  // The container toolkit's hook writes library links into the root of GPU containers.
  readOnlyRootFilesystem: false,
  // Compiled kernels, and what libraries keep under HOME.
  scratch: [{ path: '/mnt/home', mebibytes: 8192 }],
  sharedMemoryMib: 2048,
  ports: { http: PORT },
  metrics: { port: PORT, path: '/metrics' },
  load: {
    inFlight: (pods) =>
      `sum(vllm:num_requests_running{${pods}}) + sum(vllm:num_requests_waiting{${pods}})`,
    queued: (pods) => `sum(vllm:num_requests_waiting{${pods}})`,
    succeeded: (pods, window) => `sum(rate(vllm:request_success_total{${pods}}[${window}]))`,
    latency: {
      metric: 'vllm:e2e_request_latency_seconds',
      perSecond: 1,
      bounds: [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60],
    },
  },
  protocols: [Protocol.OPENAI],
  formats: [ModelFormat.HUGGING_FACE],
  maxModels: 1,
  versions: false,
  hub: true,
  batching: true,
  limitsRequests: false,
  drain: { onSigterm: true, seconds: 45, atLeastSeconds: 6 },
  threads: (cpus) => Math.max(1, Math.ceil(cpus) - 1),
  render: ({ models: [model], threads, accelerators, batching, drainSeconds }) => ({
    command: ['vllm', 'serve'],
    args: [
      model?.location ?? '',
      ...(model?.hubRevision === undefined ? [] : [`--revision=${model.hubRevision}`]),
      `--served-model-name=${model?.name ?? ''}`,
      '--host=0.0.0.0',
      `--port=${PORT}`,
      ...(accelerators > 1 ? [`--tensor-parallel-size=${accelerators}`] : []),
      ...(batching ? [`--max-num-seqs=${batching.maxBatchSize}`] : []),
      `--shutdown-timeout=${Math.max(1, drainSeconds - 2)}`,
      '--disable-access-log-for-endpoints=/health,/metrics',
    ],
    env: {
      HOME: '/mnt/home',
      HF_HOME: HUB_CACHE,
      // What is mounted is complete: nothing may be fetched behind our back.
      ...(model?.hubRevision === undefined && { HF_HUB_OFFLINE: '1' }),
      OMP_NUM_THREADS: String(threads),
      VLLM_NO_USAGE_STATS: '1',
    },
  }),
  probes: () => {
    const { startup, readiness, liveness } = probes(
      httpGet('/v1/models', 'http'),
      httpGet('/health', 'http'),
    );
    // A full batch may keep the loop busy: only a server that stays silent for long is stuck.
    return { startup, readiness, liveness: { ...liveness, failureThreshold: 10 } };
  },
};
