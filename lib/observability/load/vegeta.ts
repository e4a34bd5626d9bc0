import type { LoadClient, LoadRun } from './load-client';

const PROGRAM = 'vegeta';

/** Requests that may wait for their answers at a time. */
const MOST_OPEN = 10_000;

/**
 * vegeta, for REST. Its latencies are of all requests, those that failed among them.
 * @see https://github.com/tsenart/vegeta/tree/v12.13.0#usage-manual
 */
export const vegeta: LoadClient = {
  name: PROGRAM,
  refusal: ({ kind }) =>
    kind === 'rate'
      ? undefined
      : 'use LoadPattern.rate, in several phases for a ramp, or call by gRPC',
  files: ({ call, host, port, folder, encrypted }) => ({
    'targets.http': `POST ${encrypted ? 'https' : 'http'}://${host}:${port}${call.target}\nContent-Type: application/json\n@${folder}/message.json\n`,
    'message.json': JSON.stringify(call.message),
  }),
  starts: (run) => [
    { program: PROGRAM, args: attack(run) },
    {
      program: PROGRAM,
      args: ['report', '-type=json', `-output=${run.output}.json`, `${run.output}.bin`],
    },
  ],
  filter: `{requests, seconds: ((.duration + .wait) / 1e9),
    codes: (.status_codes | with_entries(if .key == "0" then .key = "no answer" else . end)),
    latencies: (.latencies | with_entries(.key |= rtrimstr("th")))}`,
};

function attack({ folder, phase, tls, timeoutSeconds, output }: LoadRun): readonly string[] {
  if (phase.kind !== 'rate') throw new Error(`vegeta has no ${phase.kind}`);
  return [
    'attack',
    `-targets=${folder}/targets.http`,
    `-rate=${phase.perSecond}/1s`,
    `-duration=${phase.seconds}s`,
    `-timeout=${timeoutSeconds}s`,
    `-max-workers=${MOST_OPEN}`,
    '-redirects=-1',
    '-max-body=0',
    ...(tls === undefined
      ? []
      : [`-root-certs=${tls.authority}`, `-cert=${tls.certificate}`, `-key=${tls.key}`]),
    `-output=${output}.bin`,
  ];
}
