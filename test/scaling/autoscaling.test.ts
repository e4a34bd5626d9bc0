import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  Model,
  ModelServer,
  ModelSource,
  NetworkPeer,
  PrometheusServer,
  RequestObserver,
  ScalingPolicy,
  SecretReference,
  ServingEngine,
  warningsOf,
} from 'inference-constructs';
import { chartOf, serverProps } from '../support/charts';
import { objectOf, pools, scaled, specOf } from '../support/scaled';

const TRITON = { engine: ServingEngine.TRITON };

describe('Autoscaling by CPU', () => {
  test('is a HorizontalPodAutoscaler and nothing of KEDA', () => {
    const { chart } = scaled();

    expect(specOf(chart, 'HorizontalPodAutoscaler')).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'resnet' },
      minReplicas: 2,
      maxReplicas: 10,
    });
    expect(objectOf(chart, 'ScaledObject')).toBeUndefined();
  });

  test('counts the container of the server, no sidecars', () => {
    const { chart } = scaled();

    expect(specOf(chart, 'HorizontalPodAutoscaler')['metrics']).toEqual([
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'server',
          target: { type: 'Utilization', averageUtilization: 50 },
        },
      },
    ]);
  });

  test('takes the replicas out of the Deployment', () => {
    const { chart } = scaled();

    expect(specOf(chart, 'Deployment')).not.toHaveProperty('replicas');
  });

  test('opens no metrics port', () => {
    const { chart } = scaled();

    expect(objectOf(chart, 'PodMonitor')).toBeUndefined();
  });
});

describe('the behavior', () => {
  test('adds at once, and removes no faster than a replica drains and another loads', () => {
    // 256 MiB at 50 MiB/s and 60 s to start: 66 s; TensorFlow Serving drains for 20 s.
    const { chart, server } = scaled();

    expect(server.scalingFacts).toMatchObject({ loadSeconds: 66, drainSeconds: 20 });
    expect(specOf(chart, 'HorizontalPodAutoscaler')['behavior']).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Percent', value: 100, periodSeconds: 15 },
          { type: 'Pods', value: 4, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        selectPolicy: 'Max',
        policies: [
          { type: 'Percent', value: 20, periodSeconds: 86 },
          { type: 'Pods', value: 1, periodSeconds: 86 },
        ],
      },
    });
  });

  test('stays calm for as long as a large model loads', () => {
    const { chart } = scaled({ warmup: Duration.minutes(20) });

    expect(specOf(chart, 'HorizontalPodAutoscaler')).toMatchObject({
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 1200,
          policies: [{ periodSeconds: 1220 }, { periodSeconds: 1220 }],
        },
      },
    });
  });

  test('warns of a lull that is shorter than loading', () => {
    const { chart } = scaled({
      warmup: Duration.seconds(90),
      behavior: { scaleDownStabilization: Duration.seconds(30) },
    });

    expect(warningsOf(chart)).toEqual([
      {
        at: 'test/Scaling.behavior.scaleDownStabilization',
        message:
          '30 s, and a replica takes 90 s to load: what is removed in a short lull is missing after it',
        fix: 'set 90 s or more, or leave it out',
      },
    ]);
  });
});

