/* What a routing makes of the servers: pods of the mesh, open to those that may call, and to nobody else. */
import { Duration, Size } from 'cdk8s';
import {
  Certificate,
  Cpu,
  GrpcStatus,
  MeshCaller,
  MutualTls,
  NetworkPeer,
  NodePool,
  PrometheusServer,
  Autoscaling,
  ScalingPolicy,
  ServiceMesh,
  type ServiceMeshRouting,
  Shadow,
  warningsOf,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';
import { MeshScene, type Manifest } from '../support/meshes';

interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

function templateOf(scene: MeshScene, name = 'current'): PodTemplate {
  const [deployment] = scene.objects('Deployment', name);
  return (deployment?.spec as { template: PodTemplate }).template;
}

function policyOf(scene: MeshScene, name = 'current'): { ingress?: unknown[]; egress: unknown[] } {
  const [policy] = scene.objects('NetworkPolicy', name);
  return policy?.spec as { ingress?: unknown[]; egress: unknown[] };
}

const camera = MeshCaller.serviceAccount('vision', 'camera');

describe('a mesh with sidecars', () => {
  test('gives each pod a proxy that starts before and ends after it, and leaves it Guaranteed', () => {
    const scene = new MeshScene();
    scene.routing({ sidecar: { cpu: Cpu.units(1), memory: Size.mebibytes(512) } });
    const { labels, annotations } = templateOf(scene).metadata;

    expect(labels['sidecar.istio.io/inject']).toBe('true');
    expect(annotations).toMatchObject({
      'sidecar.istio.io/nativeSidecar': 'true',
      'sidecar.istio.io/proxyCPU': '1',
      'sidecar.istio.io/proxyCPULimit': '1',
      'sidecar.istio.io/proxyMemory': '512Mi',
      'sidecar.istio.io/proxyMemoryLimit': '512Mi',
      'sidecar.istio.io/rewriteAppHTTPProbers': 'true',
      'proxy.istio.io/config': '{"holdApplicationUntilProxyStarts":true}',
    });
  });

  test('leaves servers alone that no route names', () => {
    const scene = new MeshScene();
    scene.routing();

    expect(JSON.stringify(templateOf(scene, 'next'))).not.toContain('istio');
  });

  test('counts the proxy where pods are fitted to nodes', () => {
    const scene = new MeshScene();
    const pool = NodePool.eksOnDemand('p', { instanceTypes: ['m7i.2xlarge'], min: 0, max: 4 });
    const server = scene.server('placed', { placement: [pool] });
    const before = server.podsPerNode(pool);
    scene.routing({ routes: [{ split: [{ endpoint: server }] }] });

    expect(before).toBe(3);
    expect(server.podsPerNode(pool)).toBe(3);
    expect(server.podRequests).toEqual({ cpuMillis: 2500, memoryMib: 4096 + 256 });
  });

  test('opens exactly the routed port to the namespaces of callers, and the control plane to the proxy', () => {
    const scene = new MeshScene();
    scene.routing({ access: [camera] });

    expect(policyOf(scene).ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'vision' } } }],
        ports: [{ port: 8001, protocol: 'TCP' }],
      },
    ]);
    expect(JSON.stringify(policyOf(scene).egress)).toContain('15012');
  });

  test('lets nobody call where no caller is named', () => {
    const scene = new MeshScene();
    scene.routing();
    const [policy] = scene.objects('AuthorizationPolicy', 'current');

    expect(policyOf(scene).ingress).toBeUndefined();
    expect(policy?.spec).toEqual({
      selector: {
        matchLabels: {
          'app.kubernetes.io/name': 'model-server',
          'app.kubernetes.io/instance': 'current',
        },
      },
      action: 'ALLOW',
    });
  });

  test('shows the metrics of the server by the agent, as its own port takes callers of the mesh only', () => {
    const scene = new MeshScene();
    const prometheus = PrometheusServer.inCluster('monitoring');
    new Autoscaling(scene.chart, 'Scaling', {
      target: scene.current,
      minReplicas: 2,
      maxReplicas: 4,
      prometheus,
      policies: [ScalingPolicy.queueDepth(4)],
    });
    scene.routing();
    const [monitor] = scene.objects('PodMonitor');

    expect(templateOf(scene).metadata.annotations).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '8002',
      'prometheus.io/path': '/metrics',
    });
    expect(JSON.stringify(monitor?.spec)).toContain('"portNumber":15020');
    expect(JSON.stringify(monitor?.spec)).toContain('"path":"/stats/prometheus"');
    expect(JSON.stringify(policyOf(scene).ingress)).toContain('15020');
    expect(JSON.stringify(policyOf(scene).ingress)).not.toContain('8002');
  });

  test('knows nothing but the control plane and what the servers call', () => {
    const scene = new MeshScene();
    scene.routing({ sidecar: { egressHosts: ['features/*'] } });
    const [sidecar] = scene.objects('Sidecar', 'current');

    expect(sidecar?.spec).toMatchObject({ egress: [{ hosts: ['istio-system/*', 'features/*'] }] });
  });
});

