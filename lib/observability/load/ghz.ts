import type { LoadClient, LoadRun } from './load-client';
import type { LoadPhase } from './load-pattern';

/** Requests of an open loop that may wait for their answers at a time. */
const MOST_OPEN = 1000;

/** Connections of an open loop. */
const MOST_CONNECTIONS = 50;

/**
 * ghz, for gRPC; for random arrivals with a pacer of our own (`load-client/`).
 * @see https://ghz.sh/docs/options (0.93 and later)
 */
export const ghz: LoadClient = {
  name: 'ghz',
  refusal: () => undefined,
  files: ({ call }) => ({
    'call.proto': call.proto ?? '',
    'message.json': JSON.stringify(call.message),
  }),
  starts: (run) => [
    {
      program: run.phase.kind === 'poisson' ? 'ghz-poisson' : 'ghz',
      args: [
        `--proto=${run.folder}/call.proto`,
        `--call=${run.call.target}`,
        `--data-file=${run.folder}/message.json`,
        `--timeout=${run.timeoutSeconds}s`,
        ...security(run),
        ...pace(run.phase),
        // Ours writes nothing else.
        ...(run.phase.kind === 'poisson' ? [] : ['--format=json']),
        `--output=${run.output}.json`,
        `${run.host}:${run.port}`,
      ],
    },
  ],
  filter: `{requests: .count, seconds: (.total / 1e9), codes: (.statusCodeDistribution // {}),
    latencies: (.latencyDistribution // [] | map({(.percentage | tostring): .latency}) | add // {})}`,
};

function security({ encrypted, tls }: LoadRun): readonly string[] {
  if (!encrypted) return ['--insecure'];
  if (tls === undefined) return [];
  return [`--cacert=${tls.authority}`, `--cert=${tls.certificate}`, `--key=${tls.key}`];
}

function pace(phase: LoadPhase): readonly string[] {
  switch (phase.kind) {
    case 'closed':
      return [
        `--concurrency=${phase.workers}`,
        `--connections=${phase.workers}`,
        `--total=${phase.workers * phase.requests}`,
      ];
    case 'rate':
      return [
        '--async',
        `--rps=${phase.perSecond}`,
        `--total=${Math.round(phase.perSecond * phase.seconds)}`,
        ...open(phase.perSecond),
      ];
    case 'poisson':
      return [`--rps=${phase.perSecond}`, `--duration=${phase.seconds}s`, ...open(phase.perSecond)];
    case 'ramp':
      return [
        '--async',
        '--load-schedule=line',
        `--load-start=${phase.from}`,
        `--load-step=${phase.step}`,
        `--load-end=${phase.to}`,
        `--total=${Math.round(((phase.from + phase.to) / 2) * phase.seconds)}`,
        ...open(Math.max(phase.from, phase.to)),
      ];
  }
}

function open(perSecond: number): readonly string[] {
  const workers = Math.min(perSecond, MOST_OPEN);
  return [`--concurrency=${workers}`, `--connections=${Math.min(workers, MOST_CONNECTIONS)}`];
}
