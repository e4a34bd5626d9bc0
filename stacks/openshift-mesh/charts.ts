/*
 * Two OpenVINO Model Servers in a service mesh on OpenShift: every call balanced by itself, a new server that gets a
 * tenth of them, copies for those that ask for it, whole cores for each pod, and the client of the source with its
 * 1,000,000 calls.
 */
import { Chart, Duration, Size, type App } from 'cdk8s';
import {
  Canary,
  Certificate,
  Cpu,
  EndpointRoute,
  GrpcStatus,
  ImageBuild,
  MeshCaller,
  MeshControlPlane,
  MeshJob,
  Model,
  ModelFormat,
  ModelServer,
  ModelSource,
  NodeCloud,
  OpenVinoOperatorModelServer,
  Platform,
  ServiceMesh,
  ServiceMeshRouting,
  ServingChart,
  ServingEngine,
  ServingNamespace,
  StaticCpuNodes,
  type Fault,
  type ModelEndpoint,
  type ModelServerProps,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { softwareChart } from '../software';
import { staticPool } from './pools';
import { istioCharts } from './software';

const STACK = 'openshift-mesh';
const OPENSHIFT = { partOf: STACK, platform: Platform.OPENSHIFT };
const NAMESPACE = 'ovms';
const BUILDS = 'ovms-builds';
const HOST = 'ovms.apps.example.com';

const MESHES: Readonly<Record<StackSettings['mesh'], ServiceMesh>> = {
  istio: ServiceMesh.ISTIO,
  'openshift-service-mesh-2': ServiceMesh.OPENSHIFT_SERVICE_MESH_2,
  'openshift-service-mesh-3': ServiceMesh.OPENSHIFT_SERVICE_MESH_3,
};

/** Proxies for high load: one core each, where the default is half of one. */
const SIDECAR = { cpu: Cpu.units(1), memory: Size.mebibytes(512) };

/** How much of the calls the new server gets; the number to edit. */
const CANARY = { steps: [10, 25, 50, 100], step: 1 };

/** What the test variant does to a part of the calls. */
const FAULT: Fault = {
  delay: { duration: Duration.millis(500), percent: 5 },
  abort: { status: GrpcStatus.UNAVAILABLE, percent: 1 },
};

/** Adds the charts of the stack to the app. */
export function openShiftMesh(app: App, settings: StackSettings): void {
  const mesh = MESHES[settings.mesh];
  const base = basis(app, mesh, settings);
  const image = clientImage(app);
  const nodes = new Chart(app, 'nodes', { labels: { 'app.kubernetes.io/part-of': STACK } });
  const { nodeLabels } = new StaticCpuNodes(nodes, 'Static', { name: 'xeon-static' });

  const forTesting = settings.purpose === 'test';
  const chart = new ServingChart(app, NAMESPACE, {
    namespace: NAMESPACE,
    ...OPENSHIFT,
    forTesting,
  });
  chart.addDependency(base, nodes);
  const [current, next] = ['ovms-sample', 'ovms-sample-new'].map((name) =>
    server(chart, name, settings, nodeLabels),
  ) as [ModelEndpoint, ModelEndpoint];
  route(chart, mesh, { current, next, forTesting });

  const client = new ServingChart(app, 'client', { namespace: NAMESPACE, ...OPENSHIFT });
  client.addDependency(chart);
  new MeshJob(client, 'Client', {
    name: 'client',
    mesh,
    calls: [current, next],
    image,
    command: [
      './resnet_client_benchmark',
      '--images_list=input_images.txt',
      '--grpc_address=ovms-sample',
      `--grpc_port=${current.ports.grpc ?? 0}`,
      '--model_name=resnet',
      '--input_name=0',
      '--output_name=1463',
      '--iterations=1000000',
      '--layout=binary',
    ],
    cpu: Cpu.units(2),
    memory: Size.gibibytes(1),
    sidecar: SIDECAR,
  });
}

/** The mesh itself, and the namespace of the servers. */
function basis(app: App, mesh: ServiceMesh, settings: StackSettings): ServingChart {
  const namespace = new ServingChart(app, 'namespace', { namespace: NAMESPACE, ...OPENSHIFT });
  new ServingNamespace(namespace, 'Namespace', {
    name: NAMESPACE,
    quota: { cpu: Cpu.units(32), memory: Size.gibibytes(32), pods: 12 },
  });
  if (settings.mesh === 'istio') {
    const software = softwareChart(app, STACK, settings, {
      cloud: NodeCloud.OPENSHIFT,
      charts: istioCharts,
    });
    if (software) namespace.addDependency(software);
  } else {
    const plane = new ServingChart(app, 'mesh', { namespace: 'istio-system', ...OPENSHIFT });
    new MeshControlPlane(plane, 'Mesh', { mesh, members: [NAMESPACE], sidecar: SIDECAR });
    // Its members are named, and must be there.
    plane.addDependency(namespace);
  }
  return namespace;
}

/** The sample client of the source, built by the cluster. */
function clientImage(app: App): string {
  const builds = new ServingChart(app, 'builds', { namespace: BUILDS, ...OPENSHIFT });
  return new ImageBuild(builds, 'Client', {
    name: 'client-cpp',
    repository: 'https://github.com/openvinotoolkit/model_server',
    ref: '469582ff3fdd8b9757c67bf24ed34834a27821c3',
    contextDir: 'example_client/cpp',
    pullableFrom: [NAMESPACE],
  }).image;
}

/** One server, run by the operator or by a Deployment of ours. */
function server(
  chart: ServingChart,
  name: string,
  { server: by }: StackSettings,
  nodeLabels: Readonly<Record<string, string>>,
): ModelEndpoint {
  const props: ModelServerProps = {
    name,
    engine: ServingEngine.OPENVINO,
    model: Model.of(
      'resnet',
      ModelSource.gcs('gs://ovms-public-eu/resnet50-binary', { anonymous: true }),
      { format: ModelFormat.OPENVINO_IR, size: Size.mebibytes(128) },
    ),
    // Whole cores, requests equal limits: the nodes give them to the pod alone.
    cpu: Cpu.units(4),
    memory: Size.mebibytes(500),
    replicas: 1,
  };
  return by === 'operator'
    ? new OpenVinoOperatorModelServer(chart, name, props)
    : new ModelServer(chart, name, {
        ...props,
        placement: [staticPool(nodeLabels)],
      });
}

interface RouteOptions {
  readonly current: ModelEndpoint;
  readonly next: ModelEndpoint;
  readonly forTesting: boolean;
}

/** Shifting, mirroring, time limits, retries, circuit breaking, and the way in for clients outside of the mesh. */
function route(
  chart: ServingChart,
  mesh: ServiceMesh,
  { current, next, forTesting }: RouteOptions,
): void {
  const fault = forTesting ? { fault: FAULT } : {};
  const split = Canary.split(current, next, CANARY);
  new ServiceMeshRouting(chart, 'Routing', {
    name: 'ovms',
    mesh,
    hosts: [current, HOST],
    gateway: { certificate: Certificate.fromSecret('ovms-tls') },
    routes: [
      {
        // For comparing the two on real requests: the answer is that of the first.
        match: { headers: { 'x-shadow': 'true' } },
        split: [{ endpoint: current }],
        mirror: { endpoint: next, percent: 100 },
        timeout: Duration.seconds(2),
      },
      {
        match: { method: { service: 'inference.GRPCInferenceService', method: 'ModelInfer' } },
        split,
        timeout: Duration.seconds(2),
        retries: { attempts: 2, on: [GrpcStatus.UNAVAILABLE] },
        ...fault,
      },
      // Streams, and questions about models: no limit of time, no second attempt.
      { split },
    ],
    circuitBreaker: { consecutiveErrors: 5, ejectionTime: Duration.seconds(30) },
    access: [MeshCaller.serviceAccount(NAMESPACE, 'client')],
    sidecar: SIDECAR,
  });
  const ingress = new ServingChart(chart.node.root, 'ingress', {
    ...OPENSHIFT,
    namespace: mesh === ServiceMesh.OPENSHIFT_SERVICE_MESH_2 ? 'istio-system' : 'istio-ingress',
  });
  // The router passes TLS through: the certificate is the gateway's.
  new EndpointRoute(ingress, 'Route', {
    name: 'ovms',
    host: HOST,
    gateway: { serviceName: 'istio-ingressgateway', port: 'https' },
  });
}
