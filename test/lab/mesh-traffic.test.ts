/*
 * Where calls go: the same declarations, written for Istio and for the Gateway API, in a real istiod with Envoy and
 * in the real Envoy Gateway.
 */
import { Duration } from 'cdk8s';
import { ServiceMesh } from 'inference-constructs';
import { controlPlane, describeWithCluster } from './support/cluster';
import { LabGateway } from './support/envoy-gateway';
import { SecureClient, type RecordingServer } from './support/inference-service';
import { LabIstio } from './support/istio-mesh';
import type { KubeObject } from './support/kube-client';
import { installed } from './support/lab-home';
import { startLoad } from './support/load';
import { pause } from './support/processes';
import {
  binomialBound,
  callMany,
  hostOf,
  listen,
  plainClient,
  renderCanary,
  renderRouting,
} from './support/routed';
import { makeTrust, secretsOf, type Trust } from './support/secured';

/** Calls of the canary, and how long each of its steps is watched. */
const PER_SECOND = 100;
const STEP_MILLIS = 3000;

const cluster = controlPlane();

/** A mesh that runs, whatever it is made of. */
interface Running {
  client(name: string): SecureClient;
  update(objects: readonly KubeObject[]): Promise<void>;
  stop(): Promise<void>;
}

type Start = (
  objects: readonly KubeObject[],
  backends: Readonly<Record<string, readonly number[]>>,
) => Promise<Running>;

