import { App, Chart, Duration, Size } from 'cdk8s';
import {
  Batching,
  Ensemble,
  ExternalCredentials,
  Model,
  ModelCache,
  ModelServer,
  ModelSource,
  SecretReference,
  ServingChart,
  ServingEngine,
  TensorType,
  warningsOf,
  type CustomEngineDefinition,
} from 'inference-constructs';
import { chartOf, podOf, serverOf, serverProps } from '../support/charts';

const REVISION = '0123456789abcdef0123456789abcdef01234567';

describe('a source', () => {
  test.each<[ModelSource, readonly string[], Readonly<Record<string, string>>]>([
    [
      ModelSource.s3('s3://bucket/a/b/', { region: 'eu-west-1' }),
      ['copy', 'source:bucket/a/b', '/mnt/models/m'],
      { TYPE: 's3', PROVIDER: 'AWS', ENV_AUTH: 'true', REGION: 'eu-west-1' },
    ],
    [
      ModelSource.s3('s3://bucket/a', { endpoint: 'https://minio.example.com' }),
      ['copy', 'source:bucket/a', '/mnt/models/m'],
      { TYPE: 's3', PROVIDER: 'Other', ENV_AUTH: 'true', ENDPOINT: 'https://minio.example.com' },
    ],
    [
      ModelSource.gcs('gs://bucket/a'),
      ['copy', 'source:bucket/a', '/mnt/models/m'],
      { TYPE: 'gcs', ENV_AUTH: 'true' },
    ],
    [
      ModelSource.gcs('gs://bucket', { anonymous: true }),
      ['copy', 'source:bucket/', '/mnt/models/m'],
      { TYPE: 'gcs', ANONYMOUS: 'true' },
    ],
    [
      ModelSource.azureBlob('https://account.blob.core.windows.net/container/a'),
      ['copy', 'source:container/a', '/mnt/models/m'],
      { TYPE: 'azureblob', ACCOUNT: 'account', ENV_AUTH: 'true' },
    ],
    [
      ModelSource.http('https://example.com/a/model.onnx'),
      ['copyurl', 'https://example.com/a/model.onnx', '/mnt/models/m/model.onnx'],
      {},
    ],
  ])('%s is pulled', (source, args, env) => {
    const [pull] = podOf(serverOf({ model: Model.of('m', source) })).initContainers ?? [];

    expect(pull?.args?.slice(0, 3)).toEqual(args);
    expect(
      Object.fromEntries(
        (pull?.env ?? []).map(({ name, value }) => [
          name.replace('RCLONE_CONFIG_SOURCE_', ''),
          value,
        ]),
      ),
    ).toEqual(env);
  });

  test.each([
    [
      ModelSource.pvc('claim', { path: 'a/b' }),
      { persistentVolumeClaim: { claimName: 'claim', readOnly: true } },
      'a/b',
    ],
    [
      ModelSource.ociImage('acme/model:1', { path: 'models' }),
      { image: { reference: 'acme/model:1', pullPolicy: 'IfNotPresent' } },
      'models',
    ],
  ])('%s is mounted read-only', (source, volume, subPath) => {
    const { volumes, containers, initContainers } = podOf(
      serverOf({ model: Model.of('m', source) }),
    );

    expect(volumes).toContainEqual({ name: 'model-0', ...volume });
    expect(containers[0]?.volumeMounts).toContainEqual({
      name: 'model-0',
      mountPath: '/mnt/models/m',
      readOnly: true,
      subPath,
    });
    expect(initContainers).toBeUndefined();
  });

  test('from the hub is downloaded by the engine, with a token from a file', () => {
    const source = ModelSource.huggingFace('acme/model', {
      revision: REVISION,
      credentials: SecretReference.fromExternalSecret('hub'),
    });
    const server = serverOf({
      engine: ServingEngine.TEXT_EMBEDDINGS_INFERENCE,
      model: Model.of('m', source),
    });
    const { containers } = podOf(server);

    expect(containers[0]?.args).toEqual(
      expect.arrayContaining(['--model-id=acme/model', `--revision=${REVISION}`]),
    );
    expect(containers[0]?.volumeMounts).toContainEqual({
      name: 'credentials-0',
      mountPath: '/mnt/hub/token',
      subPath: 'token',
      readOnly: true,
    });
  });

  test('in an image volume comes with a warning', () => {
    const server = serverOf({ model: Model.of('m', ModelSource.ociImage('acme/model:1')) });

    expect(warningsOf(server.node.root).map(({ message }) => message)).toEqual([
      'image volumes are beta up to Kubernetes 1.35 and need containerd 2.1 or CRI-O 1.31 on the nodes',
    ]);
  });
});

