/*
 * Every message in full, as people see it.
 */
import { App, Chart, Duration, Size } from 'cdk8s';
import {
  Autoscaling,
  ConfigurationError,
  ModelServer,
  PrometheusServer,
  RequestObserver,
  ScalingPolicy,
  SecretReference,
  ServingEngine,
  type AutoscalingProps,
  type ModelServerProps,
} from 'inference-constructs';
import { serverProps } from '../support/charts';
import { pools, scaled } from '../support/scaled';

const TRITON = { engine: ServingEngine.TRITON };
const office = { start: '0 8 * * 1-5', end: '0 18 * * 1-5', timezone: 'UTC', replicas: 6 };

describe('fails', () => {
  const cases: [string, Partial<AutoscalingProps>, Partial<ModelServerProps>?][] = [
    ['on more replicas at least than at most', { minReplicas: 11 }],
    ['on numbers that are no counts', { minReplicas: -1, maxReplicas: 2.5 }],
    ['without a policy', { policies: [] }],
    [
      'on one metric twice',
      { policies: [ScalingPolicy.cpuUtilization(50), ScalingPolicy.cpuUtilization(60)] },
    ],
    [
      'on metrics of an adapter beside those of KEDA',
      {
        policies: [
          ScalingPolicy.externalMetric({ name: 'queue', target: 3 }),
          ScalingPolicy.queueDepth(4),
        ],
      },
      TRITON,
    ],
    [
      'on a CPU target below what an idle replica uses',
      { policies: [ScalingPolicy.cpuUtilization(4)] },
    ],
    [
      'on a memory target below what the models take',
      { policies: [ScalingPolicy.memoryUtilization(10)] },
      { memory: Size.gibibytes(2) },
    ],
    ['on a queue of an engine without one', { policies: [ScalingPolicy.queueDepth(4)] }],
    [
      'on requests of an engine that counts none',
      { policies: [ScalingPolicy.requestsInFlight(4)] },
      {
        engine: ServingEngine.TEXT_EMBEDDINGS_INFERENCE,
      },
    ],
    ['on GPUs of a server without one', { policies: [ScalingPolicy.gpuUtilization(70)] }],
    [
      'on targets that are none',
      {
        policies: [
          ScalingPolicy.queueDepth(0),
          ScalingPolicy.gpuUtilization(100),
          ScalingPolicy.prometheusQuery({ name: 'A b', query: ' ', target: -1, activation: -1 }),
          ScalingPolicy.requestsInFlight(NaN),
        ],
      },
      TRITON,
    ],
    [
      'on an external metric without a name',
      { policies: [ScalingPolicy.externalMetric({ name: '', target: 0 })] },
    ],
    [
      'on windows that are none',
      {
        policies: [
          ScalingPolicy.schedule({ ...office, start: '0 25 * * *', replicas: 1 }),
          ScalingPolicy.schedule({ ...office, start: office.end, timezone: 'CET+1' }),
          ScalingPolicy.schedule({ ...office, start: '@daily', replicas: 11 }),
        ],
      },
    ],
    ['on zero by a policy that sees no request', { minReplicas: 0 }],
    [
      'on zero by what the engine tells',
      { minReplicas: 0, policies: [ScalingPolicy.queueDepth(4)] },
      TRITON,
    ],
    [
      'on zero by a gateway that does not count what it refuses',
      {
        minReplicas: 0,
        policies: [ScalingPolicy.requestsInFlight(4, RequestObserver.envoyGateway('resnet'))],
      },
    ],
    [
      'on zero by a cluster that cannot',
      {
        minReplicas: 0,
        kubernetesVersion: '1.36',
        policies: [ScalingPolicy.externalMetric({ name: 'queue', target: 3 })],
      },
    ],
    ['on a version that is none', { kubernetesVersion: '1.37.1' }],
    [
      'on a behavior out of bounds',
      {
        warmup: Duration.seconds(0),
        behavior: {
          scaleUpStabilization: Duration.hours(2),
          scaleUpPercent: 0,
          scaleUpPods: 0,
          scaleUpPeriod: Duration.seconds(0),
          scaleDownStabilization: Duration.hours(2),
          scaleDownPercent: 101,
          scaleDownPeriod: Duration.hours(1),
        },
      },
    ],
    [
      'on more replicas than the pools hold',
      { maxReplicas: 400 },
      { placement: [pools.spot, pools.large, pools.fallback] },
    ],
  ];

  test.each(cases)('%s', (_, props, server = {}) => {
    const { chart } = scaled({}, { name: 'other' });

    expect(() => scaled(props, { ...serverProps(), ...server })).toThrow(ConfigurationError);
    expect(chart).toBeDefined();
    expect(() => scaled(props, { ...serverProps(), ...server })).toThrowErrorMatchingSnapshot();
  });

  test('on a second autoscaler of one server', () => {
    const { chart, server } = scaled();

    expect(
      () =>
        new Autoscaling(chart, 'Second', {
          target: server,
          minReplicas: 2,
          maxReplicas: 4,
          policies: [ScalingPolicy.cpuUtilization(50)],
        }),
    ).toThrowErrorMatchingSnapshot();
  });

  test('on metrics of pods in no namespace', () => {
    const chart = new Chart(new App(), 'test');
    const target = new ModelServer(chart, 'Server', serverProps(TRITON));

    expect(
      () =>
        new Autoscaling(chart, 'Scaling', {
          target,
          minReplicas: 2,
          maxReplicas: 4,
          policies: [ScalingPolicy.queueDepth(5)],
        }),
    ).toThrowErrorMatchingSnapshot();
  });

  test.each<[string, () => unknown]>([
    ['on a Prometheus in the clear', () => PrometheusServer.at('http://prometheus.example.com')],
    [
      'on a token in the clear',
      () =>
        PrometheusServer.at('http://prometheus.monitoring.svc:9090', {
          bearerToken: SecretReference.fromSecret('token'),
        }),
    ],
    ['on a Prometheus that is nowhere', () => PrometheusServer.inCluster('A', { port: 0 })],
    ['on a route that is none', () => RequestObserver.envoyGateway('A/b')],
    ['on a Service that is none', () => RequestObserver.istio('')],
  ])('%s', (_, make) => {
    expect(make).toThrowErrorMatchingSnapshot();
  });
});
