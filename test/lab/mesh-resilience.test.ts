/*
 * What happens when servers fail, hang or are slow: routings as rendered for Istio, in a real istiod with Envoy.
 */
import { status } from '@grpc/grpc-js';
import { Duration } from 'cdk8s';
import {
  GrpcStatus,
  LoadBalancing,
  ServiceMesh,
  type MeshRoute,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { RecordingServer, SecureClient } from './support/inference-service';
import { LabIstio } from './support/istio-mesh';
import { installed } from './support/lab-home';
import { until } from './support/processes';
import { binomialBound, callMany, listen, plainClient, renderRouting } from './support/routed';

const cluster = controlPlane();

const EJECTION = Duration.seconds(3);

/** Routings by name: how many pods the server has, what is said of its calls, and of the routing. */
const ROUTINGS: Readonly<
  Record<
    string,
    {
      readonly pods: number;
      readonly route?: Omit<MeshRoute, 'split'>;
      readonly more?: Partial<ServiceMeshRoutingProps>;
    }
  >
> = {
  retrying: { pods: 1, route: { retries: { attempts: 2, on: [GrpcStatus.UNAVAILABLE] } } },
  plain: { pods: 1 },
  breaker: {
    pods: 2,
    more: {
      circuitBreaker: {
        consecutiveErrors: 5,
        ejectionTime: EJECTION,
        interval: Duration.seconds(1),
      },
    },
  },
  bounded: { pods: 1, more: { circuitBreaker: { maxRequests: 4 } } },
  faulty: {
    pods: 1,
    route: {
      fault: {
        abort: { status: GrpcStatus.RESOURCE_EXHAUSTED, percent: 20 },
        delay: { duration: Duration.millis(300), percent: 10 },
      },
    },
  },
  'least-request': { pods: 4 },
  'round-robin': { pods: 4, more: { loadBalancing: LoadBalancing.roundRobin() } },
  hashed: { pods: 3, more: { loadBalancing: LoadBalancing.consistentHash('x-session-id') } },
};

const suite = installed('istio', 'envoy') ? describeWithCluster : describe.skip;

suite('in an Istio mesh', () => {
  let istio: LabIstio;
  const servers: Record<string, RecordingServer[]> = {};
  const clients: SecureClient[] = [];

  const podsOf = (name: string): RecordingServer[] => servers[name] ?? [];
  const podOf = (name: string): RecordingServer => podsOf(name)[0] as RecordingServer;

  beforeAll(async () => {
    for (const [name, { pods }] of Object.entries(ROUTINGS)) servers[name] = await listen(pods);
    const objects = Object.entries(ROUTINGS).flatMap(([name, { route, more }]) =>
      renderRouting({
        name,
        mesh: ServiceMesh.ISTIO,
        routes: (endpoint) => [{ ...route, split: [{ endpoint: endpoint }] }],
        ...(more && { more }),
      }),
    );
    const backends = Object.entries(servers).map(
      ([name, pods]) => [`${name}-1`, pods.map(({ port }) => port)] as const,
    );
    const { client, kubeconfig } = cluster;
    istio = await LabIstio.start(client, kubeconfig, objects, Object.fromEntries(backends));
    for (const name of Object.keys(ROUTINGS))
      await until(`${name} answers`, 60, async () => {
        const probe = plainClient(istio.port, name);
        const { code } = await probe.infer({ seconds: 2 });
        probe.close();
        return code === 'OK';
      });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await istio.stop();
    for (const server of Object.values(servers).flat()) server.kill();
  });

  function clientOf(name: string): SecureClient {
    const client = plainClient(istio.port, name);
    clients.push(client);
    return client;
  }

  /** What calls end with, and how often the server was asked for each. */
  async function attempts(
    name: string,
    failure: number,
    calls = 20,
  ): Promise<{ readonly codes: readonly string[]; readonly each: number }> {
    const server = podOf(name);
    server.failure = failure;
    const before = server.asked;
    const outcomes = await callMany(clientOf(name), calls, 1);
    server.failure = undefined;
    const codes = [...new Set(outcomes.map(({ code }) => code))];
    return { codes, each: (server.asked - before) / calls };
  }

  test('calls are tried again after the status that was named, so often and no more', async () => {
    expect(await attempts('retrying', status.UNAVAILABLE)).toEqual({
      codes: ['UNAVAILABLE'],
      each: 3,
    });
  });

  test.each(['INTERNAL', 'INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED'] as const)(
    'calls are not tried again after %s, which was not named',
    async (code) => {
      expect(await attempts('retrying', status[code])).toEqual({ codes: [code], each: 1 });
    },
  );

  test('calls are never tried again where nobody asked for it', async () => {
    expect(await attempts('plain', status.UNAVAILABLE)).toEqual({
      codes: ['UNAVAILABLE'],
      each: 1,
    });
  });

  test('a server that fails as a whole gets no storm of retries', async () => {
    const server = podOf('retrying');
    server.failure = status.UNAVAILABLE;
    server.waitMillis = 50;
    const before = server.asked;
    await callMany(clientOf('retrying'), 1000, 100);
    server.failure = undefined;
    server.waitMillis = 0;
    const asked = server.asked - before;

    console.log(`1,000 calls, 100 at a time, all failing: ${asked} attempts`);
    // A fifth of what is under way may be retries; without a bound it would be 3,000.
    expect(asked).toBeGreaterThan(1000);
    expect(asked).toBeLessThan(1500);
  });

  test('a pod that fails is left out, and let in again when it is well', async () => {
    const [bad, good] = podsOf('breaker') as [RecordingServer, RecordingServer];
    const client = clientOf('breaker');
    bad.failure = status.UNAVAILABLE;
    const first = await callMany(client, 200, 4);
    // Two of the five failures in a row may be under way when the pod is left out.
    const failed = first.filter(({ code }) => code !== 'OK').length;
    const asked = bad.asked;
    const second = await callMany(client, 200, 4);

    console.log(`failed until the pod was left out: ${failed}`);
    expect(failed).toBeGreaterThanOrEqual(5);
    expect(failed).toBeLessThanOrEqual(9);
    expect(second.filter(({ code }) => code !== 'OK')).toEqual([]);
    expect(bad.asked).toBe(asked);

    bad.failure = undefined;
    await until('the pod is let in again', 15, async () => {
      await callMany(client, 10, 1);
      return bad.asked > asked;
    });
    const before = [bad.calls, good.calls];
    const third = await callMany(client, 400, 4);
    expect(third.filter(({ code }) => code !== 'OK')).toEqual([]);
    expect(bad.calls - (before[0] ?? 0)).toBeGreaterThan(100);
  });

  test('calls beyond the bound are refused at once, and not queued', async () => {
    const server = podOf('bounded');
    server.waitMillis = 300;
    const started = performance.now();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => clientOf('bounded').infer()),
    );
    const took = performance.now() - started;
    server.waitMillis = 0;
    const count = (wanted: string): number => outcomes.filter(({ code }) => code === wanted).length;

    console.log(`bound of 4: ${count('OK')} answered, ${count('UNAVAILABLE')} refused`);
    expect(count('OK') + count('UNAVAILABLE')).toBe(20);
    expect(count('OK')).toBeGreaterThanOrEqual(4);
    // Envoy may count a call or two of the same moment before it refuses.
    expect(count('OK')).toBeLessThanOrEqual(8);
    expect(took).toBeLessThan(3000);
  });

  test('faults hit the share of calls that was asked for', async () => {
    const client = clientOf('faulty');
    const slow: number[] = [];
    let aborted = 0;
    const calls = 2000;
    let sent = 0;
    const worker = async (): Promise<void> => {
      while (sent < calls) {
        sent += 1;
        const started = performance.now();
        const { code } = await client.infer();
        if (code === 'RESOURCE_EXHAUSTED') aborted += 1;
        else expect(code).toBe('OK');
        if (performance.now() - started >= 250) slow.push(1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));

    console.log(`of ${calls}: ${aborted} aborted (20 %), ${slow.length} held up (10 %)`);
    expect(Math.abs(aborted - 0.2 * calls)).toBeLessThanOrEqual(binomialBound(calls, 0.2));
    expect(Math.abs(slow.length - 0.1 * calls)).toBeLessThanOrEqual(binomialBound(calls, 0.1));
  });

  test('a slow pod gets less by least request than by round robin', async () => {
    const shares: Record<string, number> = {};
    for (const name of ['least-request', 'round-robin']) {
      const slow = podOf(name);
      for (const pod of podsOf(name)) pod.waitMillis = pod === slow ? 50 : 5;
      const before = slow.calls;
      await callMany(clientOf(name), 2000, 16);
      shares[name] = (slow.calls - before) / 2000;
    }

    console.log(`share of the slow pod: ${JSON.stringify(shares)}`);
    expect(shares['round-robin']).toBeCloseTo(0.25, 2);
    expect((shares['round-robin'] ?? 0) / (shares['least-request'] ?? 1)).toBeGreaterThan(2);
  });

  test('calls of one session go to one pod', async () => {
    const client = clientOf('hashed');
    const hit = new Set<number>();
    for (let session = 0; session < 20; session += 1) {
      const before = podsOf('hashed').map(({ calls }) => calls);
      for (let call = 0; call < 10; call += 1)
        await client.infer({ headers: { 'x-session-id': `session-${session}` } });
      const counts = podsOf('hashed').map(({ calls }, index) => calls - (before[index] ?? 0));
      expect(counts.filter((count) => count > 0)).toEqual([10]);
      hit.add(counts.indexOf(10));
    }

    // And the sessions are spread.
    expect(hit.size).toBeGreaterThan(1);
  });
});
