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

/** Calls at a constant rate over a few connections, whatever becomes of the calls. */
export function startLoad(options: ClientOptions, perSecond: number, connections = 4): Load {
  const clients = Array.from({ length: connections }, () => new SecureClient(options));
  const failures: Outcome[] = [];
  const open = new Set<Promise<void>>();
  const started = performance.now();
  let answered = 0;
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due; sent += 1) {
      const call: Promise<void> = (clients[sent % connections] as SecureClient)
        .infer()
        .then((outcome) => {
          if (outcome.code === 'OK') answered += 1;
          else failures.push(outcome);
          open.delete(call);
        });
      open.add(call);
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
