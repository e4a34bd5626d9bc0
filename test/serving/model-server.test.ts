import { ApiObject, Duration, Size } from 'cdk8s';
import { HorizontalPodAutoscaler, Metric, MetricTarget } from 'cdk8s-plus-28';
import {
  Accelerator,
  Cpu,
  DisruptionBudget,
  Model,
  type ModelServer,
  ModelSource,
  NetworkPeer,
  NodePool,
  QualityOfService,
  ServerPort,
  ServingEngine,
  warningsOf,
} from 'inference-constructs';
import { find, podOf, serverOf } from '../support/charts';

const spot = NodePool.eksSpot('spot', {
  instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
  min: 0,
  max: 3,
});
const large = NodePool.eksSpot('large', {
  instanceTypes: ['m6i.4xlarge', 'm7i.4xlarge'],
  min: 0,
  max: 3,
});
const l4 = NodePool.gkeOnDemand('l4', { instanceTypes: ['g2-standard-8'], min: 0, max: 2 });

describe('the Deployment', () => {
  test('selects by labels that never change, whichever engine runs and wherever the construct is', () => {
    const one = find(serverOf(), 'Deployment');
    const two = find(serverOf({ engine: ServingEngine.OPENVINO }), 'Deployment');

    expect(one.spec?.selector).toEqual({
      matchLabels: {
        'app.kubernetes.io/name': 'model-server',
        'app.kubernetes.io/instance': 'resnet',
      },
    });
    expect(two.spec?.selector).toEqual(one.spec?.selector);
  });

  test('runs two replicas, or as many as are asked for', () => {
    expect(find(serverOf(), 'Deployment').spec?.replicas).toBe(2);
    expect(find(serverOf({ replicas: 7 }), 'Deployment').spec?.replicas).toBe(7);
  });

  test('names no replicas once an autoscaler owns them', () => {
    const server = serverOf();
    server.scaleUpTo(10);

    expect(find(server, 'Deployment').spec).not.toHaveProperty('replicas');
    expect(server.hasAutoscaler).toBe(true);
    expect(server.toScalingTarget()).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'resnet',
      containers: [],
    });
  });

  test('is a target for the autoscaler of cdk8s-plus, which then owns the replicas', () => {
    const server = serverOf();
    const autoscaler = new HorizontalPodAutoscaler(server, 'Autoscaler', {
      target: server,
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [Metric.resourceCpu(MetricTarget.averageUtilization(50))],
    });

    const { spec } = find(server, 'Deployment');

    expect(spec).not.toHaveProperty('replicas');
    expect(ApiObject.of(autoscaler).toJson()).toMatchObject({
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'resnet' } },
    });
  });

  test('rolls out without losing capacity where there is room', () => {
    expect(find(serverOf(), 'Deployment').spec?.strategy?.rollingUpdate).toEqual({
      maxSurge: '25%',
      maxUnavailable: 0,
    });
  });

  test.each([
    [1, { maxSurge: '25%', maxUnavailable: 0 }],
    [2, { maxSurge: 0, maxUnavailable: 1 }],
  ])('rolls out %d replicas on two GPU nodes without waiting for a third', (replicas, expected) => {
    const server = serverOf({
      engine: ServingEngine.TRITON,
      accelerator: Accelerator.nvidia(1),
      placement: [l4],
      replicas,
    });

    expect(find(server, 'Deployment').spec?.strategy?.rollingUpdate).toEqual(expected);
  });

  test('plans its rollout for as many replicas as the autoscaler may run', () => {
    const server = serverOf({
      engine: ServingEngine.TRITON,
      accelerator: Accelerator.nvidia(1),
      placement: [l4],
      replicas: 1,
    });
    server.scaleUpTo(2);

    expect(find(server, 'Deployment').spec?.strategy?.rollingUpdate).toEqual({
      maxSurge: 0,
      maxUnavailable: 1,
    });
  });

  test('rolls the pods when the source of the model changes, and not when the replicas do', () => {
    const hash = (server: ModelServer): unknown =>
      find(server, 'Deployment').spec?.template.metadata?.annotations?.[
        'inference-constructs/content-hash'
      ];
    const other = Model.of('resnet', ModelSource.s3('s3://models/resnet-2/'));

    expect(hash(serverOf({ replicas: 9 }))).toBe(hash(serverOf()));
    expect(hash(serverOf({ model: other }))).not.toBe(hash(serverOf()));
  });

  test('is changed last of all by a transform', () => {
    const server = serverOf({
      transform: { deployment: (spec) => ({ ...spec, minReadySeconds: 5 }) },
    });

    expect(find(server, 'Deployment').spec?.minReadySeconds).toBe(5);
  });
});

