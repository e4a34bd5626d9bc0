/*
 * ghz: the command line of a phase, and what its results come to.
 * @see https://ghz.sh/docs/options (0.93 and later)
 */
import type { InferenceCall } from './inference-call';
import type { LoadPhase } from './load-pattern';

/** Requests of an open loop that may wait for their answers at a time. */
const MOST_OPEN = 1000;

/** What a phase is run with. */
export interface GhzRun {
  readonly call: InferenceCall;
  readonly phase: LoadPhase;
  /** Host and port. */
  readonly address: string;
  /** Folders with the call, and of the certificates where it is encrypted. */
  readonly files: { readonly call: string; readonly tls: string | undefined };
  /** Whether the client shows a certificate, and whether the authority of the server is its Secret's. */
  readonly clientCertificate: boolean;
  readonly ownAuthority: boolean;
  readonly timeoutSeconds: number;
  /** File for the results. */
  readonly output: string;
}

/** Arguments of a run. */
export function ghzArguments(run: GhzRun): readonly string[] {
  const { call, files, timeoutSeconds, output, address } = run;
  return [
    `--proto=${files.call}/call.proto`,
    `--call=${call.method}`,
    `--data-file=${files.call}/message.json`,
    `--timeout=${timeoutSeconds}s`,
    ...security(run),
    ...pace(run.phase),
    '--format=json',
    `--output=${output}`,
    address,
  ];
}

function security({ files: { tls }, clientCertificate, ownAuthority }: GhzRun): readonly string[] {
  if (tls === undefined) return ['--insecure'];
  return [
    ...(ownAuthority ? [`--cacert=${tls}/ca.crt`] : []),
    ...(clientCertificate ? [`--cert=${tls}/tls.crt`, `--key=${tls}/tls.key`] : []),
  ];
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
  return [`--concurrency=${workers}`, `--connections=${Math.max(1, Math.min(workers, 50))}`];
}

/** A phase in a few words. */
export function phaseText(phase: LoadPhase): string {
  switch (phase.kind) {
    case 'closed':
      return `${phase.workers} workers x ${phase.requests} requests`;
    case 'rate':
      return `${phase.perSecond} a second for ${phase.seconds} s`;
    case 'ramp':
      return `${phase.from} to ${phase.to} a second in ${phase.seconds} s`;
  }
}

/**
 * A program of jq that reads results as a stream, as they tell of every call, and writes a line for people and one of
 * JSON.
 */
export function summaryProgram(phases: readonly LoadPhase[]): string {
  return `${JSON.stringify(phases.map(phaseText))} as $names
| reduce (inputs | select(length == 2 and .[0][0] != "details") | {file: input_filename, path: .[0], value: .[1]}) as $one
    ({}; setpath([$one.file] + $one.path; $one.value))
| to_entries | sort_by(.key) | to_entries
| map(.key as $index | .value.value
    | (.latencyDistribution // []) as $latencies
    | def milliseconds($share): ($latencies | map(select(.percentage == $share)) | .[0].latency // null
        | if . == null then null else . / 1e6 end);
    {phase: $names[$index], requests: .count, seconds: (.total / 1e9), perSecond: .rps,
     milliseconds: {p50: milliseconds(50), p90: milliseconds(90), p99: milliseconds(99)},
     codes: (.statusCodeDistribution // {})})
| (.[] | "\\(.phase): \\(.requests) requests in \\(.seconds * 10 | round / 10) s, \\(.perSecond | round) a second; "
    + "p50 \\(.milliseconds.p50 // "-") ms, p90 \\(.milliseconds.p90 // "-") ms, p99 \\(.milliseconds.p99 // "-") ms; "
    + (.codes | to_entries | map("\\(.key) \\(.value)") | join(", "))),
  ({loadTest: .} | tojson)
`;
}