describe('ambient Istio', () => {
  const ambient = (scene: MeshScene): ServiceMeshRouting =>
    scene.routing({ mesh: ServiceMesh.ISTIO_AMBIENT, access: [camera] });

  test('lets callers in by the waypoint alone', () => {
    const scene = new MeshScene();
    ambient(scene);
    const waypoint = { 'gateway.networking.k8s.io/gateway-name': 'resnet-waypoint' };

    expect(policyOf(scene).ingress).toEqual([
      {
        from: [{ podSelector: { matchLabels: waypoint } }],
        ports: [
          { port: 8001, protocol: 'TCP' },
          { port: 15008, protocol: 'TCP' },
        ],
      },
      { from: [{ ipBlock: { cidr: '169.254.7.127/32' } }] },
    ]);
    expect(policyOf(scene, 'resnet-waypoint').ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'vision' } } }],
        ports: [{ port: 15008, protocol: 'TCP' }],
      },
    ]);
    const [direct] = scene.objects('AuthorizationPolicy', 'current-waypoint');
    expect(JSON.stringify(direct?.spec)).toContain('cluster.local/ns/serving/sa/resnet-waypoint');
  });

  test('labels pods and Services, and puts no proxy into pods', () => {
    const scene = new MeshScene();
    ambient(scene);

    expect(templateOf(scene).metadata.labels['istio.io/dataplane-mode']).toBe('ambient');
    expect(JSON.stringify(templateOf(scene))).not.toContain('sidecar');
    expect(scene.objects('Service', 'current')[0]?.metadata.labels).toMatchObject({
      'istio.io/use-waypoint': 'resnet-waypoint',
    });
  });
});

describe('OpenShift Service Mesh 2', () => {
  test('gets the versions and the protocol names that it knows', () => {
    const scene = new MeshScene();
    scene.routing({ mesh: ServiceMesh.OPENSHIFT_SERVICE_MESH_2 });
    const versions = scene
      .objects()
      .filter(({ apiVersion }) => apiVersion.includes('istio.io'))
      .map(({ apiVersion }) => apiVersion.split('/')[1]);

    expect(new Set(versions)).toEqual(new Set(['v1beta1']));
    expect(JSON.stringify(scene.objects('Service', 'current'))).toContain('"appProtocol":"grpc"');
  });
});

test('a mesh without a choice of TLS says so, and opens nothing but the gateway', () => {
  const scene = new MeshScene();
  scene.routing({
    mesh: ServiceMesh.GATEWAY_API,
    hosts: ['ovms.example.com'],
    gateway: { certificate: Certificate.fromSecret('tls') },
  });

  expect(warningsOf(scene.app).map(({ message }) => message)).toContain(
    'whether connections are encrypted, and who may call, is up to how the mesh is set up',
  );
  expect(JSON.stringify(policyOf(scene).ingress)).toContain(
    'gateway.networking.k8s.io/gateway-name',
  );
});