describe('the pod', () => {
  test('asks for what it may use', () => {
    const [container] = podOf(serverOf()).containers;

    expect(container?.resources?.requests).toEqual(container?.resources?.limits);
    expect(container?.resources?.requests).toMatchObject({ cpu: '2', memory: '4Gi' });
  });

  test('may use more than it asks for when it is burstable', () => {
    const qualityOfService = QualityOfService.burstable({
      cpuLimit: Cpu.units(4),
      memoryLimit: Size.gibibytes(8),
    });
    const [container] = podOf(serverOf({ qualityOfService })).containers;

    expect(container?.resources?.limits).toMatchObject({ cpu: '4', memory: '8Gi' });
  });

  test('has no CPU limit when it is burstable and none is named', () => {
    const [container] = podOf(
      serverOf({ qualityOfService: QualityOfService.burstable() }),
    ).containers;

    expect(container?.resources?.limits).not.toHaveProperty('cpu');
  });

  test('gets GPUs for the server and none for the download', () => {
    const { containers, initContainers } = podOf(
      serverOf({ engine: ServingEngine.TRITON, accelerator: Accelerator.nvidia(2) }),
    );

    expect(containers[0]?.resources?.limits).toMatchObject({ 'nvidia.com/gpu': '2' });
    expect(initContainers?.[0]?.resources?.limits).not.toHaveProperty('nvidia.com/gpu');
  });

  test('has no token and no service links', () => {
    expect(podOf(serverOf())).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      serviceAccountName: 'resnet',
    });
  });

  test('runs only on its pools, the first by preference, and tolerates their taints', () => {
    const { affinity, tolerations } = podOf(serverOf({ placement: [spot, large] }));
    const terms =
      affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;

    expect(terms?.map(({ matchExpressions }) => matchExpressions?.[0]?.values)).toEqual([
      ['spot'],
      ['large'],
    ]);
    expect(affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution).toMatchObject([
      { weight: 100 },
    ]);
    expect(tolerations).toEqual([
      { key: 'aws.amazon.com/spot', value: 'true', effect: 'NoSchedule', operator: 'Equal' },
    ]);
  });

  test('sets a variable of the user beside those of the engine', () => {
    const [container] = podOf(serverOf({ env: { A: '1' } })).containers;

    expect(container?.env).toEqual([
      { name: 'A', value: '1' },
      { name: 'TF_CPP_MIN_LOG_LEVEL', value: '1' },
    ]);
  });

  test('computes with threads of the CPU limit, or as many as are named', () => {
    const threads = (server: ModelServer): unknown =>
      podOf(server).containers[0]?.args?.find((arg) => arg.includes('intra_op'));

    expect(threads(serverOf())).toBe('--tensorflow_intra_op_parallelism=2');
    expect(threads(serverOf({ threads: 5 }))).toBe('--tensorflow_intra_op_parallelism=5');
  });

  test('has half of the vCPUs as OpenVINO threads on hyper-threaded nodes', () => {
    const server = serverOf({
      engine: ServingEngine.OPENVINO,
      cpu: Cpu.units(8),
      placement: [large],
    });

    expect(podOf(server).containers[0]?.env).toContainEqual({
      name: 'OMP_NUM_THREADS',
      value: '4',
    });
  });

  test('has more time to start the larger the model is', () => {
    const model = Model.of('big', ModelSource.s3('s3://models/big'), { size: Size.gibibytes(30) });
    const { failureThreshold = 0, periodSeconds = 0 } =
      podOf(serverOf({ model })).containers[0]?.startupProbe ?? {};

    expect(failureThreshold * periodSeconds).toBeGreaterThanOrEqual(600 + (30 * 1024) / 50);
  });

  test('gives a longer drain to the engine that drains, and to the time before for one that does not', () => {
    const times = (engine: ServingEngine): unknown => {
      const { terminationGracePeriodSeconds, containers } = podOf(
        serverOf({ engine, drain: Duration.seconds(100) }),
      );
      return [containers[0]?.lifecycle?.preStop?.sleep?.seconds, terminationGracePeriodSeconds];
    };

    expect(times(ServingEngine.TRITON)).toEqual([15, 100]);
    expect(times(ServingEngine.TENSORFLOW_SERVING)).toEqual([95, 100]);
  });
});

