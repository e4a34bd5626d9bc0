/* What is rendered for OpenShift, and what is refused. */
import { App, Chart, Size } from 'cdk8s';
import {
  Cpu,
  EndpointRoute,
  ImageBuild,
  MeshControlPlane,
  MeshJob,
  Model,
  ModelServer,
  ModelSource,
  OpenVinoOperatorModelServer,
  Platform,
  QualityOfService,
  SecretReference,
  ServerPort,
  ServiceMesh,
  ServiceMeshRouting,
  ServingChart,
  ServingEngine,
  StaticCpuNodes,
  type ImageBuildProps,
  type ModelServerProps,
} from 'inference-constructs';
import { messageOf } from '../support/messages';

const chartOf = (): ServingChart =>
  new ServingChart(new App(), 'ovms', { namespace: 'ovms', platform: Platform.OPENSHIFT });

const sample: ModelServerProps = {
  name: 'ovms-sample',
  engine: ServingEngine.OPENVINO,
  model: Model.of(
    'resnet',
    ModelSource.gcs('gs://ovms-public-eu/resnet50-binary', { anonymous: true }),
  ),
  cpu: Cpu.units(4),
  memory: Size.mebibytes(500),
  replicas: 1,
};

const objectsOf = (chart: Chart): { kind: string; metadata: { name: string }; spec: unknown }[] =>
  chart.toJson() as ReturnType<typeof objectsOf>;

describe('on OpenShift', () => {
  test.each([
    ['a server', (chart: Chart): unknown => new ModelServer(chart, 'Server', sample)],
    [
      'a job',
      (chart: Chart): unknown =>
        new MeshJob(chart, 'Job', {
          name: 'client',
          mesh: ServiceMesh.OPENSHIFT_SERVICE_MESH_3,
          calls: [new ModelServer(chart, 'Server', sample)],
          image: 'registry.example.com/client:1.0.0',
          cpu: Cpu.units(1),
          memory: Size.gibibytes(1),
        }),
    ],
  ])('%s names no user, and resolves names by the DNS of OpenShift', (_, make) => {
    const chart = chartOf();
    make(chart);
    const text = JSON.stringify(objectsOf(chart));

    expect(text).toContain('"runAsNonRoot":true');
    expect(text).not.toMatch(/"(runAsUser|runAsGroup|fsGroup)":/);
    expect(text).toContain('openshift-dns');
    expect(text).toContain('5353');
    expect(text).not.toContain('kube-dns');
  });
});

describe('OpenVinoOperatorModelServer', () => {
  test('is what the source declares', () => {
    const chart = chartOf();
    new OpenVinoOperatorModelServer(chart, 'Server', sample);

    expect(objectsOf(chart)).toMatchSnapshot();
  });

  test('and a Deployment of ours are routed by the same words', () => {
    const chart = chartOf();
    const operator = new OpenVinoOperatorModelServer(chart, 'Operator', sample);
    const own = new ModelServer(chart, 'Own', { ...sample, name: 'own' });
    new ServiceMeshRouting(chart, 'Routing', {
      name: 'ovms',
      mesh: ServiceMesh.OPENSHIFT_SERVICE_MESH_2,
      routes: [
        {
          split: [
            { endpoint: operator, weight: 90 },
            { endpoint: own, weight: 10 },
          ],
        },
      ],
    });
    const text = JSON.stringify(objectsOf(chart));

    expect(text).toContain('"openshift_service_mesh":true');
    expect(text).toContain('"port":{"number":8080}');
    expect(text).toContain('"port":{"number":9000}');
  });

  test('refuses what the operator has no field for, all at once', () => {
    expect(
      messageOf(
        () =>
          new OpenVinoOperatorModelServer(chartOf(), 'Server', {
            ...sample,
            name: 'Sample',
            engine: ServingEngine.TRITON,
            model: Model.of('m', ModelSource.http('https://example.com/model.zip')),
            cpu: Cpu.millis(10),
            memory: Size.mebibytes(1),
            env: { LOG: 'debug' },
            qualityOfService: QualityOfService.burstable({}),
            replicas: 0,
          }),
      ),
    ).toMatchSnapshot();
  });

  test.each([
    ['two models', { models: [Model.of('other', ModelSource.s3('s3://models/other/'))] }],
    [
      'keys in a Secret',
      {
        model: Model.of(
          'm',
          ModelSource.gcs('gs://models/m/', { credentials: SecretReference.fromSecret('gcs') }),
        ),
      },
    ],
  ])('refuses %s', (_, more) => {
    expect(
      messageOf(() => new OpenVinoOperatorModelServer(chartOf(), 'S', { ...sample, ...more })),
    ).toMatchSnapshot();
  });

  test('refuses what is asked of it later', () => {
    const server = new OpenVinoOperatorModelServer(chartOf(), 'Server', sample);
    const ambient = ServiceMesh.ISTIO_AMBIENT.definition.membership(
      { cpuMillis: 500, memoryMib: 256 },
      'ovms',
    );

    expect([
      messageOf(() => server.limitRequests(1024)),
      messageOf(() => server.serveTls()),
      messageOf(() => ambient && server.joinMesh(ambient)),
    ]).toMatchSnapshot();
  });
});

