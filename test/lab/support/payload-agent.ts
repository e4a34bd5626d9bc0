/*
 * Plays the agent of KServe that logs: it passes requests on, and tells a sink of each and of its answer, without
 * waiting for it. Its events are those that KServe publishes, made by the SDK of CloudEvents.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/logger/worker.go (0.20)
 */
import { randomUUID } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';

/** What the agent is told, as KServe tells it. */
export interface AgentOptions {
  readonly service: string;
  readonly namespace: string;
  /** Where the server listens. */
  readonly serverPort: number;
  /** Where events go. */
  readonly sinkUrl: string;
}

/** The agent of one pod. */
export class PayloadAgent {
  /** Events that the sink took, and how long the slowest of them was on its way, in milliseconds. */
  public taken = 0;
  public slowest = 0;
  /** Answers of the sink other than that it took the event. */
  public readonly refused: string[] = [];

  private pending: Promise<void>[] = [];

  public constructor(private readonly options: AgentOptions) {}

  /** A call of the model over REST; returns what it answers. */
  public async infer(body: object): Promise<unknown> {
    const { service, serverPort } = this.options;
    const id = randomUUID();
    this.log(id, 'request', body);
    const response = await fetch(`http://127.0.0.1:${serverPort}/v2/models/${service}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const answer = (await response.json()) as object;
    this.log(id, 'response', answer);
    return answer;
  }

  /** Waits until all events are on their way. */
  public async flush(): Promise<void> {
    await Promise.all(this.pending);
    this.pending = [];
  }

  private log(id: string, kind: 'request' | 'response', data: object): void {
    const { service, namespace } = this.options;
    const event = new CloudEvent({
      id,
      type: `org.kubeflow.serving.inference.${kind}`,
      source: 'http://localhost:9081/',
      datacontenttype: 'application/json',
      inferenceservicename: service,
      namespace,
      component: 'predictor',
      endpoint: 'default',
      data,
    });
    const { headers, body } = HTTP.binary(event);
    this.pending.push(this.send(headers as Record<string, string>, body as string));
  }

  private async send(headers: Record<string, string>, body: string): Promise<void> {
    const started = performance.now();
    const response = await fetch(this.options.sinkUrl, { method: 'POST', headers, body });
    this.slowest = Math.max(this.slowest, performance.now() - started);
    if (response.ok) this.taken += 1;
    else this.refused.push(`${response.status} ${await response.text()}`);
  }
}