test('a certificate from an issuer goes where the gateway reads it', () => {
  const scene = new MeshScene();
  scene.routing({
    hosts: ['ovms.example.com'],
    gateway: { certificate: Certificate.fromIssuer('internal', { clusterIssuer: true }) },
  });
  const [certificate] = scene.objects('Certificate') as (Manifest & {
    metadata: { namespace: string };
  })[];

  expect(certificate?.metadata.namespace).toBe('istio-ingress');
});

test('a shadow answers nothing', () => {
  const scene = new MeshScene();
  const { current: live, shadow } = scene;
  new Shadow(scene.chart, 'Shadow', { name: 'resnet', mesh: ServiceMesh.ISTIO, live, shadow });
  const [routes] = scene.objects('VirtualService');
  const { http } = routes?.spec as {
    http: { route: { destination: { host: string } }[]; mirror: { host: string } }[];
  };

  expect(http[0]?.route.map(({ destination }) => destination.host)).toEqual([
    'current.serving.svc.cluster.local',
  ]);
  expect(http[0]?.mirror.host).toBe('shadow.serving.svc.cluster.local');
});

describe('warns of', () => {
  const warned: Readonly<Record<string, (scene: MeshScene) => Partial<ServiceMeshRoutingProps>>> = {
    'calls that may be computed twice': ({ current }) => ({
      routes: [
        {
          split: [{ endpoint: current }],
          retries: { attempts: 1, on: [GrpcStatus.UNAVAILABLE, GrpcStatus.INTERNAL] },
        },
      ],
    }),
    'streams that are cut': ({ current }) => ({
      routes: [{ split: [{ endpoint: current }], timeout: Duration.seconds(2) }],
    }),
    'calls in the clear': () => ({ mutualTls: MutualTls.PERMISSIVE }),
  };

  test.each(Object.entries(warned))('%s', (_, props) => {
    const scene = new MeshScene();
    scene.routing(props(scene));

    expect(warningsOf(scene.app)).toMatchSnapshot();
  });

  test('nothing where calls are idempotent, and the time limit is that of a method', () => {
    const scene = new MeshScene();
    const { current } = scene;
    const method = { service: 'inference.GRPCInferenceService', method: 'ModelInfer' };
    scene.routing({
      routes: [
        {
          match: { method },
          split: [{ endpoint: current }],
          timeout: Duration.seconds(2),
          retries: { attempts: 1, on: [GrpcStatus.INTERNAL], idempotent: true },
        },
      ],
    });

    expect(warningsOf(scene.app)).toEqual([]);
  });
});

test('a server is in one mesh only', () => {
  const { current } = new MeshScene();
  const sidecar = { cpuMillis: 500, memoryMib: 256 };
  const join = (mesh: ServiceMesh): void => {
    const membership = mesh.definition.membership(sidecar, 'resnet');
    if (membership) current.joinMesh(membership);
  };
  join(ServiceMesh.ISTIO);
  join(ServiceMesh.ISTIO);

  expect(() => join(ServiceMesh.ISTIO_AMBIENT)).toThrow(
    'serving/current.joinMesh: got Istio ambient after Istio, or another proxy of it, expected one mesh, and the same proxy in all its routings; give all routings of the server the same mesh and the same sidecar',
  );
});

test('peers that the server opens to by itself stay', () => {
  const scene = new MeshScene();
  const server = scene.server('open', {
    networkAccess: { clients: [NetworkPeer.pods({ app: 'batch' })] },
  });
  scene.routing({ routes: [{ split: [{ endpoint: server }] }], access: [camera] });

  expect(policyOf(scene, 'open').ingress).toHaveLength(2);
});