describe('the Service', () => {
  test('speaks HTTP/2 to the gRPC port', () => {
    expect(find(serverOf(), 'Service').spec?.ports?.[0]).toEqual({
      name: 'grpc',
      port: 8500,
      targetPort: 'grpc',
      protocol: 'TCP',
      appProtocol: 'kubernetes.io/h2c',
    });
  });

  test('comes a second time without an address, for clients that balance on their own', () => {
    expect(find(serverOf(), 'Service', 'resnet-headless').spec?.clusterIP).toBe('None');
  });
});

describe('the PodDisruptionBudget', () => {
  test('lets a tenth go, and pods that are not ready at any time', () => {
    expect(find(serverOf(), 'PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: '10%',
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test('lets a third go on spot nodes, where a zone goes at once', () => {
    const server = serverOf({ placement: [spot] });

    expect(find(server, 'PodDisruptionBudget').spec?.maxUnavailable).toBe('33%');
    expect(warningsOf(server)).toEqual([]);
  });

  test('is doubted where it holds up drains until the notice is over', () => {
    // Load 66 s, drain 20 s: two rounds of two within 120 s.
    const wide = NodePool.eksSpot('wide', {
      instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
      min: 0,
      max: 20,
    });
    const server = serverOf({
      placement: [wide],
      replicas: 18,
      podDisruptionBudget: DisruptionBudget.maxUnavailable('10%'),
    });

    expect(warningsOf(server)).toEqual([
      {
        at: 'test/Server.podDisruptionBudget',
        message:
          'within the notice of 120 s it lets 4 of 18 replicas drain, and a zone holds 6: the others are killed with it',
        fix: "leave it out, or use DisruptionBudget.maxUnavailable('33%')",
      },
    ]);
  });

  test.each([
    [DisruptionBudget.maxUnavailable('10%'), 2, 1],
    [DisruptionBudget.minAvailable('50%'), 3, 1],
    [DisruptionBudget.minAvailable(2), 2, 0],
    [DisruptionBudget.maxUnavailable(0), 5, 0],
  ])('%j of %d replicas lets %d go', (budget, replicas, pods) => {
    expect(budget.allowedDisruptions(replicas)).toBe(pods);
  });
});

describe('the NetworkPolicy', () => {
  test('lets nobody in and only reaches DNS when the model is in the image', () => {
    const model = Model.of('m', ModelSource.baked('/models/m'));
    const { spec } = find(serverOf({ model, image: 'acme/server:1' }), 'NetworkPolicy');

    expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec).not.toHaveProperty('ingress');
    expect(spec?.egress?.map(({ ports }) => ports?.map(({ port }) => port))).toEqual([[53, 53]]);
  });

  test('opens exactly the ports that are asked for, whenever they are', () => {
    const server = serverOf({
      networkAccess: { monitoring: [NetworkPeer.namespace('monitoring')] },
    });
    server.allowFrom(NetworkPeer.namespace('gateway'), ServerPort.GRPC);

    expect(find(server, 'NetworkPolicy').spec?.ingress).toEqual([
      {
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
        ],
        ports: [{ port: 8501, protocol: 'TCP' }],
      },
      {
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } } },
        ],
        ports: [{ port: 8500, protocol: 'TCP' }],
      },
    ]);
  });

  test('reaches the agent that gives credentials, and no metadata service beside it', () => {
    const blocks = find(serverOf(), 'NetworkPolicy').spec?.egress?.flatMap(({ to = [] }) =>
      to.map(({ ipBlock }) => ipBlock),
    );

    expect(blocks).toContainEqual({ cidr: '169.254.170.23/32' });
    expect(blocks?.find((block) => block?.cidr === '0.0.0.0/0')?.except).toContain(
      '169.254.0.0/16',
    );
  });

  test('fails to open a port that the engine lacks', () => {
    const server = serverOf({ engine: ServingEngine.TEXT_EMBEDDINGS_INFERENCE });

    expect(() => server.allowFrom(NetworkPeer.namespace('gateway'), ServerPort.GRPC)).toThrow(
      'test/Server.allowFrom: got the grpc port, expected a port of Text Embeddings Inference: http, metrics; open one of those',
    );
  });
});
