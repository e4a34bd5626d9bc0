/* Everything that a routing refuses, by the full text of what it says. */
import { Chart, Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Canary,
  Certificate,
  Cpu,
  GrpcStatus,
  LoadBalancing,
  MeshCaller,
  MutualTls,
  ServerPort,
  ServiceMesh,
  ServiceMeshRouting,
  ServingEngine,
  Model,
  ModelServer,
  ModelSource,
  NodePool,
  type MeshRoute,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';
import { MeshScene } from '../support/meshes';
import { messageOf } from '../support/messages';

const { UNAVAILABLE, NOT_FOUND } = GrpcStatus;
type Bad = (scene: MeshScene) => Partial<ServiceMeshRoutingProps>;

/** One route with something wrong in it. */
const route =
  (more: (scene: MeshScene) => Partial<MeshRoute>): Bad =>
  (scene) => ({ routes: [{ split: [{ endpoint: scene.current }], ...more(scene) }] });

const refused: Readonly<Record<string, Bad>> = {
  'a name that is none': () => ({ name: 'Res Net' }),
  'no route': () => ({ routes: [] }),
  'a route that no call reaches': ({ current, next }) => ({
    routes: [
      { split: [{ endpoint: current }] },
      { match: { headers: { 'x-next': 'true' } }, split: [{ endpoint: next }] },
    ],
  }),
  'an empty split': route(() => ({ split: [] })),
  'weights that do not add up': route(({ current, next }) => ({
    split: [
      { endpoint: current, weight: 90 },
      { endpoint: next, weight: 20 },
    ],
  })),
  'weights out of range': route(({ current, next }) => ({
    split: [
      { endpoint: current, weight: 150 },
      { endpoint: next, weight: -50 },
    ],
  })),
  'a server twice': route(({ current }) => ({
    split: [
      { endpoint: current, weight: 50 },
      { endpoint: current, weight: 50 },
    ],
  })),
  'a subset that no server has': route(({ current }) => ({
    split: [{ endpoint: current, subset: { version: 'v2' } }],
  })),
  'a mirror to itself': route(({ current }) => ({ mirror: { endpoint: current, percent: 10 } })),
  'a mirror of nothing': route(({ shadow }) => ({ mirror: { endpoint: shadow, percent: 0 } })),
  'a gRPC method on the HTTP port': route(() => ({
    port: ServerPort.HTTP,
    match: { method: { service: 'inference.GRPCInferenceService' } },
  })),
  'names that are none': route(() => ({
    match: {
      method: { service: '/inference', method: 'Model Infer' },
      headers: { 'X-Tenant': 'acme' },
      source: { labels: { 'a b': 'c' } },
    },
  })),
  'retries beyond bounds, and after what proxies cannot tell': route(() => ({
    retries: { attempts: 11, on: [NOT_FOUND] },
  })),
  'retries after nothing': route(() => ({ retries: { attempts: 1, on: [] } })),
  'attempts that take longer than the call may': route(() => ({
    timeout: Duration.seconds(2),
    retries: { attempts: 2, on: [UNAVAILABLE], attemptTimeout: Duration.seconds(1) },
  })),
  'attempts that take longer than callers wait': (scene) => ({
    ...route(() => ({
      retries: { attempts: 3, on: [UNAVAILABLE], attemptTimeout: Duration.seconds(1) },
    }))(scene),
    clientDeadline: Duration.seconds(3),
  }),
  'a timeout beyond the deadline of callers': (scene) => ({
    ...route(() => ({ timeout: Duration.seconds(10) }))(scene),
    clientDeadline: Duration.seconds(3),
  }),
  'faults without a share': route(() => ({
    fault: { delay: { duration: Duration.seconds(1), percent: 0 } },
  })),
  'a fault that is none': route(() => ({ fault: {} })),
  'external hosts without a gateway': () => ({ hosts: ['ovms.example.com', 'no host'] }),
  'a gateway without hosts': ({ current }) => ({
    hosts: [current],
    gateway: { certificate: Certificate.fromSecret('tls') },
  }),
  'a certificate that gateways of meshes cannot read': () => ({
    hosts: ['ovms.example.com'],
    gateway: {
      certificate: Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b-3c4d'),
    },
  }),
  'a host twice': ({ current }) => ({ hosts: [current, current] }),
  'no host': () => ({ hosts: [] }),
  'locality without a circuit breaker': () => ({ loadBalancing: LoadBalancing.locality() }),
  'a header that is none': () => ({ loadBalancing: LoadBalancing.consistentHash('X Session') }),
  'a circuit breaker out of bounds': () => ({
    circuitBreaker: {
      maxConnections: 0,
      consecutiveErrors: 0,
      ejectionTime: Duration.hours(2),
      interval: Duration.millis(10),
      maxEjectedPercent: 101,
    },
  }),
  'a proxy out of bounds': () => ({
    sidecar: { cpu: Cpu.millis(10), memory: Size.gibibytes(9), egressHosts: ['store'] },
  }),
  'callers of whom nothing is known': () => ({
    mutualTls: MutualTls.PERMISSIVE,
    access: [MeshCaller.namespace('vision')],
  }),
};

test.each(Object.entries(refused))('refuses %s', (_, bad) => {
  const scene = new MeshScene();

  expect(messageOf(() => scene.routing(bad(scene)))).toMatchSnapshot();
});

test('tells all problems at once', () => {
  const scene = new MeshScene();
  const props = Object.assign(
    {},
    ...[refused['a name that is none'], refused['no route']].map((bad) => bad?.(scene)),
  ) as Partial<ServiceMeshRoutingProps>;

  expect(messageOf(() => scene.routing(props)).split('\n')).toHaveLength(2);
});

test('refuses faults in a chart that is not for testing', () => {
  const scene = new MeshScene(false);
  const fault = { abort: { status: UNAVAILABLE, percent: 1 } };

  expect(
    messageOf(() => scene.routing({ routes: [{ split: [{ endpoint: scene.current }], fault }] })),
  ).toMatchSnapshot();
});

test('refuses two routings of one host and of one server', () => {
  const scene = new MeshScene();
  scene.routing();
  const routes = [{ split: [{ endpoint: scene.next }] }];
  const props = { mesh: ServiceMesh.ISTIO, routes };
  const second = (name: string, more: Partial<ServiceMeshRoutingProps>): string =>
    messageOf(() => new ServiceMeshRouting(scene.chart, name, { name, ...props, ...more }));

  expect(second('same-host', { hosts: [scene.current] })).toMatchSnapshot();
  expect(
    second('same-server', {
      hosts: [scene.next],
      routes: [{ split: [{ endpoint: scene.current }] }],
    }),
  ).toMatchSnapshot();
  expect(second('other', {})).toBe('nothing was refused');
});

test('refuses servers of other namespaces, and a chart without one', () => {
  const scene = new MeshScene();
  const elsewhere = new Chart(scene.app, 'elsewhere', { namespace: 'elsewhere' });
  const nowhere = new Chart(scene.app, 'nowhere');
  const props = {
    name: 'resnet',
    mesh: ServiceMesh.ISTIO,
    routes: [{ split: [{ endpoint: scene.current }] }],
  };

  for (const chart of [elsewhere, nowhere])
    expect(messageOf(() => new ServiceMeshRouting(chart, 'R', props))).toMatchSnapshot();
});

test('refuses a server without the port that is routed', () => {
  const scene = new MeshScene();
  const llm = new ModelServer(scene.chart, 'llm', {
    name: 'llm',
    engine: ServingEngine.VLLM,
    model: Model.of('llm', ModelSource.s3('s3://models/llm/')),
    cpu: Cpu.units(8),
    memory: Size.gibibytes(32),
    accelerator: Accelerator.nvidia(1),
  });

  expect(
    messageOf(() => scene.routing({ routes: [{ split: [{ endpoint: llm }] }] })),
  ).toMatchSnapshot();
});

test('refuses pods that do not fit their nodes with a proxy', () => {
  const scene = new MeshScene();
  const pool = NodePool.eksOnDemand('small', { instanceTypes: ['m7i.large'], min: 0, max: 4 });
  const tight = scene.server('tight', { cpu: Cpu.millis(1700), placement: [pool] });

  expect(
    messageOf(() => scene.routing({ routes: [{ split: [{ endpoint: tight }] }] })),
  ).toMatchSnapshot();
});

test.each([{ steps: [10, 5], step: 1 }, { steps: [0, 50], step: 1 }, { step: 6 }, { step: -1 }])(
  'refuses a canary with %o',
  (props) => {
    const { chart, current, next } = new MeshScene();
    const make = (): Canary =>
      new Canary(chart, 'Canary', {
        name: 'resnet',
        mesh: ServiceMesh.ISTIO,
        stable: current,
        candidate: next,
        ...props,
      });

    expect(messageOf(make)).toMatchSnapshot();
  },
);
