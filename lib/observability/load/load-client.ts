/*
 * The contract of a client of load tests: everything that differs between them, as data and pure functions. The registry
 * is in `load-clients.ts`.
 */
import type { InferenceCall } from './inference-call';
import type { LoadPhase } from './load-pattern';

/** What a phase is run with. */
export interface LoadRun {
  readonly call: InferenceCall;
  readonly phase: LoadPhase;
  readonly host: string;
  readonly port: number;
  /** Folder with the files of the call. */
  readonly folder: string;
  /** Whether by TLS, or in plain text. */
  readonly encrypted: boolean;
  /** None where the client shows no certificate, and the server's authority is one that everybody trusts. */
  readonly tls: TlsFiles | undefined;
  readonly timeoutSeconds: number;
  /** File for the results, without what comes behind the dot. */
  readonly output: string;
}

/** Files of certificates. */
export interface TlsFiles {
  /** Of the client. */
  readonly certificate: string;
  readonly key: string;
  /** Of the server. */
  readonly authority: string;
}

/** A program in the image of the client, and its arguments. */
export interface LoadStart {
  readonly program: string;
  readonly args: readonly string[];
}

/** A program that sends requests. */
export interface LoadClient {
  /** Its name, for people. */
  readonly name: string;
  /** What it cannot do of a phase, and what to use instead. */
  refusal(phase: LoadPhase): string | undefined;
  /** Files of the call; name → content. */
  files(
    run: Pick<LoadRun, 'call' | 'host' | 'port' | 'folder' | 'encrypted'>,
  ): Readonly<Record<string, string>>;
  /** What is started in a phase, one after the other. */
  starts(run: LoadRun): readonly LoadStart[];
  /** A filter of jq from its results to `requests`, `seconds`, `latencies` (share → nanoseconds) and `codes`. */
  readonly filter: string;
}

/** A phase in a few words. */
function phaseText(phase: LoadPhase): string {
  switch (phase.kind) {
    case 'closed':
      return `${phase.workers} workers x ${phase.requests} requests`;
    case 'rate':
      return `${phase.perSecond} a second for ${phase.seconds} s`;
    case 'poisson':
      return `${phase.perSecond} a second at random for ${phase.seconds} s`;
    case 'ramp':
      return `${phase.from} to ${phase.to} a second in ${phase.seconds} s`;
  }
}

/**
 * A program of jq that reads results as a stream, as they may tell of every request, and writes a line of each phase for
 * people and one of JSON for programs.
 */
export function summaryProgram({ filter }: LoadClient, phases: readonly LoadPhase[]): string {
  return `${JSON.stringify(phases.map(phaseText))} as $names
| reduce (inputs | select(length == 2 and .[0][0] != "details") | {file: input_filename, path: .[0], value: .[1]}) as $one
    ({}; setpath([$one.file] + $one.path; $one.value))
| to_entries | sort_by(.key) | map(.value | ${filter}) | to_entries
| map(.key as $index | .value
    | def milliseconds($share): (.latencies[$share] // null | if . == null then null else . / 1e6 end);
    {phase: $names[$index], requests, seconds, perSecond: (.requests / .seconds),
     milliseconds: {p50: milliseconds("50"), p90: milliseconds("90"), p99: milliseconds("99")}, codes})
| (.[] | "\\(.phase): \\(.requests) requests in \\(.seconds * 10 | round / 10) s, \\(.perSecond | round) a second; "
    + "p50 \\(.milliseconds.p50 // "-") ms, p90 \\(.milliseconds.p90 // "-") ms, p99 \\(.milliseconds.p99 // "-") ms; "
    + (.codes | to_entries | map("\\(.key) \\(.value)") | join(", "))),
  ({loadTest: .} | tojson)
`;
}
