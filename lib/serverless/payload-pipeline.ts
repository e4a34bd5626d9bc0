/*
 * What the receiver of payloads is told. CloudEvents come in binary mode: the headers say what they are about.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
import { Yaml } from 'cdk8s';
import type { NetworkPeer } from '../core/network-peer';
import type { PayloadStore } from './payload-store';

/** Port on which events arrive. */
export const EVENTS_PORT = 8080;

/** Port of metrics, readiness and liveness. */
export const STATUS_PORT = 4195;

/** Bytes of events that are held at the most; more are refused. */
const BUFFER_BYTES = 64 * 1024 * 1024;

/** Who gets the events of a service. */
export interface PayloadConsumer {
  readonly url: string;
  readonly peer: NetworkPeer;
  /** Port of its pods. */
  readonly port: number;
  /** Name of the InferenceService whose events it gets. */
  readonly service: string;
}

/** The configuration of the receiver. */
export function payloadPipeline(
  consumers: readonly PayloadConsumer[],
  store: PayloadStore | undefined,
): string {
  const outputs = [...consumers.map(forward), ...(store ? [keep(store)] : [])];
  return Yaml.stringify({
    http: { address: `0.0.0.0:${STATUS_PORT}` },
    input: {
      http_server: {
        address: `0.0.0.0:${EVENTS_PORT}`,
        path: '/',
        allowed_verbs: ['POST'],
        timeout: '5s',
        sync_response: { status: '202' },
      },
    },
    // Whoever logs is answered as soon as an event is here.
    buffer: { memory: { limit: BUFFER_BYTES } },
    output: outputs.length === 0 ? { drop: {} } : { broker: { pattern: 'fan_out', outputs } },
    logger: { level: 'INFO', format: 'json' },
  });
}

function forward({ url, service }: PayloadConsumer): object {
  return {
    processors: [
      {
        mapping: `root = if meta("Ce-Inferenceservicename").or("") != ${JSON.stringify(service)} { deleted() }`,
      },
    ],
    // One that hangs or fails holds up nobody.
    drop_on: {
      error: true,
      back_pressure: '10s',
      output: {
        http_client: {
          url,
          verb: 'POST',
          timeout: '5s',
          retries: 2,
          max_in_flight: 16,
          headers: { 'Content-Type': '${! meta("Content-Type").or("application/json") }' },
          metadata: { include_prefixes: ['Ce-'] },
        },
      },
    },
  };
}

/** An event with its headers as one line of JSON. */
function keep({ output }: PayloadStore): object {
  return {
    processors: [
      {
        mapping: 'root.event = @\nroot.data = content().parse_json().catch(content().string())',
      },
    ],
    drop_on: { error: true, back_pressure: '60s', output },
  };
}
