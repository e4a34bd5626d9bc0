/*
 * Who may call whom: what is rendered for Istio between real sidecars, with certificates that Istio's agent gets for
 * each service account.
 */
import { credentials } from '@grpc/grpc-js';
import { App, Size } from 'cdk8s';
import {
  Cpu,
  MeshCaller,
  Model,
  ModelServer,
  ModelSource,
  ServiceMesh,
  ServiceMeshRouting,
  ServingChart,
  ServingEngine,
} from 'inference-constructs';
import { controlPlane, describeWithCluster } from './support/cluster';
import { RecordingServer, SecureClient, type Outcome } from './support/inference-service';
import { Istiod } from './support/istiod';
import type { KubeObject } from './support/kube-client';
import { installed } from './support/lab-home';
import { LabSidecar } from './support/mesh-proxies';
import { until } from './support/processes';

const cluster = controlPlane();

/** Addresses of the pods; the port is that of the Service. */
const PODS = { resnet: '127.0.0.2', camera: '127.0.0.3', stranger: '127.0.0.4' } as const;
const PORT = 8001;

const HOST = 'resnet.serving.svc.cluster.local';

/** A server that `camera` may call, as rendered, and the labels of its pods. */
function rendered(): { objects: KubeObject[]; labels: Readonly<Record<string, string>> } {
  const chart = new ServingChart(new App(), 'lab', { namespace: 'serving' });
  const server = new ModelServer(chart, 'ResNet', {
    name: 'resnet',
    engine: ServingEngine.TRITON,
    model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
    cpu: Cpu.units(2),
    memory: Size.gibibytes(4),
  });
  const routing = new ServiceMeshRouting(chart, 'Routing', {
    name: 'resnet',
    mesh: ServiceMesh.ISTIO,
    routes: [{ split: [{ endpoint: server }] }],
    access: [MeshCaller.serviceAccount('serving', 'camera')],
  });
  const objects = Object.values(routing.objects).map((object) => object.toJson() as KubeObject);
  return { objects, labels: server.podLabels };
}

const suite = installed('istio', 'envoy') ? describeWithCluster : describe.skip;

suite('in a mesh with strict mutual TLS', () => {
  let istiod: Istiod;
  let server: RecordingServer;
  const sidecars: LabSidecar[] = [];

  beforeAll(async () => {
    server = await new RecordingServer().listen();
    const { client, kubeconfig } = cluster;
    istiod = await Istiod.start({ client, kubeconfig, mutualTls: true });
    const { objects, labels } = rendered();
    for (const object of [
      ...surroundings(labels),
      ...objects.map((one) => listening(one, server.port)),
    ])
      await client.apply(object);
    await until('the authority is published', 60, async () => {
      await client.get({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio-ca-root-cert', namespace: 'serving' },
      });
      return true;
    });
    for (const [serviceAccount, address] of Object.entries(PODS))
      sidecars.push(
        await LabSidecar.start(client, istiod, {
          address,
          serviceAccount,
          labels: serviceAccount === 'resnet' ? labels : { app: serviceAccount },
        }),
      );
    try {
      await until('the caller reaches the server', 60, async () => {
        return (await callBy(PODS.camera)).code === 'OK';
      });
    } catch (error) {
      const logs = sidecars.map((one) => one.log()).join('\n====\n');
      throw new Error(`${String(error)}\n${istiod.log().slice(-2000)}\n${logs}`, { cause: error });
    }
  });

  afterAll(async () => {
    for (const sidecar of sidecars) await sidecar.stop();
    await istiod.stop();
    server.kill();
  });

  /** A call from a pod, which its proxy takes at its address. */
  async function callBy(address: string, authority = `${HOST}:${PORT}`): Promise<Outcome> {
    const client = new SecureClient(
      { port: PORT, host: authority, trusts: '' },
      `${address}:${PORT}`,
      credentials.createInsecure(),
    );
    try {
      return await client.infer({ seconds: 5 });
    } finally {
      client.close();
    }
  }

  test('the service account that is named gets an answer', async () => {
    expect((await callBy(PODS.camera)).code).toBe('OK');
  });

  test('another service account of the same namespace is refused', async () => {
    const asked = server.asked;

    expect(await callBy(PODS.stranger)).toEqual({
      code: 'PERMISSION_DENIED',
      details: 'RBAC: access denied',
    });
    expect(server.asked).toBe(asked);
  });

  test('a caller without a certificate of the mesh is not even heard', async () => {
    const asked = server.asked;

    expect((await callBy(PODS.resnet)).code).toBe('UNAVAILABLE');
    expect(server.asked).toBe(asked);
  });

  test('and would be heard, and refused, if connections in the clear were taken', async () => {
    const strict = rendered().objects.find(({ kind }) => kind === 'PeerAuthentication');
    await cluster.client.apply({
      ...(strict as KubeObject),
      spec: { ...strict?.spec, mtls: { mode: 'PERMISSIVE' } },
    });

    await until('the proxy takes it', 20, async () => {
      return (await callBy(PODS.resnet)).code === 'PERMISSION_DENIED';
    });
  });
});

/** The Service, with the pod that its proxy stands for, and where the proxies of callers listen. */
function surroundings(labels: Readonly<Record<string, string>>): KubeObject[] {
  const entry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'resnet', namespace: 'serving' },
    spec: {
      hosts: [HOST],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [{ number: PORT, name: 'grpc', protocol: 'GRPC' }],
      endpoints: [
        {
          address: PODS.resnet,
          ports: { grpc: PORT },
          labels: { ...labels, 'security.istio.io/tlsMode': 'istio' },
          serviceAccount: 'resnet',
        },
      ],
    },
  };
  const callers = (['camera', 'stranger'] as const).map((name) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name, namespace: 'serving' },
    spec: {
      workloadSelector: { labels: { app: name } },
      egress: [
        {
          port: { number: PORT, name: 'grpc', protocol: 'GRPC' },
          bind: PODS[name],
          captureMode: 'NONE',
          hosts: ['*/*'],
        },
      ],
    },
  }));
  return [entry, ...callers];
}

/** The rendered Sidecar of the server, with the address at which its proxy listens. */
function listening(object: KubeObject, port: number): KubeObject {
  if (object.kind !== 'Sidecar') return object;
  return {
    ...object,
    spec: {
      ...object.spec,
      ingress: [
        {
          port: { number: PORT, name: 'grpc', protocol: 'GRPC' },
          bind: PODS.resnet,
          captureMode: 'NONE',
          defaultEndpoint: `127.0.0.1:${port}`,
        },
      ],
    },
  };
}