describe('Autoscaling by what Kubernetes does not read', () => {
  const byQueue = (): ReturnType<typeof scaled> =>
    scaled({ policies: [ScalingPolicy.queueDepth(4), ScalingPolicy.cpuUtilization(70)] }, TRITON);

  test('is a ScaledObject, and no HorizontalPodAutoscaler beside the one that KEDA makes', () => {
    const { chart } = byQueue();

    expect(objectOf(chart, 'HorizontalPodAutoscaler')).toBeUndefined();
    expect(specOf(chart, 'ScaledObject')).toMatchObject({
      minReplicaCount: 2,
      maxReplicaCount: 10,
      fallback: { failureThreshold: 4, replicas: 2, behavior: 'currentReplicasIfHigher' },
      triggers: [
        {
          type: 'prometheus',
          name: 'queue-depth',
          metricType: 'AverageValue',
          metadata: {
            serverAddress: 'http://prometheus-operated.monitoring.svc.cluster.local:9090',
            query:
              '(sum(nv_inference_pending_request_count{namespace="serving",pod=~"resnet-[a-z0-9]+-[a-z0-9]{5}"})) or 0 * sum(up{namespace="serving",pod=~"resnet-[a-z0-9]+-[a-z0-9]{5}"})',
            threshold: '4',
            ignoreNullValues: 'false',
          },
        },
        {
          type: 'cpu',
          name: 'cpu',
          metricType: 'Utilization',
          metadata: { value: '70', containerName: 'server' },
        },
      ],
    });
  });

  test('lets Prometheus in to the metrics, and tells its operator', () => {
    const { chart } = byQueue();

    expect(specOf(chart, 'PodMonitor')).toEqual({
      selector: {
        matchLabels: {
          'app.kubernetes.io/name': 'model-server',
          'app.kubernetes.io/instance': 'resnet',
        },
      },
      podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: '15s' }],
    });
    expect(specOf(chart, 'NetworkPolicy')['ingress']).toEqual([
      {
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
        ],
        ports: [{ port: 8002, protocol: 'TCP' }],
      },
    ]);
  });

  test('makes one PodMonitor, whoever else asks for it', () => {
    const { chart, server } = byQueue();

    server.exportMetrics({ peer: NetworkPeer.namespace('monitoring'), podMonitor: true });

    const kinds = (chart.toJson() as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'PodMonitor')).toHaveLength(1);
  });

  test('sends a token that it never sees', () => {
    const { chart } = scaled(
      {
        policies: [ScalingPolicy.queueDepth(4)],
        prometheus: PrometheusServer.at('https://prometheus.example.com', {
          bearerToken: SecretReference.fromSecret('prometheus-token'),
        }),
      },
      TRITON,
    );

    expect(specOf(chart, 'ScaledObject')).toMatchObject({
      triggers: [
        {
          authenticationRef: { name: 'resnet' },
          metadata: { serverAddress: 'https://prometheus.example.com' },
        },
      ],
    });
    expect(specOf(chart, 'TriggerAuthentication')).toEqual({
      secretTargetRef: [{ parameter: 'bearerToken', name: 'prometheus-token', key: 'bearerToken' }],
    });
  });

  test('does not need Prometheus for the clock', () => {
    const { chart } = scaled({
      policies: [
        ScalingPolicy.schedule({
          start: '0 8 * * 1-5',
          end: '0 18 * * 1-5',
          timezone: 'Europe/Berlin',
          replicas: 6,
        }),
        ScalingPolicy.cpuUtilization(60),
      ],
    });

    expect(specOf(chart, 'ScaledObject')['triggers']).toMatchObject([
      {
        type: 'cron',
        name: 'schedule-0-8-x-x-1-5',
        metadata: {
          timezone: 'Europe/Berlin',
          start: '0 8 * * 1-5',
          end: '0 18 * * 1-5',
          desiredReplicas: '6',
        },
      },
      { type: 'cpu' },
    ]);
    expect(objectOf(chart, 'PodMonitor')).toBeUndefined();
  });
});

describe('scaling to zero', () => {
  const byMesh = ScalingPolicy.requestsInFlight(4, RequestObserver.istio('resnet'));

  test('is KEDA’s, and leaves a woken server the time to load', () => {
    const { chart } = scaled({ minReplicas: 0, policies: [byMesh] }, TRITON);

    expect(specOf(chart, 'ScaledObject')).toMatchObject({
      minReplicaCount: 0,
      cooldownPeriod: 300,
      initialCooldownPeriod: 66,
    });
  });

  test('says what the first callers see', () => {
    const { chart } = scaled({ minReplicas: 0, policies: [byMesh] }, TRITON);

    expect(warningsOf(chart)).toEqual([
      {
        at: 'test/Scaling.minReplicas',
        message: 'no replica runs without load: the first requests are refused for about 66 s',
        fix: 'let clients retry for that long, or set minReplicas to 1',
      },
    ]);
  });

  test('is Kubernetes’ own from 1.37 on, by metrics of an adapter', () => {
    const { chart } = scaled({
      minReplicas: 0,
      kubernetesVersion: '1.37',
      policies: [
        ScalingPolicy.externalMetric({ name: 'queue_length', labels: { q: 'a' }, target: 30 }),
      ],
    });

    expect(specOf(chart, 'HorizontalPodAutoscaler')).toMatchObject({
      minReplicas: 0,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'queue_length', selector: { matchLabels: { q: 'a' } } },
            target: { type: 'AverageValue', averageValue: '30' },
          },
        },
      ],
    });
  });
});

