import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Batching,
  CpuManagerPolicy,
  Cpu,
  DisruptionBudget,
  Model,
  ModelCache,
  ModelFormat,
  ModelServer,
  ModelSource,
  NetworkPeer,
  NodePool,
  QualityOfService,
  SecretReference,
  ServerPort,
  ServingEngine,
  warningsOf,
} from 'inference-constructs';
import { chartOf, find, podOf, serverOf, serverProps } from '../support/charts';

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

describe('models', () => {
  test('are pulled before the server starts, each into its own directory', () => {
    const models = ['one', 'two'].map((name) =>
      Model.of(name, ModelSource.s3(`s3://models/${name}`)),
    );
    const { model, ...rest } = serverProps();
    const { initContainers = [], containers } = podOf(
      new ModelServer(chartOf(), 'Server', { ...rest, models }),
    );

    expect(model).toBeDefined();
    expect(initContainers.map(({ args = [] }) => args.slice(0, 3))).toEqual([
      ['copy', 'source:models/one', '/mnt/models/one'],
      ['copy', 'source:models/two', '/mnt/models/two'],
    ]);
    expect(containers[0]?.volumeMounts?.filter(({ name }) => name === 'models')).toEqual([
      { name: 'models', mountPath: '/mnt/models/one', readOnly: true, subPath: 'one' },
      { name: 'models', mountPath: '/mnt/models/two', readOnly: true, subPath: 'two' },
    ]);
  });

  test('of one version are put where the engine looks for versions', () => {
    const model = Model.of('resnet', ModelSource.s3('s3://models/v3'), { version: 3 });

    expect(podOf(serverOf({ model })).initContainers?.[0]?.args?.[2]).toBe('/mnt/models/resnet/3');
    expect(
      find(serverOf({ model }), 'ConfigMap', 'resnet-config').data?.['models.config'],
    ).toContain('base_path: "/mnt/models/resnet"');
  });

  test('on a shared claim do not mix with those of other servers', () => {
    const server = serverOf({ modelCache: ModelCache.persistentVolumeClaim('models') });
    const { initContainers, containers } = podOf(server);

    expect(initContainers?.[0]?.volumeMounts).toContainEqual({
      name: 'models',
      mountPath: '/mnt/models',
      subPath: 'resnet',
    });
    expect(containers[0]?.volumeMounts).toContainEqual({
      name: 'models',
      mountPath: '/mnt/models/resnet',
      subPath: 'resnet/resnet',
      readOnly: true,
    });
  });

  test('are pulled with a credentials file that only the download sees', () => {
    const model = Model.of(
      'm',
      ModelSource.s3('s3://models/m', { credentials: SecretReference.fromSealedSecret('keys') }),
    );
    const { volumes, initContainers, containers } = podOf(serverOf({ model }));

    expect(volumes).toContainEqual({
      name: 'credentials-0',
      secret: { secretName: 'keys', defaultMode: 0o440 },
    });
    expect(initContainers?.[0]?.env).toContainEqual({
      name: 'RCLONE_CONFIG_SOURCE_SHARED_CREDENTIALS_FILE',
      value: '/var/run/secrets/model-source/credentials',
    });
    expect(JSON.stringify(containers)).not.toContain('credentials-0');
  });

  test('get their settings written beside them once they are there', () => {
    const server = serverOf({
      engine: ServingEngine.TRITON,
      batching: Batching.of(8, Duration.millis(2)),
    });
    const { initContainers = [] } = podOf(server);

    expect(initContainers.map(({ name }) => name)).toEqual(['pull-0', 'write-settings']);
    expect(find(server, 'ConfigMap', 'resnet-config').data?.['resnet.config.pbtxt']).toBe(
      'name: "resnet"\nbackend: "onnxruntime"\ninstance_group [ { kind: KIND_CPU, count: 1 } ]\n' +
        'max_batch_size: 8\ndynamic_batching { max_queue_delay_microseconds: 2000 }\n',
    );
  });
});

