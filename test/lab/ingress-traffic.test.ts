/*
 * How requests travel: the manifests as rendered, in the real Envoy Gateway, under load.
 */
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { credentials, status, type ServiceError } from '@grpc/grpc-js';
import { Duration } from 'cdk8s';
import { Indicator, Protocol } from 'inference-constructs';
import type { KeyPair } from '../support/certificates';
import { LabGateway } from './support/envoy-gateway';
import {
  RecordingServer,
  SecureClient,
  callOnce,
  type ClientOptions,
} from './support/inference-service';
import type { KubeObject } from './support/kube-client';
import { installed } from './support/lab-home';
import { startLoad } from './support/load';
import { pause, until } from './support/processes';
import { counted, samplesOf } from './support/scrape';
import { HOST, makeTrust, renderIngress, secretsOf, type Trust } from './support/secured';

const CALLS = 3000;

(installed('envoy-gateway', 'envoy') ? describe : describe.skip)('requests', () => {
  let trust: Trust;
  let right: KeyPair;
  let gateway: LabGateway;
  let servers: RecordingServer[] = [];

  const ports = (): number[] => servers.map(({ port }) => port);
  const options = (): ClientOptions => ({
    port: gateway.port('resnet'),
    host: HOST,
    trusts: trust.servers.pem,
    identity: right,
  });

  /** The same ingress with other settings, beside it. */
  const withTimeout: KubeObject[] = renderIngress(['client'], {
    name: 'impatient',
    timeouts: { streamIdle: Duration.seconds(2) },
  });

  beforeAll(async () => {
    trust = await makeTrust();
    right = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
    servers = await Promise.all([1, 2, 3].map(() => new RecordingServer().listen()));
    gateway = await LabGateway.start({
      objects: [...renderIngress(['client', 'other']), ...withTimeout],
      secrets: await secretsOf(trust),
      backends: behind(servers),
    });
  });

  afterAll(async () => {
    await gateway.stop();
    for (const server of servers) server.kill();
  });

  /** Sends calls over one connection, some at a time, and returns what each server got. */
  async function spread(client: { infer(): Promise<{ code: string }> }): Promise<number[]> {
    const before = servers.map(({ calls }) => calls);
    let sent = 0;
    const worker = async (): Promise<void> => {
      while (sent < CALLS) {
        sent += 1;
        expect(await client.infer()).toMatchObject({ code: 'OK' });
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    return servers.map(({ calls }, index) => calls - (before[index] ?? 0));
  }

  test('of one connection reach all servers alike', async () => {
    const client = new SecureClient(options());
    const counts = await spread(client);
    client.close();

    console.log(`busiest/idlest: ${(Math.max(...counts) / Math.min(...counts)).toFixed(3)}`);
    expect(counts.reduce((sum, count) => sum + count)).toBe(CALLS);
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThanOrEqual(1.1);
  });

  test('of one connection stick to one server where connections are balanced', async () => {
    let next = 0;
    const sockets: Socket[] = [];
    const balancer = createServer((inbound) => {
      const outbound = connect({ host: '127.0.0.1', port: ports()[next % 3] ?? 0 });
      next += 1;
      sockets.push(inbound.setNoDelay(), outbound.setNoDelay());
      inbound.pipe(outbound).pipe(inbound);
      inbound.on('error', () => outbound.destroy());
      outbound.on('error', () => inbound.destroy());
    });
    await new Promise<void>((done) => balancer.listen(0, '127.0.0.1', done));
    const { port } = balancer.address() as AddressInfo;
    const client = SecureClient.withCredentials(`127.0.0.1:${port}`, credentials.createInsecure());
    const counts = await spread(client);
    client.close();
    for (const socket of sockets) socket.destroy();
    balancer.close();

    expect(Math.max(...counts) / Math.max(1, Math.min(...counts))).toBeGreaterThan(10);
  });

  test('stream in both directions, and a stream that is silent for a minute goes on', async () => {
    const client = new SecureClient(options());
    const stream = client.stream();
    const answers: unknown[] = [];
    stream.on('data', (answer) => answers.push(answer));
    stream.on('error', (error) => answers.push(error));

    stream.write({ modelName: 'first' });
    await until('the first answer', 5, () => Promise.resolve(answers.length === 1));
    stream.write({ modelName: 'second' });
    await until('the second answer', 5, () => Promise.resolve(answers.length === 2));
    await pause(60_000);
    stream.write({ modelName: 'third' });
    await until('the third answer', 5, () => Promise.resolve(answers.length === 3));
    stream.end();
    client.close();

    expect(answers).toMatchObject(
      ['first', 'second', 'third'].map((modelName) => ({ inferResponse: { modelName } })),
    );
  });

  // Envoy's own limits are 15 s for a request and 300 s for silence; both are off, and are what decides.
  test('are cut by the timeouts that are asked for, and only by those', async () => {
    const policies = renderIngress(['client']).filter(({ kind }) => kind.endsWith('TrafficPolicy'));
    const timeouts = policies.map(({ spec }) => (spec?.['timeout'] as { http: object }).http);
    expect(timeouts).toEqual([
      { streamIdleTimeout: '0s' },
      { requestTimeout: '0s', maxStreamDuration: '0s', streamIdleTimeout: '0s' },
    ]);

    const client = new SecureClient({ ...options(), port: gateway.port('impatient') });
    const stream = client.stream();
    stream.on('data', () => undefined);
    const started = performance.now();
    const error = await new Promise<ServiceError>((done) => {
      stream.on('error', done);
      stream.write({ modelName: 'first' });
    });
    client.close();

    const seconds = (performance.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(1.5);
    expect(seconds).toBeLessThan(10);
    expect(error.code).not.toBe(status.OK);
  });

  test('are counted by Envoy as monitoring asks for them', async () => {
    const client = new SecureClient(options());
    const { succeeded, failed, latency, seen } = Indicator.envoyGateway('resnet').of({
      namespace: 'serving',
      pods: '',
      engine: '',
      load: {},
      protocols: [Protocol.KSERVE_V2_GRPC],
    });
    const count = async (): Promise<readonly [number, number]> => {
      const samples = samplesOf(await gateway.metrics());
      const faults = counted(samples, failed?.('1m') ?? '').reduce((sum, one) => sum + one, 0);
      const [all = 0] = counted(samples, succeeded?.('1m') ?? '');
      return [all, faults];
    };
    const send = async (times: number, failure?: number): Promise<void> => {
      for (const server of servers) server.failure = failure;
      for (let call = 0; call < times; call += 1) await client.infer();
    };
    const [allBefore, faultsBefore] = await count();

    await send(30);
    await send(2, status.INTERNAL);
    // Not the server's fault.
    await send(5, status.INVALID_ARGUMENT);
    await send(1);
    client.close();

    const [all, faults] = await count();
    expect([all - allBefore, faults - faultsBefore]).toEqual([38, 2]);
    const [total = 0] = counted(samplesOf(await gateway.metrics()), `rate(${seen ?? ''}[1m])`);
    expect(total).toBeGreaterThanOrEqual(38);
    const bounds = samplesOf(await gateway.metrics())
      .filter(
        ({ name, labels }) =>
          name === `${latency?.metric ?? ''}_bucket` &&
          labels['envoy_cluster_name'] === 'grpcroute/serving/resnet/rule/0',
      )
      .map(({ labels }) => Number(labels['le']));
    expect(bounds.filter(Number.isFinite)).toEqual(latency?.bounds);
  });

  describe('under 200 calls a second', () => {
    test('none fails while the certificate of the server is replaced', async () => {
      const load = startLoad(options(), 200);
      await pause(1000);
      const replaced = await trust.servers.issueServer(HOST);
      const secrets = await secretsOf({ ...trust, serverPair: replaced });
      gateway.update({ secrets });

      await until(
        'new connections see the new certificate',
        10,
        async () => (await serialOf(options())) === replaced.serial.toUpperCase(),
      );
      await pause(1000);
      await load.stop();

      expect(load.failures).toEqual([]);
      expect(load.answered()).toBeGreaterThan(300);
    });

    test('none of the others fails while a client is revoked, who is out within 10 s', async () => {
      const other = await trust.clients.issue({ subject: [{ CN: ['other'] }] });
      const asOther = { ...options(), identity: other };
      const load = startLoad(options(), 200);
      const busy = startLoad(asOther, 20, { connections: 1 });
      expect(await callOnce(asOther)).toMatchObject({ code: 'OK' });

      const lists = [await trust.clients.revocationList([other.serial])];
      const revokedAt = performance.now();
      gateway.update({ secrets: await secretsOf(trust, { lists }) });
      await until('new connections of the client are refused', 10, async () => {
        const { code, details } = await callOnce(asOther);
        return code === 'UNAVAILABLE' && details.includes('certificate revoked');
      });
      const seconds = (performance.now() - revokedAt) / 1000;
      await pause(2000);
      await load.stop();
      await busy.stop();

      console.log(`revoked: new connections refused after ${seconds.toFixed(1)} s`);
      expect(load.failures).toEqual([]);
      expect(load.answered()).toBeGreaterThan(300);
      expect(await callOnce(asOther)).toMatchObject({ code: 'UNAVAILABLE' });
    });

    test('none fails while a server is drained', async () => {
      const load = startLoad(options(), 200);
      await pause(500);
      const [leaving, ...staying] = servers;
      if (leaving === undefined) throw new Error('no server');
      // As a pod: out of the endpoints first, SIGTERM after the time of the preStop hook.
      gateway.update({ backends: behind(staying) });
      await pause(3000);
      await leaving.drain();
      await pause(500);
      await load.stop();

      expect(load.failures).toEqual([]);
      expect(load.answered()).toBeGreaterThan(600);
    });

    test('only those fail that a server had when it was killed', async () => {
      const slow = await Promise.all([1, 2].map(() => new RecordingServer(40).listen()));
      gateway.update({ backends: behind(slow) });
      await until('the new servers answer', 10, async () => {
        await callOnce(options());
        return slow.every(({ calls }) => calls > 0);
      });
      const load = startLoad(options(), 200);
      await pause(1000);
      slow[0]?.kill();
      await pause(3000);
      await load.stop();
      slow[1]?.kill();

      // 200 a second at 40 ms over two servers: about 4 are open at a time at each.
      expect(load.failures.length).toBeLessThanOrEqual(20);
      expect(load.answered()).toBeGreaterThan(600);
    });
  });
});

/** The servers behind both ingresses. */
function behind(servers: readonly RecordingServer[]): Record<string, number[]> {
  const ports = servers.map(({ port }) => port);
  return { resnet: ports, impatient: ports };
}

/** Serial number of the certificate that a new connection is shown. */
function serialOf({ port, host, trusts, identity }: ClientOptions): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connectTls(
      {
        host: '127.0.0.1',
        port,
        servername: host,
        ca: trusts,
        cert: identity?.certificate,
        key: identity?.key,
        ALPNProtocols: ['h2'],
      },
      () => {
        done(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.once('error', failed);
  });
}
