/*
 * A load test as rendered, with the real ghz, vegeta and jq, against a real Triton behind the real gateway.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { App, Duration, Size } from 'cdk8s';
import {
  Cpu,
  InferenceCall,
  LoadPattern,
  LoadTest,
  Model,
  ModelFormat,
  ModelServer,
  ModelSource,
  Protocol,
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
import { installed, program } from './support/lab-home';
import { PodProcess } from './support/pod-process';
import { HOST, inFront, makeTrust, secretsOf, type Trust } from './support/secured';
import { COUNTING_MODEL, tritonIn, writeModel } from './support/triton';

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

(installed('load-client', 'jq', 'triton', 'envoy-gateway', 'envoy') ? describe : describe.skip)(
  'a load test of Triton behind the gateway',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-load-test-'));
    let trust: Trust;
    let pod: PodProcess;
    let gateway: LabGateway;
    let runs = 0;

    beforeAll(async () => {
      trust = await makeTrust();
      writeModel(folder, 'resnet', COUNTING_MODEL);
      let objects: readonly KubeObject[] = [];
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

    /**
     * Runs the containers of the job one after the other, with their folders and the address mapped.
     * @param from host and port as rendered
     */
    async function run(
      { job, configMap }: LoadTest,
      from: string,
      port: number,
      identity?: KeyPair,
    ): Promise<readonly string[]> {
      runs += 1;
      const work = join(folder, `run-${runs}`);
      const put = (name: string, files: Readonly<Record<string, string>>): void => {
        mkdirSync(join(work, name), { recursive: true });
        for (const [file, text] of Object.entries(files))
          writeFileSync(join(work, name, file), text);
      };
      const mapped = (text: string): string =>
        text.replace(/(^|=|@)\/(load|tls|results)\//gm, `$1${work}/$2/`);
      const data = (configMap.toJson() as ConfigMap).data ?? {};
      put(
        'load',
        Object.fromEntries(Object.entries(data).map(([file, text]) => [file, mapped(text)])),
      );
      put('results', {});
      if (identity)
        put('tls', {
          'tls.crt': identity.certificate,
          'tls.key': identity.key,
          'ca.crt': trust.servers.pem,
        });
      const { initContainers = [], containers = [] } =
        (job.toJson() as Job).spec?.template.spec ?? {};
      const start = async ({
        command: [name = ''] = [],
        args = [],
      }: Container): Promise<string> => {
        const own = args.map((arg) => (arg === from ? `127.0.0.1:${port}` : mapped(arg)));
        // The name does not resolve here.
        const all =
          name.startsWith('ghz') && identity
            ? [`--cname=${HOST}`, ...own]
            : own[0] === 'attack'
              ? ['attack', `-connect-to=${from}:127.0.0.1:${port}`, ...own.slice(1)]
              : own;
        const { stdout } = await promisify(execFile)(name === 'jq' ? name : program(name), all);
        return stdout;
      };
      for (const container of initContainers) await start(container);
      const [summary] = containers;
      if (summary === undefined) throw new Error('the job has no summary');
      return (await start(summary)).trimEnd().split('\n');
    }

    function make(props: Omit<LoadTestProps, 'name' | 'image'>): LoadTest {
      const chart = new ServingChart(new App(), 'load', { namespace: 'load' });
      return new LoadTest(chart, 'Load', {
        name: 'load',
        image: 'registry.example.com/client:1.0.0',
        ...props,
      });
    }

    const INPUTS = [{ name: 'x', datatype: 'UINT8', shape: [1000] }];

    const asClient = (call: InferenceCall, phases: LoadTestProps['phases']): LoadTest =>
      make({
        target: { host: HOST, clientCertificate: SecretReference.fromSecret('client') },
        call,
        phases,
      });

    /** By gRPC through the gateway. */
    function throughGateway(
      phases: LoadTestProps['phases'],
      identity: KeyPair,
    ): Promise<readonly string[]> {
      const test = asClient(InferenceCall.kserveV2('resnet', INPUTS), phases);
      return run(test, `${HOST}:443`, gateway.port('resnet'), identity);
    }

    test('tells rate, latencies and answers of every phase, for people and for programs', async () => {
      const client = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      const log = await throughGateway(
        [
          LoadPattern.closed(4, 50),
          LoadPattern.rate(50, Duration.seconds(4)),
          LoadPattern.ramp(20, 60, Duration.seconds(4)),
        ],
        client,
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

    test('at random: as many a second as asked for, in gaps that are exponential', async () => {
      const client = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      const log = await throughGateway([LoadPattern.poisson(100, Duration.seconds(8))], client);
      const { loadTest } = JSON.parse(log.at(-1) ?? '') as Summary;
      const { details } = JSON.parse(
        readFileSync(join(folder, `run-${runs}`, 'results', '00.json'), 'utf8'),
      ) as {
        readonly details: readonly { readonly timestamp: string; readonly latency: number }[];
      };

      // 800 on average, with a deviation of 28: five of them.
      const [phase] = loadTest;
      expect(log[0]).toMatch(/^100 a second at random for 8 s: /);
      expect(phase?.codes).toEqual({ OK: phase?.requests });
      expect(phase?.requests).toBeGreaterThan(660);
      expect(phase?.requests).toBeLessThan(940);
      // ghz tells when an answer came: arrivals in windows of 100 ms have a variance like their mean, evenly spaced ones
      // next to none.
      const arrivals = details.map(
        ({ timestamp, latency }) => Date.parse(timestamp) - latency / 1e6,
      );
      const first = Math.min(...arrivals);
      const windows = new Array<number>(80).fill(0);
      for (const at of arrivals) {
        const window = Math.floor((at - first) / 100);
        if (window < windows.length) windows[window] = (windows[window] ?? 0) + 1;
      }
      const mean = windows.reduce((sum, count) => sum + count, 0) / windows.length;
      const variance =
        windows.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (windows.length - 1);
      console.log(`dispersion of arrivals: ${(variance / mean).toFixed(2)}`);
      expect(variance / mean).toBeGreaterThan(0.5);
    });

    test('counts answers by code: a client that is not on the list', async () => {
      const stranger = await trust.clients.issue({ subject: [{ CN: ['stranger'] }] });
      const log = await throughGateway([LoadPattern.closed(2, 10)], stranger);

      const { loadTest } = JSON.parse(log.at(-1) ?? '') as Summary;
      expect(loadTest).toMatchObject([
        { requests: 20, codes: { PermissionDenied: 20 }, milliseconds: { p50: null } },
      ]);
    });

    test('by REST, of a server itself: answers and those that are none', async () => {
      const phases = [LoadPattern.rate(50, Duration.seconds(3))];
      const address = 'resnet.serving.svc:8000';
      const server = (call: InferenceCall): LoadTest => {
        const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
        const target = new ModelServer(chart, 'Server', {
          name: 'resnet',
          engine: ServingEngine.TRITON,
          model: Model.of('resnet', ModelSource.s3('s3://models/resnet')),
          cpu: Cpu.units(2),
          memory: Size.gibibytes(4),
        });
        return make({ target, call, phases });
      };
      const summaryOf = async (test: LoadTest, port: number): Promise<unknown> =>
        (JSON.parse((await run(test, address, port)).at(-1) ?? '') as Summary).loadTest;

      const known = server(InferenceCall.kserveV2Rest('resnet', INPUTS));
      expect(await summaryOf(known, pod.port('http'))).toMatchObject([
        { phase: '50 a second for 3 s', requests: 150, codes: { '200': 150 } },
      ]);
      const unknown = server(InferenceCall.kserveV2Rest('unknown', INPUTS));
      expect(await summaryOf(unknown, pod.port('http'))).toMatchObject([{ codes: { '404': 150 } }]);
      // Nobody listens there.
      expect(await summaryOf(known, 1)).toMatchObject([{ codes: { 'no answer': 150 } }]);
    });

    test('by REST, with the certificate of the client, of a server that is verified', async () => {
      const names: string[] = [];
      const { certificate: cert, key } = trust.serverPair;
      const server = createServer(
        { cert, key, ca: trust.clients.pem, requestCert: true },
        (request, response) => {
          names.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
          response.end('{}');
        },
      );
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const client = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      const call = InferenceCall.rest(Protocol.OPENAI, '/v1/chat/completions', { model: 'm' });
      const test = asClient(call, [LoadPattern.rate(20, Duration.seconds(2))]);
      const log = await run(test, `${HOST}:443`, port, client);
      server.close();

      const { loadTest } = JSON.parse(log.at(-1) ?? '') as Summary;
      expect(loadTest).toMatchObject([{ requests: 40, codes: { '200': 40 } }]);
      expect(names).toEqual(new Array<string>(40).fill('client'));
    });
  },
);
