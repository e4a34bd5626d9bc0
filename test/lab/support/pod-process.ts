/*
 * Runs the server container of a rendered pod as a process on loopback, as a kubelet would: the same command
 * line, environment and files, probes as they are written, and the same order of events at the end. Only
 * paths are mapped into a folder.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { ModelServer, type ModelServerProps } from 'inference-constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, Container, PodSpec, Probe, Volume } from 'kubernetes-types/core/v1';
import { kill, pause, start, until, type Running } from './processes';

/** Where things are on this machine. */
export interface Mapping {
  /** An empty folder for the pod's volumes. */
  readonly folder: string;
  /** The program that stands for the first word of the command line, and what it needs to be found. */
  readonly program: readonly string[];
  readonly extraArgs?: readonly string[];
  readonly extraEnv?: Readonly<Record<string, string>>;
  /**
   * Address of loopback that stands for the pod's; the program must be told, too.
   * @default 127.0.0.1
   */
  readonly address?: string;
  /** Puts something in front of the server before it is rendered. */
  readonly connect?: (server: ModelServer) => void;
}

/** A pod, and the files that it reads. */
export interface RenderedPod {
  readonly pod: PodSpec;
  readonly config: ConfigMap | undefined;
}

function render(props: ModelServerProps, { connect }: Mapping): RenderedPod {
  const chart = new Chart(new App(), 'lab', { namespace: 'lab' });
  const server = new ModelServer(chart, 'Server', props);
  connect?.(server);
  const objects = chart.toJson() as (Deployment | ConfigMap)[];
  const pod = objects.find((object): object is Deployment => object.kind === 'Deployment')?.spec
    ?.template.spec;
  const config = objects.find((object): object is ConfigMap => object.kind === 'ConfigMap');
  if (pod === undefined) throw new Error('the server has no pod');
  return { pod, config };
}

/** Volumes that are mapped, by where the pod mounts them. */
const MOUNTS = [
  '/mnt/models',
  '/etc/model-server',
  '/mnt/mlserver',
  '/opt/mlserver',
  '/mnt/home',
  '/mnt/hub',
];

export class PodProcess {
  private readonly container: Container;
  private readonly grace: number;
  private readonly running: Running;

  /** Renders the server and starts it, or a pod that is rendered. Models must be in `folder/mnt/models` by then. */
  public constructor(
    server: ModelServerProps | RenderedPod,
    private readonly mapping: Mapping,
  ) {
    const { pod, config } = 'pod' in server ? server : render(server, mapping);
    const [container] = pod.containers;
    if (container === undefined) throw new Error('the server has no container');
    this.container = container;
    this.grace = pod.terminationGracePeriodSeconds ?? 30;
    if (config) this.writeConfig(config, pod.volumes ?? []);
    const [, ...words] = [...(container.command ?? []), ...(container.args ?? [])];
    const [file = '', ...before] = mapping.program;
    const args = [
      ...before,
      ...words.map((word) => this.mapped(word)),
      ...(mapping.extraArgs ?? []),
    ];
    this.running = start(mapping.folder, 'server', file, args, this.environment());
  }

  /** Port number by the name that the pod gives it. */
  public port(name: string): number {
    const port = this.container.ports?.find((one) => one.name === name)?.containerPort;
    if (port === undefined) throw new Error(`the container has no port ${name}`);
    return port;
  }

  /** What the server has written. */
  public log(): string {
    return this.running.log();
  }

  /** Waits for the startup probe, as often and as long as it says. */
  public async started(): Promise<void> {
    const { periodSeconds = 10, failureThreshold = 3 } = this.container.startupProbe ?? {};
    await until(
      `the startup probe succeeds\n${this.log().slice(-3000)}`,
      Math.min(90, periodSeconds * failureThreshold),
      () => this.probe('startupProbe'),
    );
  }

  /** Whether a probe succeeds now. */
  public async probe(name: 'startupProbe' | 'readinessProbe' | 'livenessProbe'): Promise<boolean> {
    const probe = this.container[name];
    if (probe === undefined) throw new Error(`the container has no ${name}`);
    const { address = '127.0.0.1' } = this.mapping;
    return runProbe(probe, address, (port) => (typeof port === 'number' ? port : this.port(port)));
  }

  /**
   * Ends the pod as a kubelet does: preStop, SIGTERM, and SIGKILL when the grace period is over.
   * @param beforeTerm called when preStop is over, right before the signal
   * @returns seconds from the order to the end, and whether it had to be killed
   */
  public async terminate(
    beforeTerm: () => Promise<void>,
  ): Promise<{ readonly seconds: number; readonly killed: boolean; readonly grace: number }> {
    const ordered = performance.now();
    await pause((this.container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000);
    await beforeTerm();
    let killed = false;
    this.running.process.kill('SIGTERM');
    const rest = this.grace * 1000 - (performance.now() - ordered);
    const deadline = setTimeout(() => {
      killed = true;
      kill(this.running);
    }, rest);
    await this.running.ended;
    clearTimeout(deadline);
    return { seconds: (performance.now() - ordered) / 1000, killed, grace: this.grace };
  }

  /** Ends it at once; for the end of a test that failed. */
  public kill(): void {
    kill(this.running);
  }

  private mapped(text: string): string {
    return MOUNTS.reduce(
      (result, mount) => result.replaceAll(mount, `${this.mapping.folder}${mount}`),
      text,
    );
  }

  private environment(): NodeJS.ProcessEnv {
    const rendered = (this.container.env ?? []).map(({ name, value = '' }) => [
      name,
      this.mapped(value),
    ]);
    const own = Object.fromEntries(rendered) as Record<string, string>;
    return { PATH: process.env['PATH'], ...own, ...this.mapping.extraEnv };
  }

  /** Writes the ConfigMap as the volume would show it, and settings beside the models as the init container does. */
  private writeConfig({ data = {} }: ConfigMap, volumes: readonly Volume[]): void {
    const root = `${this.mapping.folder}/etc/model-server`;
    for (const { key, path } of volumes.find((volume) => volume.name === 'config')?.configMap
      ?.items ?? []) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, this.mapped(data[key] ?? ''));
    }
    // Where an init container puts settings beside the models; elsewhere the server is told where they are.
    if (existsSync(join(root, 'models')) && volumes.some(({ name }) => name === 'models')) {
      cpSync(join(root, 'models'), `${this.mapping.folder}/mnt/models`, { recursive: true });
    }
    mkdirSync(`${this.mapping.folder}/mnt/mlserver`, { recursive: true });
  }
}

async function runProbe(
  probe: Probe,
  address: string,
  portOf: (port: string | number) => number,
): Promise<boolean> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet) {
    const url = `http://${address}:${portOf(probe.httpGet.port)}${probe.httpGet.path ?? '/'}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    return response.status >= 200 && response.status < 400;
  }
  if (probe.tcpSocket) {
    return canConnect(address, portOf(probe.tcpSocket.port), timeout);
  }
  throw new Error(`a probe that the lab cannot run: ${JSON.stringify(probe)}`);
}

function canConnect(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout });
    const finish = (connected: boolean) => (): void => {
      socket.destroy();
      done(connected);
    };
    socket
      .once('connect', finish(true))
      .once('error', finish(false))
      .once('timeout', finish(false));
  });
}
