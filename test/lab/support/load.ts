import { SecureClient, type ClientOptions, type Outcome } from './inference-service';
import { pause } from './processes';

/** What a load has met so far. */
export interface Load {
  /** Calls that were answered well. */
  readonly answered: () => number;
  /** Whatever else became of calls. */
  readonly failures: readonly Outcome[];
  /** Lets open calls end, and closes the connections. */
  stop(): Promise<void>;
}

/** How a load calls. */
export interface LoadOptions {
  /** @default 4 */
  readonly connections?: number;
  /** @default - a small inference */
  readonly call?: (client: SecureClient) => Promise<Outcome>;
}

/** Calls at a constant rate over a few connections, whatever becomes of the calls. */
export function startLoad(
  options: ClientOptions | (() => SecureClient),
  perSecond: number,
  { connections = 4, call = (client) => client.infer() }: LoadOptions = {},
): Load {
  const clients = Array.from({ length: connections }, () =>
    typeof options === 'function' ? options() : new SecureClient(options),
  );
  const failures: Outcome[] = [];
  const open = new Set<Promise<void>>();
  const started = performance.now();
  let answered = 0;
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due; sent += 1) {
      const one: Promise<void> = call(clients[sent % connections] as SecureClient).then(
        (outcome) => {
          if (outcome.code === 'OK') answered += 1;
          else failures.push(outcome);
          open.delete(one);
        },
      );
      open.add(one);
    }
  }, 5);
  return {
    answered: () => answered,
    failures,
    stop: async () => {
      clearInterval(timer);
      while (open.size > 0) await pause(20);
      for (const client of clients) client.close();
    },
  };
}
