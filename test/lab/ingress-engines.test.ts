/*
 * Real model servers behind the real gateway, both as rendered: limits of requests, and TLS between the two.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  Cpu,
  Model,
  ModelFormat,
  ModelSource,
  ServingEngine,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { TestAuthority, type KeyPair } from '../support/certificates';
import { LabGateway } from './support/envoy-gateway';
import { SecureClient, type ClientOptions } from './support/inference-service';
import type { KubeObject } from './support/kube-client';
import { LAB_HOME, installed } from './support/lab-home';
import { PodProcess } from './support/pod-process';
import { until } from './support/processes';
import { HOST, inFront, makeTrust, secretsOf, type Trust } from './support/secured';
import { COUNTING_MODEL, tritonIn, writeModel } from './support/triton';

const MIB = 1024 * 1024;

const TRAIN = `
import sys, joblib
from sklearn.dummy import DummyRegressor
joblib.dump(DummyRegressor().fit([[0.0]], [1.0]), sys.argv[1])
`;

let folder = '';
let trust: Trust;
let right: KeyPair;
let pod: PodProcess | undefined;
let gateway: LabGateway | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lab-ingress-engine-'));
  trust = await makeTrust();
  right = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
});

afterEach(async () => {
  await gateway?.stop();
  pod?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const optionsOf = (one: LabGateway): ClientOptions => ({
  port: one.port('resnet'),
  host: HOST,
  trusts: trust.servers.pem,
  identity: right,
});

(installed('mlserver', 'envoy-gateway', 'envoy') ? test : test.skip)(
  'MLServer takes a request of 64 MiB, and refuses one byte more',
  async () => {
    let objects: readonly KubeObject[] = [];
    const bin = join(LAB_HOME, 'venv-mlserver', 'bin');
    mkdirSync(join(folder, 'mnt/models/tiny'), { recursive: true });
    const file = join(folder, 'mnt/models/tiny/model.joblib');
    execFileSync(join(bin, 'python'), ['-c', TRAIN, file]);
    pod = new PodProcess(
      {
        name: 'resnet',
        engine: ServingEngine.MLSERVER,
        model: Model.of('tiny', ModelSource.s3('s3://models/tiny'), {
          format: ModelFormat.SCIKIT_LEARN,
        }),
        cpu: Cpu.units(1),
        memory: Size.gibibytes(2),
      },
      {
        folder,
        program: [join(bin, 'mlserver')],
        connect: (server) => {
          objects = inFront(server);
        },
      },
    );
    const live = pod;
    await until('MLServer is alive', 60, () => live.probe('livenessProbe'));
    gateway = await LabGateway.start({
      objects,
      secrets: await secretsOf(trust),
      backends: { resnet: [pod.port('grpc')] },
    });
    const client = new SecureClient(optionsOf(gateway));

    // The model that is asked for is not there, which the server says only of requests that it has read.
    const limit = 64 * MIB;
    expect((await client.inferMessage(limit)).code).toBe('NOT_FOUND');
    expect((await client.inferMessage(limit + 1)).code).toBe('RESOURCE_EXHAUSTED');
    client.close();
  },
);

(installed('triton', 'envoy-gateway', 'envoy') ? describe : describe.skip)('Triton', () => {
  async function startTriton(
    props: Partial<SecureGrpcIngressProps> = {},
  ): Promise<readonly KubeObject[]> {
    let objects: readonly KubeObject[] = [];
    writeModel(folder, 'resnet', COUNTING_MODEL);
    pod = new PodProcess(
      {
        name: 'resnet',
        engine: ServingEngine.TRITON,
        model: Model.of('resnet', ModelSource.s3('s3://models/resnet'), {
          format: ModelFormat.PYTHON,
        }),
        cpu: Cpu.units(2),
        memory: Size.gibibytes(4),
      },
      {
        ...tritonIn(folder),
        connect: (server) => {
          objects = inFront(server, props);
        },
      },
    );
    await pod.started();
    return objects;
  }

  test('gets requests of 64 MiB from Envoy, and none that is a byte larger; streams go on', async () => {
    const objects = await startTriton();
    gateway = await LabGateway.start({
      objects,
      secrets: await secretsOf(trust),
      backends: { resnet: [pod?.port('grpc') ?? 0] },
    });
    const client = new SecureClient(optionsOf(gateway));

    // The five bytes before a message of gRPC count, too.
    const limit = 64 * MIB - 5;
    expect(await client.inferMessage(limit)).toEqual({ code: 'OK', details: '' });
    const refused = await client.inferMessage(limit + 1);
    expect(refused).toEqual({ code: 'UNKNOWN', details: 'Payload Too Large' });

    const answers: unknown[] = [];
    const stream = client.stream();
    stream.on('data', (answer) => answers.push(answer));
    stream.on('error', (error) => answers.push(error));
    for (const count of [1, 2]) {
      stream.write(client.message(64));
      await until(`answer ${count} on the stream`, 10, () =>
        Promise.resolve(answers.length === count),
      );
    }
    stream.end();
    client.close();
    const answer = { inferResponse: { modelName: 'resnet' } };
    expect(answers).toMatchObject([answer, answer]);
  });

  test('serves TLS to Envoy, which verifies it', async () => {
    const internal = await TestAuthority.make('Internal');
    const pair = await internal.issueServer('resnet.serving.svc.cluster.local');
    mkdirSync(join(folder, 'etc/model-server-tls'), { recursive: true });
    writeFileSync(join(folder, 'etc/model-server-tls/tls.crt'), pair.certificate);
    writeFileSync(join(folder, 'etc/model-server-tls/tls.key'), pair.key);
    const objects = await startTriton({
      backendTls: {
        authority: CertificateAuthority.fromSecret('internal-ca'),
        hostname: 'resnet.serving.svc.cluster.local',
        certificate: Certificate.fromSecret('resnet-backend-tls'),
      },
    });
    const own = await secretsOf(trust);
    const impostor = await TestAuthority.make('Internal');
    gateway = await LabGateway.start({
      objects,
      secrets: { ...own, 'internal-ca': { 'ca.crt': impostor.pem } },
      backends: { resnet: [pod?.port('grpc') ?? 0] },
    });
    const client = new SecureClient(optionsOf(gateway));
    const refused = await client.inferMessage(1024);
    expect(refused.code).toBe('UNAVAILABLE');
    expect(refused.details).toContain('remote connection failure');

    gateway.update({ secrets: { ...own, 'internal-ca': { 'ca.crt': internal.pem } } });
    await until('Envoy trusts the authority', 20, async () => {
      const { code } = await client.inferMessage(1024);
      return code === 'OK';
    });
    client.close();
  });
});