describe('the pools', () => {
  test('hold as many as their sizes say', () => {
    // 1 pod of 3 cores on 4 vCPU, 2 on 8 vCPU: 6 + 8.
    const placement = [pools.spot, pools.large];

    expect(() =>
      scaled({ maxReplicas: 14 }, { ...serverProps(), ...CORES, placement }),
    ).not.toThrow();
    expect(() => scaled({ maxReplicas: 15 }, { ...serverProps(), ...CORES, placement })).toThrow(
      'got 15 replicas = 45 cores, 60 GiB, expected at most 14: spot has 6 nodes of 1 pod, large has 4 nodes of 2 pods',
    );
  });

  test('warns when fewer than the least replicas are left without spot', () => {
    const { chart } = scaled(
      { minReplicas: 4 },
      { ...CORES, placement: [pools.spot, pools.large, pools.fallback] },
    );

    expect(warningsOf(chart)).toEqual([
      {
        at: 'test/Scaling.minReplicas',
        message:
          '4, and on demand fallback has 2 nodes of 1 pod: 2 of them run when spot capacity is gone',
        fix: 'add an on-demand pool at the end of placement, or raise its max',
      },
    ]);
  });

  test('warns when all servers together ask for more', () => {
    const chart = chartOf();
    const placement = [pools.fallback, pools.spot];
    for (const name of ['one', 'two']) {
      const target = new ModelServer(chart, name, serverProps({ name, placement, ...CORES }));
      new Autoscaling(chart, `${name}-scaling`, {
        target,
        minReplicas: 2,
        maxReplicas: 6,
        policies: [ScalingPolicy.cpuUtilization(50)],
      });
    }

    expect(warningsOf(chart)).toEqual([
      {
        at: 'test/two-scaling.maxReplicas',
        message: 'one and two at their maxima are 150 % of what fallback and spot hold together',
        fix: "raise the pools' max, or accept that not all of them reach their maxima at the same time",
      },
    ]);
  });
});

const CORES = { cpu: serverCpu(3), memory: Size.gibibytes(4) };

function serverCpu(units: number): ReturnType<typeof serverProps>['cpu'] {
  const { cpu } = serverProps();
  return (cpu.constructor as unknown as { units(n: number): typeof cpu }).units(units);
}

test('a recommender changes nothing', () => {
  const { chart } = scaled({ recommendRequests: true });

  expect(specOf(chart, 'VerticalPodAutoscaler')).toMatchObject({
    targetRef: { kind: 'Deployment', name: 'resnet' },
    updatePolicy: { updateMode: 'Off' },
  });
});

test('CPU of a server on GPUs is doubted', () => {
  const { chart } = scaled(
    {},
    {
      ...TRITON,
      accelerator: Accelerator.nvidia(1),
      cpu: serverCpu(2),
      memory: Size.gibibytes(8),
    },
  );

  expect(warningsOf(chart).map(({ message, fix }) => `${message}; ${fix}`)).toEqual([
    'cpuUtilization(50) for a server on GPUs: its CPU may be idle while its GPU is full; scale by queueDepth',
  ]);
});

test('specs can be changed last', () => {
  const { chart } = scaled({
    transform: { horizontalPodAutoscaler: (spec) => ({ ...spec, maxReplicas: 7 }) },
  });
  const keda = scaled(
    {
      policies: [ScalingPolicy.queueDepth(4)],
      transform: { scaledObject: (spec) => ({ ...spec, pollingInterval: 5 }) },
    },
    TRITON,
  );

  expect(specOf(chart, 'HorizontalPodAutoscaler')['maxReplicas']).toBe(7);
  expect(specOf(keda.chart, 'ScaledObject')['pollingInterval']).toBe(5);
});

test('models of sizes that are not given count as large', () => {
  const server = new ModelServer(
    chartOf(),
    'Server',
    serverProps({ model: Model.of('m', ModelSource.s3('s3://models/m/')) }),
  );

  expect(server.scalingFacts).toMatchObject({ loadSeconds: 265, modelMib: 0 });
});
