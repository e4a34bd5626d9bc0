/*
 * Runtimes, graphs of services, models of shared services.
 */
import { Duration, Size } from 'cdk8s';
import {
  ClusterServingRuntime,
  Cpu,
  DeploymentMode,
  GraphNode,
  InferenceGraph,
  type InferenceService,
  KServeRuntime,
  ModelFormat,
  ModelSource,
  Protocol,
  ServingEngine,
  ServingRuntime,
  TrainedModel,
  type InferenceServiceProps,
  type ServingChart,
} from 'inference-constructs';
import { chartOf } from '../support/charts';
import { messageOf } from '../support/messages';
import { STANDARD, find, mlServer, serviceIn } from '../support/serverless-objects';

describe('a runtime', () => {
  const runtime = {
    name: 'runtime',
    engine: ServingEngine.TRITON,
    ...STANDARD,
    cpu: Cpu.units(4),
    memory: Size.gibibytes(8),
  };

  test('takes the name of the model from the service, where the command line can', () => {
    const chart = chartOf();
    new ClusterServingRuntime(chart, 'Runtime', {
      ...runtime,
      name: 'embeddings',
      engine: ServingEngine.TEXT_EMBEDDINGS_INFERENCE,
      autoSelect: true,
    });

    const { spec, metadata } = find(chart, 'ClusterServingRuntime');
    expect(spec).toMatchObject({
      supportedModelFormats: [{ name: 'huggingface', autoSelect: true }],
    });
    expect(metadata).not.toHaveProperty('namespace');
    expect(JSON.stringify(spec)).toContain('--model-id=/mnt/models');
  });

  test.each<[string, () => unknown]>([
    [
      'of an engine that takes the name from a file, without a name',
      () =>
        new ServingRuntime(chartOf(), 'Runtime', {
          ...runtime,
          engine: ServingEngine.TENSORFLOW_SERVING,
        }),
    ],
    [
      'of MLServer, without a name',
      () =>
        new ServingRuntime(chartOf(), 'Runtime', { ...runtime, engine: ServingEngine.MLSERVER }),
    ],
    [
      'of all namespaces that reads files',
      () =>
        new ClusterServingRuntime(chartOf(), 'Runtime', {
          ...runtime,
          engine: ServingEngine.TENSORFLOW_SERVING,
          modelName: 'model',
        }),
    ],
    [
      'with formats and protocols that the engine lacks',
      () =>
        new ServingRuntime(chartOf(), 'Runtime', {
          ...runtime,
          formats: [ModelFormat.MLFLOW],
          protocol: Protocol.TFS_REST,
        }),
    ],
    [
      'over gRPC in mode KNATIVE that cannot say when it is ready',
      () =>
        new ServingRuntime(chartOf(), 'Runtime', {
          ...runtime,
          engine: ServingEngine.OPENVINO,
          mode: DeploymentMode.KNATIVE,
          protocol: Protocol.KSERVE_V2_GRPC,
          modelName: 'model',
        }),
    ],
    ['by a name that is none', () => KServeRuntime.named('A', { formats: [], protocols: [] })],
  ])('is refused %s', (_, make) => {
    expect(messageOf(() => void make())).toMatchSnapshot();
  });
});

describe('a graph', () => {
  const graph = (
    nodes: (service: InferenceService) => Record<string, GraphNode>,
    more: {
      mode?: DeploymentMode;
      service?: Partial<InferenceServiceProps>;
      timeout?: Duration;
    } = {},
  ): ServingChart => {
    const chart = chartOf();
    const service = serviceIn(chart, { ...STANDARD, predictor: mlServer, ...more.service });
    new InferenceGraph(chart, 'Graph', {
      name: 'graph',
      mode: more.mode ?? DeploymentMode.STANDARD,
      nodes: nodes(service),
      ...(more.timeout && { timeout: more.timeout }),
    });
    return chart;
  };

  test('is rendered in the words of KServe, and let in to its services', () => {
    const chart = graph((to) => ({
      root: GraphNode.sequence([{ name: 'first', to, required: true }, { to: 'second' }]),
      second: GraphNode.splitter([
        { to, weight: 90 },
        { to: 'https://other.example.com/predict', weight: 10 },
      ]),
    }));

    expect(find(chart, 'InferenceGraph').spec['nodes']).toEqual({
      root: {
        routerType: 'Sequence',
        steps: [
          { name: 'first', serviceName: 'flowers', dependency: 'Hard' },
          { nodeName: 'second' },
        ],
      },
      second: {
        routerType: 'Splitter',
        steps: [
          { serviceName: 'flowers', weight: 90 },
          { serviceUrl: 'https://other.example.com/predict', weight: 10 },
        ],
      },
    });
    expect(JSON.stringify(find(chart, 'NetworkPolicy', 'flowers-predictor').spec)).toContain(
      '"serving.kserve.io/inferencegraph":"graph"',
    );
  });

  test.each<[string, () => unknown]>([
    ['without a beginning', () => graph((to) => ({ first: GraphNode.sequence([{ to }]) }))],
    ['without steps', () => graph(() => ({ root: GraphNode.sequence([]) }))],
    [
      'with a node that is not there',
      () => graph(() => ({ root: GraphNode.sequence([{ to: 'nowhere' }]) })),
    ],
    [
      'with a circle',
      () =>
        graph(() => ({
          root: GraphNode.sequence([{ to: 'next' }]),
          next: GraphNode.switch([{ to: 'root', condition: 'a' }]),
        })),
    ],
    [
      'with a node that nothing leads to',
      () =>
        graph((to) => ({
          root: GraphNode.sequence([{ to }]),
          lost: GraphNode.ensemble([{ name: 'a', to }]),
        })),
    ],
    [
      'with shares that are not all',
      () => graph((to) => ({ root: GraphNode.splitter([{ to, weight: 90 }]) })),
    ],
    [
      'with a service of another mode, and a limit that is too long',
      () =>
        graph((to) => ({ root: GraphNode.sequence([{ to }]) }), {
          mode: DeploymentMode.KNATIVE,
          timeout: Duration.minutes(20),
        }),
    ],
    [
      'with a service that speaks gRPC',
      () =>
        graph((to) => ({ root: GraphNode.sequence([{ to }]) }), {
          service: { predictor: { ...mlServer, protocol: Protocol.KSERVE_V2_GRPC } },
        }),
    ],
  ])('is refused %s', (_, make) => {
    expect(messageOf(() => void make())).toMatchSnapshot();
  });
});

describe('models of a shared service are refused', () => {
  const shared = (changes: Partial<InferenceServiceProps> = {}): InferenceService =>
    serviceIn(chartOf(), {
      ...STANDARD,
      predictor: { runtime: KServeRuntime.MLSERVER, memory: Size.gibibytes(1) },
      ...changes,
    });
  const add = (service: InferenceService, name: string, memory: number): TrainedModel =>
    new TrainedModel(service, name, {
      name,
      service,
      model: ModelSource.s3('s3://models/any/'),
      format: 'sklearn',
      memory: Size.mebibytes(memory),
    });

  test('when they do not fit its memory together', () => {
    const service = shared();
    add(service, 'one', 600);

    expect(messageOf(() => add(service, 'two', 600))).toMatchSnapshot();
  });

  test('when it has a model of its own', () => {
    expect(messageOf(() => add(shared({ predictor: mlServer }), 'one', 100))).toMatchSnapshot();
  });
});
