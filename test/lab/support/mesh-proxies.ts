/*
 * Sidecars of a real Istio: Envoy, driven by istiod, with certificates that Istio's own agent gets for the service
 * account of each. What a machine without a cluster lacks are the rules by which a pod's traffic is led through its
 * proxy: the proxies listen on addresses of loopback instead, which their `Sidecar` names.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeClient } from './kube-client';
import { program } from './lab-home';
import { proxyBootstrap } from './proxy-bootstrap';
import { freePorts, kill, start, stop, until, type Running } from './processes';

/** The control plane, as proxies reach it. */
export interface Istiod {
  readonly grpcPort: number;
  readonly securePort: number;
}

/** One pod. */
export interface ProxyOptions {
  /** Address of the pod. */
  readonly address: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
}

const NAMESPACE = 'serving';

/** Folder of the agent's socket. */
const SOCKETS = 'var/run/secrets/workload-spiffe-uds';

/** A sidecar with its agent. */
export class LabSidecar {
  public static async start(
    client: KubeClient,
    istiod: Istiod,
    options: ProxyOptions,
  ): Promise<LabSidecar> {
    const sidecar = new LabSidecar(options.serviceAccount);
    try {
      await sidecar.run(client, istiod, options);
    } catch (error) {
      const log = sidecar.log();
      await sidecar.stop();
      throw new Error(`${String(error)}\n${log}`, { cause: error });
    }
    return sidecar;
  }

  private readonly folder: string;
  private running: Running | undefined;

  private constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `lab-sidecar-${name}-`));
  }

  public log(): string {
    return this.running?.log().slice(-4000) ?? '';
  }

  public async stop(): Promise<void> {
    if (this.running) {
      await stop(this.running, 3000);
      kill(this.running);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(client: KubeClient, istiod: Istiod, options: ProxyOptions): Promise<void> {
    await this.writeIdentity(client, options.serviceAccount);
    const { folder } = this;
    const [statusPort = 0] = await freePorts(1);
    const bootstrap = join(folder, 'envoy.json');
    // Where the agent hands out certificates.
    const socket = join(folder, SOCKETS, 'socket');
    writeFileSync(bootstrap, JSON.stringify(bootstrapOf(options, istiod, socket)));
    this.running = start(
      folder,
      'agent',
      '/bin/sh',
      // Its paths are relative.
      ['-c', 'cd "$0" && exec "$1" proxy sidecar', folder, program('pilot-agent')],
      {
        ...process.env,
        ISTIOD_SAN: 'istiod.istio-system.svc',
        PROXY_CONFIG: JSON.stringify({
          discoveryAddress: `localhost:${istiod.securePort}`,
          binaryPath: program('envoy'),
          customConfigFile: bootstrap,
          concurrency: 1,
          statusPort,
        }),
        POD_NAME: options.serviceAccount,
        POD_NAMESPACE: NAMESPACE,
        INSTANCE_IP: options.address,
        SERVICE_ACCOUNT: options.serviceAccount,
        ISTIO_META_CLUSTER_ID: 'Kubernetes',
        TRUST_DOMAIN: 'cluster.local',
      },
    );
    await until('the agent hands out certificates', 30, () => Promise.resolve(existsSync(socket)));
  }

  /** What the kubelet mounts: a token for the control plane, and the authority of its certificate. */
  private async writeIdentity(client: KubeClient, name: string): Promise<void> {
    await client.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: NAMESPACE },
    });
    const { body } = await client.request(
      'POST',
      `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['istio-ca'], expirationSeconds: 3600 },
      },
    );
    const { token } = (body as { status: { token: string } }).status;
    const authority = await client.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio-ca-root-cert', namespace: NAMESPACE },
    });
    const files = {
      'var/run/secrets/tokens/istio-token': token,
      'var/run/secrets/istio/root-cert.pem':
        (authority as unknown as { data: Record<string, string> }).data['root-cert.pem'] ?? '',
    };
    for (const [file, text] of Object.entries(files)) {
      const path = join(this.folder, file);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, text, { mode: 0o600 });
    }
    for (const folder of ['etc/istio/proxy', SOCKETS])
      mkdirSync(join(this.folder, folder), { recursive: true });
  }
}

function bootstrapOf(
  { address, serviceAccount, labels }: ProxyOptions,
  { grpcPort }: Istiod,
  socket: string,
): object {
  return proxyBootstrap(
    {
      id: `sidecar~${address}~${serviceAccount}.${NAMESPACE}~${NAMESPACE}.svc.cluster.local`,
      labels,
      namespace: NAMESPACE,
      more: { SERVICE_ACCOUNT: serviceAccount, INTERCEPTION_MODE: 'NONE' },
    },
    {
      istiod: { socket_address: { address: '127.0.0.1', port_value: grpcPort } },
      'sds-grpc': { pipe: { path: socket } },
    },
  );
}