describe('warnings', () => {
  test('tell of one replica on spot nodes, and of doubts about the pool', () => {
    const server = serverOf({
      replicas: 1,
      placement: [NodePool.eksSpot('one', { instanceTypes: ['t3.xlarge'], min: 0, max: 9 })],
    });

    expect(warningsOf(server.node.root).map(({ at }) => at)).toEqual([
      'NodePool(one).instanceTypes',
      'NodePool(one).instanceTypes',
      'test/Server.replicas',
    ]);
  });

  test('tell of GPU nodes for a server that asks for none', () => {
    const server = serverOf({ placement: [l4], replicas: 1 });

    expect(warningsOf(server.node.root).map(({ message }) => message)).toEqual([
      'l4 has 1 x nvidia.com/gpu (l4), and no GPU is asked for',
    ]);
  });

  test('tell of settings that cannot be written into a volume', () => {
    const model = Model.of('m', ModelSource.pvc('models'), { format: ModelFormat.SCIKIT_LEARN });
    const server = serverOf({ engine: ServingEngine.MLSERVER, model });

    expect(warningsOf(server.node.root)).toEqual([
      {
        at: 'test/Server.models["m"].source',
        message:
          'MLServer reads model-settings.json beside the model, and pvc://models/ cannot be written to',
        fix: 'make sure that the source holds model-settings.json',
      },
    ]);
  });
});