const starts: Readonly<Record<string, { readonly mesh: ServiceMesh; readonly start: Start }>> = {
  istiod: {
    mesh: ServiceMesh.ISTIO,
    start: async (objects, backends) => {
      const istio = await LabIstio.start(cluster.client, cluster.kubeconfig, objects, backends);
      return {
        client: (name) => plainClient(istio.port, name),
        update: (changed) => istio.update(changed),
        stop: () => istio.stop(),
      };
    },
  },
  'Envoy Gateway': {
    mesh: ServiceMesh.GATEWAY_API,
    start: async (objects, backends) => {
      const trust: Trust = await makeTrust();
      const secrets = await secretsOf(trust);
      let current = objects;
      const gateway = await LabGateway.start({ objects, secrets, backends });
      return {
        client: (name) =>
          new SecureClient({
            port: gateway.port(name),
            host: hostOf(name),
            trusts: trust.servers.pem,
          }),
        update: (changed) => {
          const names = new Set(changed.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
          current = [
            ...current.filter(({ kind, metadata }) => !names.has(`${kind} ${metadata.name}`)),
            ...changed,
          ];
          gateway.update({ objects: current });
          return Promise.resolve();
        },
        stop: () => gateway.stop(),
      };
    },
  },
};

const available = installed('istio', 'envoy', 'envoy-gateway');

describeWithCluster.each(available ? Object.entries(starts) : [])('%s', (_, { mesh, start }) => {
  let running: Running;
  let split: RecordingServer[];
  let mirrored: RecordingServer[];
  let canary: RecordingServer[];
  let slow: RecordingServer[];

  const canaryAt = (step: number): KubeObject[] => renderCanary('canary', mesh, step);

  beforeAll(async () => {
    split = await listen(2);
    mirrored = await listen(2);
    canary = await listen(2);
    slow = await listen(1);
    const objects = [
      ...renderRouting({
        name: 'split',
        mesh,
        servers: 2,
        routes: (current, next) => [
          {
            split: [
              { endpoint: current, weight: 90 },
              { endpoint: next, weight: 10 },
            ],
          },
        ],
      }),
      ...renderRouting({
        name: 'mirror',
        mesh,
        servers: 2,
        routes: (live, shadow) => [
          {
            split: [{ endpoint: live }],
            mirror: { endpoint: shadow, percent: 30 },
          },
        ],
      }),
      ...canaryAt(0),
      ...renderRouting({
        name: 'impatient',
        mesh,
        routes: (endpoint) => [{ split: [{ endpoint }], timeout: Duration.millis(500) }],
      }),
    ];
    const backends = Object.fromEntries(
      Object.entries({ split, mirror: mirrored, canary, impatient: slow }).flatMap(
        ([name, servers]) => servers.map(({ port }, index) => [`${name}-${index + 1}`, [port]]),
      ),
    );
    running = await start(objects, backends);
    for (const name of ['split', 'mirror', 'canary', 'impatient']) await answers(name);
  });

  afterAll(async () => {
    await running.stop();
    for (const server of [...split, ...mirrored, ...canary, ...slow]) server.kill();
  });

  /** Waits until a host is routed. */
  async function answers(name: string): Promise<void> {
    const client = running.client(name);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if ((await client.infer({ seconds: 2 })).code === 'OK') break;
      await pause(200);
    }
    client.close();
  }

  test('10,000 calls are split 90 to 10', async () => {
    const before = split.map(({ calls }) => calls);
    const client = running.client('split');
    const outcomes = await callMany(client, 10_000);
    client.close();
    const [, next = 0] = split.map(({ calls }, index) => calls - (before[index] ?? 0));

    console.log(`${mesh.toString()}: ${next} of 10,000 to the 10 %`);
    expect(outcomes.filter(({ code }) => code !== 'OK')).toEqual([]);
    expect(Math.abs(next - 1000)).toBeLessThanOrEqual(binomialBound(10_000, 0.1));
  });

  test('copies reach the shadow, and a shadow that fails, hangs or is gone costs nothing', async () => {
    const [, shadow] = mirrored as [RecordingServer, RecordingServer];
    const client = running.client('mirror');
    const calls = async (): Promise<{ failed: number; millis: number }> => {
      const started = performance.now();
      const outcomes = await callMany(client, 2000);
      return {
        failed: outcomes.filter(({ code }) => code !== 'OK').length,
        millis: performance.now() - started,
      };
    };
    const before = shadow.asked;
    const well = await calls();
    await pause(300);
    const copies = shadow.asked - before;
    shadow.failure = 13;
    const failing = await calls();
    shadow.waitMillis = 5000;
    const hanging = await calls();
    shadow.kill();
    const gone = await calls();
    client.close();

    console.log(
      `${mesh.toString()}: ${copies} copies of 2,000; ms ${[well, failing, hanging, gone].map(({ millis }) => millis.toFixed(0)).join(', ')}`,
    );
    expect(Math.abs(copies - 600)).toBeLessThanOrEqual(binomialBound(2000, 0.3));
    expect([well, failing, hanging, gone].map(({ failed }) => failed)).toEqual([0, 0, 0, 0]);
    // Who waits for a shadow that takes 5 s waits a hundred times as long.
    for (const { millis } of [failing, hanging, gone])
      expect(millis).toBeLessThan(10 * well.millis);
  });

  test('the time limit of a call is kept to', async () => {
    for (const server of slow) server.waitMillis = 3000;
    const client = running.client('impatient');
    const took: number[] = [];
    for (let call = 0; call < 10; call += 1) {
      const started = performance.now();
      // Proxies say the one or the other.
      expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain((await client.infer()).code);
      took.push(performance.now() - started);
    }
    client.close();
    // The fastest of ten: what the machine adds to the others is not the proxy's.
    const late = Math.min(...took) - 500;

    console.log(`${mesh.toString()}: a limit of 500 ms is kept to within ${late.toFixed(1)} ms`);
    expect(Math.abs(late)).toBeLessThanOrEqual(50);
  });

  test('a canary goes from nothing to all in five commits and back in one, without a failed call', async () => {
    const [stable, candidate] = canary as [RecordingServer, RecordingServer];
    const load = startLoad(() => running.client('canary'), PER_SECOND);
    const shares: string[] = [];
    for (const [step, percent] of [0, 1, 10, 25, 50, 100, 0].entries()) {
      if (step > 0) await running.update(canaryAt(step === 6 ? 0 : step));
      // Until the proxy has it, and the calls that were under way have ended.
      await pause(1500);
      const before = [stable.calls, candidate.calls];
      await pause(STEP_MILLIS);
      const [kept = 0, moved = 0] = [stable, candidate].map(
        ({ calls }, index) => calls - (before[index] ?? 0),
      );
      shares.push(`${percent} %: ${moved} of ${kept + moved}`);
      const expected = ((kept + moved) * percent) / 100;
      expect(Math.abs(moved - expected)).toBeLessThanOrEqual(
        binomialBound(kept + moved, percent / 100),
      );
    }
    await load.stop();

    console.log(`${mesh.toString()}: ${shares.join('; ')}; ${load.answered()} answered`);
    expect(load.failures).toEqual([]);
  }, 120_000);
});