describe('a value is refused', () => {
  test.each<[string, () => unknown]>([
    ['s3 without a bucket', () => ModelSource.s3('s3://')],
    ['s3 of another scheme', () => ModelSource.s3('https://bucket/a')],
    ['s3 with a path that climbs', () => ModelSource.s3('s3://bucket/../other')],
    [
      's3 with an endpoint without TLS',
      () => ModelSource.s3('s3://bucket/a', { endpoint: 'http://minio' }),
    ],
    [
      's3 with an address that is no block',
      () => ModelSource.s3('s3://bucket/a', { egressCidrs: ['10.0.0.1/8'] }),
    ],
    ['gcs of another scheme', () => ModelSource.gcs('s3://bucket/a')],
    ['azure of another host', () => ModelSource.azureBlob('https://example.com/a/b')],
    ['http without TLS', () => ModelSource.http('http://example.com/model.onnx')],
    ['http with credentials', () => ModelSource.http('https://me:secret@example.com/model.onnx')],
    ['http without a file', () => ModelSource.http('https://example.com/')],
    ['hub with a branch', () => ModelSource.huggingFace('acme', { revision: 'main' })],
    ['claim of a bad name', () => ModelSource.pvc('No', { path: '../x' })],
    ['image that may move', () => ModelSource.ociImage('acme/model', { path: '/x' })],
    ['relative path in an image', () => ModelSource.baked('models')],
    ['model of a bad name', () => Model.of('a b', ModelSource.pvc('c'))],
    [
      'model with contradicting versions',
      () => Model.of('m', ModelSource.pvc('c'), { version: 0, serveVersions: [] }),
    ],
    ['batching out of range', () => Batching.of(1, Duration.seconds(2))],
    [
      'ensemble of nothing',
      () => Ensemble.of('a b', { inputs: [], outputs: [], steps: [], maxBatchSize: 0 }),
    ],
    [
      'ensemble whose tensors do not meet',
      () =>
        Ensemble.of('e', {
          inputs: [{ name: 'a"', type: TensorType.FP32, shape: [0] }],
          outputs: [{ name: 'never', type: TensorType.FP32, shape: [-1] }],
          steps: [{ model: 'm', inputs: { x: 'late' }, outputs: { y: 'a"' } }],
        }),
    ],
    ['secret of a bad name', () => SecretReference.fromSecret('a/b')],
    ['cache of a bad name', () => ModelCache.persistentVolumeClaim('')],
    [
      'engine of your own without anything',
      () =>
        ServingEngine.custom({
          id: 'No',
          images: {},
          ports: { http: 80 },
          readyPath: 'x',
          livePath: 'x',
          render: () => ({ args: [] }),
        }),
    ],
    [
      'engine of your own with an image that may move',
      () => ServingEngine.custom({ ...custom, images: { cpu: 'acme/x' } }),
    ],
    [
      'credentials without keys',
      () =>
        new ExternalCredentials(chartOf(), 'Hub', {
          name: 'Hub',
          store: '',
          keys: {},
          refreshInterval: Duration.seconds(1),
        }),
    ],
    [
      'credentials with a bad key',
      () =>
        new ExternalCredentials(chartOf(), 'Hub', {
          name: 'hub',
          store: 's',
          keys: { 'a b': { entry: '' } },
        }),
    ],
  ])('%s', (_, build) => {
    expect(build).toThrowErrorMatchingSnapshot();
  });
});

const custom: CustomEngineDefinition = {
  id: 'acme',
  images: { cpu: 'acme/server:1.2' },
  ports: { http: 9000 },
  readyPath: '/ready',
  livePath: '/live',
  render: ({ models }) => ({ args: models.map(({ location }) => `--model=${location}`) }),
};

describe('an engine of your own', () => {
  test('is run like any other', () => {
    const { containers, securityContext } = podOf(
      serverOf({ engine: ServingEngine.custom(custom) }),
    );

    expect(containers[0]?.args).toEqual(['--model=/mnt/models/resnet']);
    expect(containers[0]?.readinessProbe?.httpGet).toEqual({
      path: '/ready',
      port: 'http',
      scheme: 'HTTP',
    });
    expect(securityContext?.runAsUser).toBe(65532);
  });

  test('may change what suits no HTTP server', () => {
    const engine = ServingEngine.custom({ ...custom, threads: () => 1, maxModels: 1 });

    expect(engine.definition.maxModels).toBe(1);
  });
});

test('external credentials name the vault and hold no value', () => {
  const chart = new ServingChart(new App(), 'test', { namespace: 'llm' });
  const credentials = new ExternalCredentials(chart, 'Hub', {
    name: 'hub',
    store: 'vault',
    clusterStore: true,
    keys: { token: { entry: 'ml/hub', field: 'token' } },
  });

  expect(credentials.reference).toMatchObject({ kind: 'ExternalSecret', secretName: 'hub' });
  expect(chart.toJson()).toMatchObject([
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'hub', namespace: 'llm' },
      spec: {
        refreshInterval: '3600s',
        secretStoreRef: { name: 'vault', kind: 'ClusterSecretStore' },
        target: { name: 'hub' },
        data: [{ secretKey: 'token', remoteRef: { key: 'ml/hub', property: 'token' } }],
      },
    },
  ]);
});

test('a server in a chart without namespace works, with a warning', () => {
  const chart = new Chart(new App(), 'theirs');
  new ModelServer(chart, 'Server', serverProps({ memory: Size.gibibytes(2) }));

  expect(chart.toJson()).toHaveLength(7);
  expect(warningsOf(chart).map(({ at }) => at)).toEqual(['theirs/Server.namespace']);
});
