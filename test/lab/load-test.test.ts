/*
 * A load test as rendered, with the real ghz and jq, against a real Triton behind the real gateway.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Size } from 'cdk8s';
import {
  Cpu,
  InferenceCall,
  LoadPattern,
  LoadTest,
  Model,
  ModelFormat,
  ModelSource,
  SecretReference,
  ServingChart,
  ServingEngine,
  type LoadTestProps,
} from 'inference-constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { ConfigMap, Container } from 'kubernetes-types/core/v1';
import type { KeyPair } from '../support/certificates';
import { LabGateway } from './support/envoy-gateway';
import type { KubeObject } from './support/kube-client';
import { LAB_HOME, installed, program } from './support/lab-home';
import { PodProcess } from './support/pod-process';
import { HOST, inFront, makeTrust, secretsOf, type Trust } from './support/secured';

const MODEL = `
import numpy
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.add_input({"name": "x", "data_type": "TYPE_UINT8", "dims": [-1]})
        config.add_output({"name": "n", "data_type": "TYPE_INT64", "dims": [1]})
        return config

    def execute(self, requests):
        sizes = [pb_utils.get_input_tensor_by_name(request, "x").as_numpy().size for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("n", numpy.array([n], dtype="int64"))]) for n in sizes]
`;

/** What the last line of the log tells. */
interface Summary {
  readonly loadTest: readonly {
    readonly phase: string;
    readonly requests: number;
    readonly seconds: number;
    readonly perSecond: number;
    readonly milliseconds: Readonly<Record<'p50' | 'p90' | 'p99', number | null>>;
    readonly codes: Readonly<Record<string, number>>;
  }[];
}

(installed('ghz', 'jq', 'triton', 'envoy-gateway', 'envoy') ? describe : describe.skip)(
  'a load test of Triton behind the gateway',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-load-test-'));
    let trust: Trust;
    let pod: PodProcess;
    let gateway: LabGateway;
    let runs = 0;

    beforeAll(async () => {
      trust = await makeTrust();
      mkdirSync(join(folder, 'mnt/models/resnet/1'), { recursive: true });
      writeFileSync(join(folder, 'mnt/models/resnet/1/model.py'), MODEL);
      let objects: readonly KubeObject[] = [];
      const bin = join(LAB_HOME, 'venv-triton');
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
          folder,
          program: [join(LAB_HOME, 'tritonserver', 'bin', 'tritonserver')],
          extraArgs: [`--backend-directory=${join(LAB_HOME, 'tritonserver', 'backends')}`],
          extraEnv: {
            PYTHONPATH: join(bin, 'lib', 'python3.11', 'site-packages'),
            PATH: `${join(bin, 'bin')}:${process.env['PATH'] ?? ''}`,
          },
          connect: (server) => {
            objects = inFront(server);
          },
        },
      );
      await pod.started();
      gateway = await LabGateway.start({
        objects,
        secrets: await secretsOf(trust),
        backends: { resnet: [pod.port('grpc')] },
      });
    });

    afterAll(async () => {
      await gateway.stop();
      pod.kill();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Runs the containers of the job one after the other, with their folders and the address mapped. */
    function run(
      phases: LoadTestProps['phases'],
      identity: KeyPair,
      port: number,
    ): readonly string[] {
      const chart = new ServingChart(new App(), 'load', { namespace: 'load' });
      const test = new LoadTest(chart, 'Load', {
        name: 'load',
        target: { host: HOST, clientCertificate: SecretReference.fromSecret('client') },
        call: InferenceCall.kserveV2('resnet', [{ name: 'x', datatype: 'UINT8', shape: [1000] }]),
        phases,
        image: 'registry.example.com/ghz:0.93.0',
      });
      runs += 1;
      const work = join(folder, `run-${runs}`);
      const put = (name: string, files: Readonly<Record<string, string>>): void => {
        mkdirSync(join(work, name), { recursive: true });
        for (const [file, text] of Object.entries(files))
          writeFileSync(join(work, name, file), text);
      };
      put('load', (test.configMap.toJson() as ConfigMap).data ?? {});
      put('tls', {
        'tls.crt': identity.certificate,
        'tls.key': identity.key,
        'ca.crt': trust.servers.pem,
      });
      put('results', {});
      const { initContainers = [], containers = [] } =
        (test.job.toJson() as Job).spec?.template.spec ?? {};
      const start = ({ command: [name = ''] = [], args = [] }: Container): string => {
        const mapped = args.map((arg) =>
          arg === `${HOST}:443`
            ? `127.0.0.1:${port}`
            : arg.replace(/(^|=)\/(load|tls|results)\//, `$1${work}/$2/`),
        );
        // The name does not resolve here.
        const extra = name === 'ghz' ? [`--cname=${HOST}`] : [];
        const file = name === 'ghz' ? program('ghz') : name;
        return execFileSync(file, [...extra, ...mapped], { encoding: 'utf8' });
      };
      initContainers.forEach(start);
      return containers.map(start).join('').trimEnd().split('\n');
    }

    test('tells rate, latencies and answers of every phase, for people and for programs', async () => {
      const client = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      const log = run(
        [
          LoadPattern.closed(4, 50),
          LoadPattern.rate(50, Duration.seconds(4)),
          LoadPattern.ramp(20, 60, Duration.seconds(4)),
        ],
        client,
        gateway.port('resnet'),
      );
      const { loadTest } = JSON.parse(log.at(-1) ?? '') as Summary;

      expect(log).toHaveLength(4);
      expect(log[0]).toMatch(/^4 workers x 50 requests: 200 requests in .* OK 200$/);
      expect(loadTest.map(({ requests, codes }) => ({ requests, codes }))).toEqual([
        { requests: 200, codes: { OK: 200 } },
        { requests: 200, codes: { OK: 200 } },
        { requests: 160, codes: { OK: 160 } },
      ]);
      const [, steady] = loadTest;
      expect(steady?.seconds).toBeGreaterThan(3);
      expect(steady?.perSecond).toBeLessThan(65);
      for (const { milliseconds } of loadTest) {
        expect(milliseconds.p50).toBeGreaterThan(0);
        expect(milliseconds.p99).toBeGreaterThanOrEqual(milliseconds.p50 ?? Infinity);
      }
    });

    test('counts answers by code: a client that is not on the list', async () => {
      const stranger = await trust.clients.issue({ subject: [{ CN: ['stranger'] }] });
      const log = run([LoadPattern.closed(2, 10)], stranger, gateway.port('resnet'));

      const { loadTest } = JSON.parse(log.at(-1) ?? '') as Summary;
      expect(loadTest).toMatchObject([
        { requests: 20, codes: { PermissionDenied: 20 }, milliseconds: { p50: null } },
      ]);
    });
  },
);
