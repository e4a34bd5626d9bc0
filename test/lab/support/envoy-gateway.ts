/*
 * The real Envoy Gateway with the real Envoy, without a cluster: it takes the manifests as they are rendered.
 * Changed is only what a machine without a cluster lacks: where the back ends are (Backend resources on
 * loopback in place of Services), that Envoy is a process of this machine, and the port.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubeObject } from './kube-client';
import { LAB_HOME, program } from './lab-home';
import { freePorts, kill, start, stop, until, type Running } from './processes';

const ENVOY_VERSION = '1.40.0';
const BACKEND_GROUP = 'gateway.envoyproxy.io';

/** Everything that the gateway is told. */
export interface GatewayInput {
  /** As rendered. */
  readonly objects: readonly KubeObject[];
  /** Secrets by name: key → text. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Pods of each Service: ports on loopback, or addresses of it with a port. */
  readonly backends: Readonly<Record<string, readonly (number | string)[]>>;
  /**
   * Services among them that are asked over HTTP/1.1.
   * @default - none
   */
  readonly http1?: readonly string[];
}

/** Envoy Gateway in front of ports on loopback. */
export class LabGateway {
  public static async start(input: GatewayInput): Promise<LabGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'lab-gateway-'));
    const names = gatewaysOf(input).map(({ metadata }) => metadata.name);
    const free = await freePorts(names.length);
    const ports = new Map(names.map((name, index) => [name, free[index] ?? 0]));
    const gateway = new LabGateway(folder, ports, input);
    try {
      for (const port of free) await until('the listener answers', 60, () => answers(port));
    } catch (error) {
      const log = gateway.log();
      await gateway.stop();
      throw new Error(`${String(error)}\n${log.slice(-4000)}`, { cause: error });
    }
    return gateway;
  }

  private readonly running: Running;

  private constructor(
    private readonly folder: string,
    /** Ports on loopback of the HTTPS listeners, by the name of the Gateway. */
    private readonly ports: ReadonlyMap<string, number>,
    private input: GatewayInput,
  ) {
    for (const name of ['resources', 'data', 'config', 'state', 'run'])
      mkdirSync(join(folder, name));
    symlinkSync(
      join(LAB_HOME, 'envoy-data', 'envoy-versions'),
      join(folder, 'data', 'envoy-versions'),
    );
    const gateway = program('envoy-gateway');
    execFileSync(gateway, ['certgen', '--local', '--config-home', join(folder, 'config')], {
      stdio: 'pipe',
    });
    writeFileSync(join(folder, 'envoy-gateway.yaml'), stringify(this.settings()));
    this.write();
    this.running = start(folder, 'envoy-gateway', gateway, [
      'server',
      '--config-path',
      join(folder, 'envoy-gateway.yaml'),
    ]);
  }

  /** Changes what the gateway is told, while it runs. */
  public update(change: Partial<GatewayInput>): void {
    this.input = { ...this.input, ...change };
    this.write();
  }

  /** Port of the HTTPS listener of a Gateway, or of the first. */
  public port(name?: string): number {
    return this.ports.get(name ?? [...this.ports.keys()][0] ?? '') ?? 0;
  }

  /** What the gateway and Envoy have written. */
  public log(): string {
    return this.running.log();
  }

  /** Process IDs of Envoy. */
  public envoyProcesses(): number[] {
    const out = execFileSync('ps', ['-eo', 'pid,ppid,comm'], { encoding: 'utf8' });
    const processes = out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
    const below = new Set([String(this.running.process.pid)]);
    // Parents come before their children often enough for a few rounds.
    for (let round = 0; round < 4; round += 1)
      for (const [pid = '', parent = ''] of processes) if (below.has(parent)) below.add(pid);
    return processes
      .filter(([pid = '', , name]) => below.has(pid) && name === 'envoy')
      .map(([pid]) => Number(pid));
  }

  /** What Envoy counts, as Prometheus reads it. */
  public async metrics(): Promise<string> {
    const sockets = execFileSync('ss', ['-ltnpH'], { encoding: 'utf8' }).split('\n');
    const own = sockets.filter((line) =>
      this.envoyProcesses().some((pid) => line.includes(`pid=${pid},`)),
    );
    // Only its administration is bound to loopback.
    const [, port] = own.map((line) => /127\.0\.0\.1:(\d+)/.exec(line)).find(Boolean) ?? [];
    const response = await fetch(`http://127.0.0.1:${port ?? 0}/stats/prometheus`);
    return response.text();
  }

  public async stop(): Promise<void> {
    const envoys = this.envoyProcesses();
    await stop(this.running);
    kill(this.running);
    for (const pid of envoys) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went with the gateway.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private settings(): object {
    const { folder } = this;
    return {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyGateway',
      gateway: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
      provider: {
        type: 'Custom',
        custom: {
          resource: { type: 'File', file: { paths: [join(folder, 'resources')] } },
          infrastructure: {
            type: 'Host',
            host: {
              dataHome: join(folder, 'data'),
              configHome: join(folder, 'config'),
              stateHome: join(folder, 'state'),
              runtimeDir: join(folder, 'run'),
            },
          },
        },
      },
      logging: { level: { default: 'info' } },
      extensionApis: { enableBackend: true },
    };
  }

  /** All resources in one file, exchanged as a whole. */
  private write(): void {
    const documents = [...this.resources(), ...this.secrets(), ...this.backends()];
    const text = documents.map((document) => stringify(document)).join('---\n');
    const file = join(this.folder, 'resources', 'all.yaml');
    writeFileSync(join(this.folder, 'all.yaml'), text);
    renameSync(join(this.folder, 'all.yaml'), file);
  }

  private namespaces(): string[] {
    return [...new Set(gatewaysOf(this.input).map(({ metadata }) => metadata.namespace ?? ''))];
  }

  private resources(): KubeObject[] {
    const [namespace = ''] = this.namespaces();
    const classes = new Set(
      gatewaysOf(this.input).map(({ spec }) => String(spec?.['gatewayClassName'])),
    );
    const host = { metadata: { name: 'host', namespace } };
    return [
      ...[...classes].map((name) => ({
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GatewayClass',
        metadata: { name },
        spec: {
          controllerName: 'gateway.envoyproxy.io/gatewayclass-controller',
          parametersRef: { group: BACKEND_GROUP, kind: 'EnvoyProxy', ...host.metadata },
        },
      })),
      {
        apiVersion: 'gateway.envoyproxy.io/v1alpha1',
        kind: 'EnvoyProxy',
        ...host,
        spec: {
          provider: { type: 'Host', host: { envoyVersion: ENVOY_VERSION } },
          // Two processes of Envoy on one machine get into each other's way.
          mergeGateways: true,
        },
      },
      ...this.input.objects
        .filter(({ kind }) => kind !== 'EnvoyProxy')
        .map((object) => redirected(object, this.ports.get(object.metadata.name) ?? 0)),
    ];
  }

  private secrets(): KubeObject[] {
    return this.everywhere(this.input.secrets, (texts) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'tls.key' in texts ? 'kubernetes.io/tls' : 'Opaque',
      data: Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    }));
  }

  private backends(): KubeObject[] {
    const { backends, http1 = [] } = this.input;
    return this.everywhere(backends, (ports, name) => ({
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'Backend',
      spec: {
        // What the Service's port says; with TLS, HTTP/2 is agreed upon in the handshake.
        ...(!this.hasBackendTls() &&
          !http1.includes(name) && { appProtocols: ['gateway.envoyproxy.io/h2c'] }),
        endpoints: ports.map((pod) => ({ ip: endpointOf(pod) })),
      },
    }));
  }

  private hasBackendTls(): boolean {
    return this.input.objects.some(({ kind }) => kind === 'BackendTLSPolicy');
  }

  /** Objects of a name in the namespaces of all Gateways. */
  private everywhere<T>(
    named: Readonly<Record<string, T>>,
    make: (value: T, name: string) => { apiVersion: string; kind: string },
  ): KubeObject[] {
    return this.namespaces().flatMap((namespace) =>
      Object.entries(named).map(([name, value]) => ({
        ...make(value, name),
        metadata: { name, namespace },
      })),
    );
  }
}

