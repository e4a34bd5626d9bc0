/*
 * Hugging Face Text Embeddings Inference: one embedding or re-ranking model over HTTP. It batches by tokens
 * on its own.
 * @see https://huggingface.co/docs/text-embeddings-inference/cli_arguments (1.9)
 */
import { HUB_CACHE, Protocol, type EngineDefinition } from '../engine-definition';
import { ModelFormat } from '../model';
import { httpGet, probes } from './probes';

/** The image's default is 80, which an ordinary user may not open. */
const PORT = 8080;

export const textEmbeddingsInference: EngineDefinition = {
  id: 'text-embeddings-inference',
  title: 'Text Embeddings Inference',
  images: { cpu: 'ghcr.io/huggingface/text-embeddings-inference:cpu-1.9.4' },
  architectures: ['amd64'],
  user: { uid: 10001, gid: 10001 },
  readOnlyRootFilesystem: true,
  ports: { http: PORT },
  metrics: { port: PORT, path: '/metrics' },
  load: {
    queued: (pods) => `sum(te_queue_size{${pods}})`,
    succeeded: (pods, window) => `sum(rate(te_request_count{${pods}}[${window}]))`,
  },
  protocols: [Protocol.EMBEDDINGS],
  formats: [ModelFormat.HUGGING_FACE],
  maxModels: 1,
  versions: false,
  hub: true,
  batching: false,
  limitsRequests: false,
  drain: { onSigterm: true, seconds: 30, atLeastSeconds: 6 },
  threads: (cpus) => Math.ceil(cpus),
  render: ({ models: [model], threads }) => ({
    args: [
      `--model-id=${model?.location ?? ''}`,
      ...(model?.hubRevision === undefined ? [] : [`--revision=${model.hubRevision}`]),
      `--port=${PORT}`,
      `--tokenization-workers=${threads}`,
    ],
    env: { HF_HOME: HUB_CACHE, HUGGINGFACE_HUB_CACHE: HUB_CACHE, OMP_NUM_THREADS: String(threads) },
  }),
  probes: () => {
    const { startup, readiness, liveness } = probes(
      httpGet('/health', 'http'),
      httpGet('/health', 'http'),
    );
    // One path for all: alive is what answers at all, ready what answers in time.
    return {
      startup,
      readiness: { ...readiness, timeoutSeconds: 2 },
      liveness: { ...liveness, failureThreshold: 6 },
    };
  },
};
