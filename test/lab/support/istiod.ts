/*
 * A real istiod against the lab's API server.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { installDefinitions } from './definitions';
import type { KubeClient } from './kube-client';
import { program } from './lab-home';
import { freePorts, kill, start, stop, type Running } from './processes';

/** Definitions that istiod needs besides those of the library. */
const DEFINITIONS = resolve(__dirname, '..', 'definitions', 'istio');

/** How istiod runs. */
export interface IstiodOptions {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  /** Whether it issues certificates, and connections in the mesh are mutual TLS. */
  readonly mutualTls: boolean;
}

/** A running control plane. */
export class Istiod {
  public static async start({ client, kubeconfig, mutualTls }: IstiodOptions): Promise<Istiod> {
    await installDefinitions(client);
    await installDefinitions(client, DEFINITIONS);
    for (const name of ['istio-system', 'serving'])
      await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return new Istiod(kubeconfig, mutualTls, await freePorts(5));
  }

  /** Port for proxies, in the clear. */
  public readonly grpcPort: number;
  /** Port for agents, with TLS. */
  public readonly securePort: number;

  private readonly folder = mkdtempSync(join(tmpdir(), 'lab-istiod-'));
  private readonly running: Running;

  private constructor(
    kubeconfig: string,
    mutualTls: boolean,
    [grpc = 0, secure = 0, http = 0, monitoring = 0, introspection = 0]: readonly number[],
  ) {
    this.grpcPort = grpc;
    this.securePort = secure;
    const meshConfig = join(this.folder, 'mesh.yaml');
    writeFileSync(
      meshConfig,
      stringify({
        enableAutoMtls: mutualTls,
        enablePrometheusMerge: false,
        trustDomain: 'cluster.local',
      }),
    );
    this.running = start(
      this.folder,
      'istiod',
      program('pilot-discovery'),
      [
        'discovery',
        `--kubeconfig=${kubeconfig}`,
        `--meshConfig=${meshConfig}`,
        `--grpcAddr=127.0.0.1:${grpc}`,
        `--httpAddr=127.0.0.1:${http}`,
        `--monitoringAddr=127.0.0.1:${monitoring}`,
        `--ctrlz_port=${introspection}`,
        '--httpsAddr=',
        `--secureGRPCAddr=${mutualTls ? `127.0.0.1:${secure}` : ''}`,
      ],
      {
        ...process.env,
        POD_NAMESPACE: 'istio-system',
        // Filters that only Istio's own build of Envoy has.
        PILOT_ENABLE_ALPN_FILTER: 'false',
        PILOT_ENABLE_METADATA_EXCHANGE: 'false',
        PILOT_ENABLE_GATEWAY_API: 'false',
      },
    );
  }

  public log(): string {
    return this.running.log();
  }

  public async stop(): Promise<void> {
    await stop(this.running, 3000);
    kill(this.running);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
