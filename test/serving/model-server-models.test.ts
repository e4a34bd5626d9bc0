import { Duration } from 'cdk8s';
import {
  Batching,
  Model,
  ModelCache,
  ModelFormat,
  ModelServer,
  ModelSource,
  NodePool,
  SecretReference,
  ServingEngine,
  warningsOf,
} from 'inference-constructs';
import { chartOf, find, podOf, serverOf, serverProps } from '../support/charts';

const l4 = NodePool.gkeOnDemand('l4', { instanceTypes: ['g2-standard-8'], min: 0, max: 2 });

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
