/*
 * The init containers as they are rendered, run by the real downloader against an S3 server on loopback.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Size } from 'cdk8s';
import { Batching, Model, ModelSource, SecretReference, ServingEngine } from 'inference-constructs';
import type { Container } from 'kubernetes-types/core/v1';
import { find, podOf, serverOf } from '../support/charts';
import { LAB_HOME, installed, program } from './support/lab-home';
import { freePorts, kill, start, until, type Running } from './support/processes';

(installed('rclone', 'moto') ? describe : describe.skip)('the init containers', () => {
  let folder = '';
  let store: Running | undefined;
  let endpoint = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lab-pull-'));
    const [port = 0] = await freePorts(1);
    endpoint = `http://127.0.0.1:${port}`;
    store = start(folder, 'moto', join(LAB_HOME, 'venv-moto', 'bin', 'moto_server'), [
      '-H',
      '127.0.0.1',
      '-p',
      String(port),
    ]);
    await until('the store answers', 60, async () => (await fetch(endpoint)).status < 500);
    await fetch(`${endpoint}/models`, { method: 'PUT' });
    for (const [key, body] of Object.entries({
      'resnet/1/model.onnx': 'one',
      'resnet/2/model.onnx': 'two',
      'other/x': 'x',
    })) {
      await fetch(`${endpoint}/models/${key}`, { method: 'PUT', body });
    }
    writeFileSync(
      join(folder, 'credentials'),
      '[default]\naws_access_key_id = a\naws_secret_access_key = b\n',
    );
  });

  afterAll(() => {
    if (store) kill(store);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a container's command line with its environment; paths are mapped, and the address of the store. */
  function run({ args = [], env = [] }: Container): void {
    const mapped = (text: string): string =>
      text
        .replaceAll('/mnt/models', join(folder, 'models'))
        .replaceAll('/etc/model-server', join(folder, 'config'))
        .replaceAll('/var/run/secrets/model-source', folder)
        .replaceAll('https://store.example.com', endpoint);
    const own = Object.fromEntries(env.map(({ name, value = '' }) => [name, mapped(value)]));
    execFileSync(program('rclone'), args.map(mapped), {
      env: { PATH: process.env['PATH'], ...own },
      stdio: 'pipe',
    });
  }

  test('pull all versions of the model and nothing else, then write the settings beside them', () => {
    const source = ModelSource.s3('s3://models/resnet/', {
      endpoint: 'https://store.example.com',
      region: 'us-east-1',
      credentials: SecretReference.fromSecret('store'),
    });
    const server = serverOf({
      engine: ServingEngine.TRITON,
      model: Model.of('resnet', source, { size: Size.mebibytes(1) }),
      batching: Batching.of(8, Duration.millis(2)),
    });
    const pod = podOf(server);
    const { data = {} } = find(server, 'ConfigMap', 'resnet-config');
    for (const { key, path } of pod.volumes?.find(({ name }) => name === 'config')?.configMap
      ?.items ?? []) {
      mkdirSync(join(folder, 'config', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'config', path), data[key] ?? '');
    }

    for (const container of pod.initContainers ?? []) run(container);

    const models = join(folder, 'models');
    const files = readdirSync(models, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(
      files.map(({ parentPath, name }) => join(parentPath, name).slice(models.length)).sort(),
    ).toEqual(['/resnet/1/model.onnx', '/resnet/2/model.onnx', '/resnet/config.pbtxt']);
    expect(readFileSync(join(models, 'resnet', '2', 'model.onnx'), 'utf8')).toBe('two');
  });

  test('fail when the store does not let them in', () => {
    const source = ModelSource.s3('s3://no-such-bucket/resnet/', {
      endpoint: 'https://store.example.com',
      region: 'us-east-1',
    });
    const [pull] = podOf(serverOf({ model: Model.of('resnet', source) })).initContainers ?? [];

    expect(() =>
      run({
        name: 'pull',
        ...pull,
        args: [...(pull?.args ?? []), '--retries=1', '--low-level-retries=1'],
      }),
    ).toThrow();
  });
});
