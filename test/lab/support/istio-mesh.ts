/*
 * A real istiod in front of a real Envoy: it reads the manifests as they are rendered from the API server. Changed is
 * only what a machine without a cluster lacks: where the pods are (ServiceEntries on loopback in place of Services),
 * and that the gateway listens on a free port, in the clear, as certificates come by an agent in the pod.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Istiod } from './istiod';
import type { KubeClient, KubeObject } from './kube-client';
import { program } from './lab-home';
import { proxyBootstrap } from './proxy-bootstrap';
import { freePorts, kill, start, stop, until, type Running } from './processes';

/** Of the proxy; not that of any server, whose labels it would get. */
const PROXY_ADDRESS = '127.0.0.9';

const NAMESPACE = 'istio-ingress';

/** Pods of each Service: ports on loopback. */
export type Backends = Readonly<Record<string, readonly number[]>>;

/** istiod with one Envoy. */
export class LabIstio {
  public static async start(
    client: KubeClient,
    kubeconfig: string,
    objects: readonly KubeObject[],
    backends: Backends,
  ): Promise<LabIstio> {
    const istiod = await Istiod.start({ client, kubeconfig, mutualTls: false });
    const [port = 0] = await freePorts(1);
    const istio = new LabIstio(client, istiod, port);
    try {
      await istio.update(objects, backends);
      await until('the proxy listens', 60, () => Promise.resolve(istio.listens()));
    } catch (error) {
      const log = istio.log();
      await istio.stop();
      throw new Error(`${String(error)}\n${log.slice(-4000)}`, { cause: error });
    }
    return istio;
  }

  private readonly folder = mkdtempSync(join(tmpdir(), 'lab-istio-'));
  private readonly envoy: Running;

  private constructor(
    private readonly client: KubeClient,
    private readonly istiod: Istiod,
    /** Port of the gateway. */
    public readonly port: number,
  ) {
    const bootstrap = join(this.folder, 'envoy.json');
    writeFileSync(bootstrap, JSON.stringify(bootstrapOf(istiod.grpcPort)));
    this.envoy = start(this.folder, 'envoy', program('envoy'), [
      '-c',
      bootstrap,
      '--base-id',
      String(port),
      '--concurrency',
      '1',
    ]);
  }

  /** Applies manifests, and says where the pods are. */
  public async update(objects: readonly KubeObject[], backends: Backends = {}): Promise<void> {
    const entries = Object.entries(backends).map(([name, ports]) => serviceEntry(name, ports));
    for (const object of [...entries, ...objects.map((one) => this.onThisMachine(one))])
      await this.client.apply(object);
  }

  public log(): string {
    return `${this.istiod.log().slice(-3000)}\n${this.envoy.log().slice(-1500)}`;
  }

  public async stop(): Promise<void> {
    await stop(this.envoy, 3000);
    kill(this.envoy);
    await this.istiod.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private listens(): boolean {
    return /lds: add\/update listener/.test(this.envoy.log());
  }

  private onThisMachine(object: KubeObject): KubeObject {
    if (object.kind !== 'Gateway') return object;
    const servers = object.spec?.['servers'] as { hosts: string[]; port: { name: string } }[];
    return {
      ...object,
      spec: {
        ...object.spec,
        servers: servers.map(({ hosts, port: { name } }) => ({
          hosts,
          port: { name: name.replace('https', 'grpc'), number: this.port, protocol: 'GRPC' },
        })),
      },
    };
  }
}

function serviceEntry(name: string, ports: readonly number[]): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name, namespace: 'serving' },
    spec: {
      hosts: [`${name}.serving.svc.cluster.local`],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [{ number: 8001, name: 'grpc', protocol: 'GRPC' }],
      endpoints: ports.map((port) => ({ address: '127.0.0.1', ports: { grpc: port } })),
    },
  };
}

function bootstrapOf(xds: number): object {
  return proxyBootstrap(
    {
      id: `router~${PROXY_ADDRESS}~gateway.${NAMESPACE}~${NAMESPACE}.svc.cluster.local`,
      labels: { istio: 'ingressgateway' },
      namespace: NAMESPACE,
    },
    { istiod: { socket_address: { address: '127.0.0.1', port_value: xds } } },
  );
}