function gatewaysOf({ objects }: GatewayInput): KubeObject[] {
  return objects.filter(({ kind }) => kind === 'Gateway');
}

/** An object with its Services exchanged for Backends, and its listeners on the port. */
function redirected(object: KubeObject, port: number): KubeObject {
  const text = JSON.stringify(object, (key, value: unknown) => {
    if (key === 'listeners') return (value as object[]).map((one) => ({ ...one, port }));
    if (key === 'infrastructure') return undefined;
    if (key === 'backendRefs')
      return (value as { name: string; weight: number }[]).map(({ name, weight }) => ({
        group: BACKEND_GROUP,
        kind: 'Backend',
        name,
        weight,
      }));
    if (key === 'backendRef')
      return { group: BACKEND_GROUP, kind: 'Backend', name: (value as { name: string }).name };
    if (key === 'targetRefs')
      return (value as { kind: string; name: string }[]).map((one) =>
        one.kind === 'Service' ? { group: BACKEND_GROUP, kind: 'Backend', name: one.name } : one,
      );
    return value;
  });
  return JSON.parse(text) as KubeObject;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

/** `8001` or `127.0.0.2:8001`. */
function endpointOf(pod: number | string): { readonly address: string; readonly port: number } {
  if (typeof pod === 'number') return { address: '127.0.0.1', port: pod };
  const [address = '', port = ''] = pod.split(':');
  return { address, port: Number(port) };
}
