import { ghz } from './ghz';
import type { InferenceCall } from './inference-call';
import type { LoadClient } from './load-client';
import { vegeta } from './vegeta';

/** Transport → the client that speaks it. */
const CLIENTS: Readonly<Record<InferenceCall['transport'], LoadClient>> = {
  grpc: ghz,
  rest: vegeta,
};

/** The client that sends a call. */
export function clientOf({ transport }: InferenceCall): LoadClient {
  return CLIENTS[transport];
}