describe('ImageBuild', () => {
  const build: ImageBuildProps = {
    name: 'client-cpp',
    repository: 'https://github.com/openvinotoolkit/model_server',
    ref: '469582ff3fdd8b9757c67bf24ed34834a27821c3',
    contextDir: 'example_client/cpp',
    pullableFrom: ['ovms'],
  };

  test('builds a commit into an image of its own tag', () => {
    const chart = new ServingChart(new App(), 'builds', { namespace: 'ovms-builds' });
    const { image } = new ImageBuild(chart, 'Build', build);

    expect(image).toBe(
      'image-registry.openshift-image-registry.svc:5000/ovms-builds/client-cpp:469582ff3fdd',
    );
    expect(objectsOf(chart)).toMatchSnapshot();
  });

  test('refuses what can move, and paths that lead out', () => {
    const chart = new ServingChart(new App(), 'builds', { namespace: 'ovms-builds' });
    const bad = {
      ...build,
      name: 'Client',
      repository: 'https://user:token@github.com/x/y',
      ref: 'main',
      contextDir: '../secret',
    };

    expect(messageOf(() => new ImageBuild(chart, 'Build', bad))).toMatchSnapshot();
  });
});

describe('EndpointRoute', () => {
  const scene = (): { chart: ServingChart; server: ModelServer; tls: ModelServer } => {
    const chart = chartOf();
    const tls = {
      ...sample,
      name: 'tls',
      engine: ServingEngine.TRITON,
      memory: Size.gibibytes(4),
    };
    return {
      chart,
      server: new ModelServer(chart, 'Server', sample),
      tls: new ModelServer(chart, 'Tls', tls),
    };
  };

  test('ends TLS at the router for REST, and at the server for gRPC', () => {
    const { chart, server, tls } = scene();
    const host = 'ovms.apps.example.com';
    const rest = new EndpointRoute(chart, 'Rest', { name: 'rest', host, endpoint: server });
    const grpc = new EndpointRoute(chart, 'Grpc', {
      name: 'grpc',
      host: 'grpc.apps.example.com',
      endpoint: tls,
      port: ServerPort.GRPC,
      secretName: 'tls',
    });

    expect(
      [rest, grpc].map(({ route }) => (route.toJson() as { spec: unknown }).spec),
    ).toMatchSnapshot();
    expect(JSON.stringify(objectsOf(chart))).toContain('openshift-ingress');
  });

  test('refuses gRPC without a certificate, a server without TLS, and two targets', () => {
    const { chart, server } = scene();
    const props = { name: 'Bad', host: 'bad', endpoint: server, port: ServerPort.GRPC } as const;
    const gateway = { serviceName: 'gateway', port: 'https' };

    expect(messageOf(() => new EndpointRoute(chart, 'A', props))).toMatchSnapshot();
    expect(messageOf(() => new EndpointRoute(chart, 'B', { ...props, gateway }))).toContain(
      'got a server and a gateway',
    );
  });
});

describe('MeshControlPlane', () => {
  test.each([ServiceMesh.OPENSHIFT_SERVICE_MESH_2, ServiceMesh.OPENSHIFT_SERVICE_MESH_3])(
    'of %s has proxies of the size that is asked for, and strict TLS',
    (mesh) => {
      const chart = new ServingChart(new App(), 'mesh', { namespace: 'istio-system' });
      new MeshControlPlane(chart, 'Mesh', {
        mesh,
        members: ['ovms'],
        sidecar: { cpu: Cpu.units(1), memory: Size.mebibytes(512) },
      });

      expect(objectsOf(chart)).toMatchSnapshot();
    },
  );

  test('refuses meshes that come by charts, and members that are none', () => {
    const make = (mesh: ServiceMesh, ...members: string[]): string =>
      messageOf(() => new MeshControlPlane(chartOf(), 'M', { mesh, members }));

    expect(make(ServiceMesh.ISTIO)).toMatchSnapshot();
    expect(make(ServiceMesh.OPENSHIFT_SERVICE_MESH_3, 'a', 'a')).toMatchSnapshot();
  });
});

test('the proxy of a job knows the namespaces that it calls, and no others', () => {
  const chart = chartOf();
  new MeshJob(chart, 'Job', {
    name: 'client',
    mesh: ServiceMesh.OPENSHIFT_SERVICE_MESH_2,
    calls: [new ModelServer(chart, 'Server', sample)],
    image: 'registry.example.com/client:1.0.0',
    cpu: Cpu.units(1),
    memory: Size.gibibytes(1),
  });
  const scope = objectsOf(chart).find(({ kind }) => kind === 'Sidecar');

  expect(scope).toMatchObject({
    apiVersion: 'networking.istio.io/v1beta1',
    spec: {
      workloadSelector: { labels: { 'app.kubernetes.io/instance': 'client' } },
      egress: [{ hosts: ['istio-system/*', 'ovms/*'] }],
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    },
  });
});

test('a job refuses images that can change, and to call nobody', () => {
  expect(
    messageOf(
      () =>
        new MeshJob(chartOf(), 'Job', {
          name: 'client',
          mesh: ServiceMesh.ISTIO,
          calls: [],
          image: 'client:latest',
          cpu: Cpu.units(1),
          memory: Size.gibibytes(1),
          parallelism: 0,
        }),
    ),
  ).toMatchSnapshot();
});

test('nodes with whole cores have a role of their own', () => {
  const nodes = new StaticCpuNodes(new Chart(new App(), 'nodes'), 'A', { name: 'xeon-static' });

  expect(nodes.nodeLabels).toEqual({ 'node-role.kubernetes.io/xeon-static': '' });
  expect(
    messageOf(
      () =>
        new StaticCpuNodes(new Chart(new App(), 'n'), 'B', { name: 'worker', maxUnavailable: 0 }),
    ),
  ).toMatchSnapshot();
});