describe('a server is refused', () => {
  const gpuPool = [l4];
  const fixed = NodePool.eksOnDemand('fixed', {
    instanceTypes: ['m7i.4xlarge'],
    cpuManagerPolicy: CpuManagerPolicy.STATIC,
    min: 0,
    max: 5,
  });
  const arm = NodePool.eksOnDemand('arm', { instanceTypes: ['m7g.4xlarge'], min: 0, max: 5 });
  const gkeSpot = NodePool.gkeSpot('gke', { instanceTypes: ['n2-standard-8'], min: 0, max: 5 });
  const model = Model.of('m', ModelSource.s3('s3://models/m'));
  const hub = Model.of('m', ModelSource.huggingFace('a/b', { revision: 'a'.repeat(40) }));

  test.each<[string, () => unknown]>([
    [
      'with everything wrong at once',
      () =>
        serverOf({
          name: 'ResNet',
          cpu: Cpu.millis(50),
          memory: Size.mebibytes(64),
          replicas: 0,
          threads: 0,
        }),
    ],
    ['with a name too long for its Services', () => serverOf({ name: 'a'.repeat(55) })],
    [
      'with limits below requests',
      () =>
        serverOf({
          qualityOfService: QualityOfService.burstable({
            cpuLimit: Cpu.units(1),
            memoryLimit: Size.gibibytes(1),
          }),
        }),
    ],
    [
      'with less memory than the engine shares',
      () => serverOf({ engine: ServingEngine.TRITON, memory: Size.gibibytes(1) }),
    ],
    [
      'without a model',
      () =>
        new ModelServer(chartOf(), 'Server', {
          name: 'x',
          engine: ServingEngine.TRITON,
          cpu: Cpu.units(1),
          memory: Size.gibibytes(4),
        }),
    ],
    [
      'with model and models',
      () => new ModelServer(chartOf(), 'Server', { ...serverProps(), models: [model] }),
    ],
    ['with an empty list of models', () => serverOf({ models: [] })],
    ['with two models of one name', () => serverOf({ models: [model, model] })],
    [
      'with two models on an engine for one',
      () =>
        serverOf({
          engine: ServingEngine.VLLM,
          accelerator: Accelerator.nvidia(1),
          models: [model, Model.of('n', ModelSource.s3('s3://models/n'))],
        }),
    ],
    [
      'with a format that the engine cannot read',
      () =>
        serverOf({
          model: Model.of('m', ModelSource.s3('s3://models/m'), { format: ModelFormat.ONNX }),
        }),
    ],
    [
      'with a version on an engine without',
      () =>
        serverOf({
          engine: ServingEngine.MLSERVER,
          model: Model.of('m', ModelSource.s3('s3://models/m'), { version: 1 }),
        }),
    ],
    ['with a hub on an engine without', () => serverOf({ model: hub })],
    [
      'with a baked model and no image',
      () => serverOf({ model: Model.of('m', ModelSource.baked('/m')) }),
    ],
    [
      'with a version of a baked model',
      () =>
        serverOf({
          image: 'acme/m:1',
          model: Model.of('m', ModelSource.baked('/m'), { version: 1 }),
        }),
    ],
    [
      'with settings for a model on a volume',
      () =>
        serverOf({
          engine: ServingEngine.TRITON,
          model: Model.of('m', ModelSource.pvc('c')),
          batching: Batching.of(4, Duration.millis(1)),
        }),
    ],
    [
      'with a GPU on an engine without an image for it',
      () => serverOf({ engine: ServingEngine.MLSERVER, accelerator: Accelerator.nvidia(1) }),
    ],
    ['without a GPU on an engine that needs one', () => serverOf({ engine: ServingEngine.VLLM })],
    [
      'with batching on an engine without',
      () =>
        serverOf({ engine: ServingEngine.OPENVINO, batching: Batching.of(4, Duration.millis(1)) }),
    ],
    ['with an image that may move', () => serverOf({ image: 'tensorflow/serving:latest' })],
    ['on nodes of an architecture without an image', () => serverOf({ placement: [arm] })],
    [
      'with variables that are misnamed, secret or taken',
      () =>
        serverOf({
          env: { '1A': '', HF_TOKEN: 'x', TF_CPP_MIN_LOG_LEVEL: '0' },
          priorityClassName: 'No',
        }),
    ],
    [
      'with a drain that is too short',
      () => serverOf({ engine: ServingEngine.TRITON, drain: Duration.seconds(3) }),
    ],
    [
      'with a drain longer than the notice',
      () => serverOf({ drain: Duration.seconds(60), placement: [gkeSpot] }),
    ],
    [
      'with a drain longer than the cloud waits',
      () => serverOf({ drain: Duration.seconds(1000), placement: [fixed] }),
    ],
    [
      'with a budget that is no share',
      () => serverOf({ podDisruptionBudget: DisruptionBudget.minAvailable('120%') }),
    ],
    [
      'with a budget that can never be met',
      () => serverOf({ podDisruptionBudget: DisruptionBudget.minAvailable(2) }),
    ],
    [
      'when a pod is larger than the node',
      () => serverOf({ cpu: Cpu.units(4), memory: Size.gibibytes(30), placement: [spot] }),
    ],
    [
      'when the model is larger than the disk',
      () =>
        serverOf({
          model: Model.of('m', ModelSource.s3('s3://models/m'), { size: Size.gibibytes(200) }),
          placement: [spot],
        }),
    ],
    ['when the pools hold fewer pods', () => serverOf({ replicas: 4, placement: [spot] })],
    [
      'with a GPU that the pool lacks',
      () =>
        serverOf({
          engine: ServingEngine.TRITON,
          accelerator: Accelerator.nvidia(1),
          placement: [spot],
        }),
    ],
    [
      'with another GPU than the pool has',
      () =>
        serverOf({
          engine: ServingEngine.TRITON,
          accelerator: Accelerator.nvidia(1, 'a100'),
          placement: gpuPool,
        }),
    ],
    [
      'without whole cores where they are given out',
      () =>
        serverOf({
          cpu: Cpu.millis(1500),
          qualityOfService: QualityOfService.burstable(),
          placement: [fixed],
        }),
    ],
    ['on a pool named twice', () => serverOf({ placement: [spot, spot] })],
    ['on pools of two clouds', () => serverOf({ placement: [spot, gkeSpot] })],
  ])('%s', (_, build) => {
    expect(build).toThrowErrorMatchingSnapshot();
  });
});
