/*
 * Spot nodes are taken back on a real control plane: the API server's own evictions, disruption budgets and scheduler,
 * with pods that load for ten seconds and drain for as long as their grace period.
 */
import { App, Duration, Size } from 'cdk8s';
import {
  ClusterAutoscaler,
  ConfigurationError,
  Cpu,
  DisruptionBudget,
  Model,
  ModelServer,
  ModelSource,
  NodePool,
  QualityOfService,
  ServingChart,
  ServingEngine,
  type ModelServerProps,
} from 'inference-constructs';
import { pools as stack } from '../../stacks/eks-spot-resnet/pools';
import { controlPlane, describeWithCluster } from './support/cluster';
import { interrupt, podsOn, type Outcome } from './support/interruption';
import type { KubeObject } from './support/kube-client';
import { nodeOf } from './support/nodes';
import { isReady } from './support/pods';
import { savePlot } from './support/plot';
import { unhurriedPods } from './support/pod-stages';
import { pause, until } from './support/processes';

const LOAD_SECONDS = 10;
const NOTICE_SECONDS = 120;
const REPLICAS = 24;

const cluster = controlPlane({ stages: unhurriedPods(LOAD_SECONDS) });

const fallback = NodePool.eksOnDemand('fallback', {
  instanceTypes: ['m6i.2xlarge', 'm7i.2xlarge'],
  min: 0,
  max: 10,
});

const PROPS: ModelServerProps = {
  name: 'resnet',
  engine: ServingEngine.TENSORFLOW_SERVING,
  model: Model.of('resnet', ModelSource.s3('s3://models/resnet/'), { size: Size.mebibytes(256) }),
  cpu: Cpu.units(2),
  memory: Size.gibibytes(2),
  qualityOfService: QualityOfService.burstable({
    cpuLimit: Cpu.units(4),
    memoryLimit: Size.gibibytes(4),
  }),
  replicas: REPLICAS,
  placement: [stack.spot4x16, stack.spot8x32, fallback],
};

/** The server, and what runs on the pool for control software. */
function synthesise(changes: Partial<ModelServerProps> = {}): KubeObject[] {
  const app = new App();
  const nodes = new ServingChart(app, 'nodes', { namespace: 'kube-system' });
  new ClusterAutoscaler(nodes, 'ClusterAutoscaler', {
    clusterName: 'lab',
    region: 'eu-west-1',
    kubernetesVersion: '1.35',
    pools: [stack.control, stack.spot4x16, stack.spot8x32, fallback],
    placement: stack.control,
  });
  const chart = new ServingChart(app, 'resnet', { namespace: 'serving' });
  new ModelServer(chart, 'ResNet', { ...PROPS, ...changes });
  return [nodes, chart].flatMap((one) => one.toJson() as KubeObject[]);
}

test('a grace period that is longer than the notice is stopped at synth', () => {
  expect(() => synthesise({ drain: Duration.seconds(150) })).toThrow(ConfigurationError);
  expect(() => synthesise({ drain: Duration.seconds(150) })).toThrow(
    /drain: got 150 s, expected at most 120 s/,
  );
});

describeWithCluster('when spot nodes are taken back', () => {
  const samples: [number, number][] = [];
  const notices: string[] = [];
  let started = 0;
  let watching = true;
  let watcher: Promise<void> | undefined;
  let spotNodes: KubeObject[] = [];
  let control: readonly string[] = [];

  const serving = async (): Promise<readonly KubeObject[]> =>
    (await cluster.client.list('/api/v1/namespaces/serving/pods')).filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
  const ready = async (): Promise<number> => (await serving()).filter(isReady).length;
  const full = (): Promise<void> =>
    until('all replicas are ready', 180, async () => (await ready()) === REPLICAS);
  const identities = async (): Promise<string[]> => {
    const pods = await cluster.client.list('/api/v1/namespaces/kube-system/pods');
    return pods
      .map(({ metadata, spec }) => `${metadata.uid ?? ''} on ${String(spec?.['nodeName'])}`)
      .sort();
  };

  beforeAll(async () => {
    spotNodes = [stack.spot4x16, stack.spot8x32].flatMap((pool) =>
      Array.from({ length: 10 }, (_, index) => nodeOf(pool, index)),
    );
    const others = [stack.control, fallback].flatMap((pool) =>
      Array.from({ length: pool.max }, (_, index) => nodeOf(pool, index)),
    );
    for (const node of [...spotNodes, ...others]) await cluster.client.create(node);
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'serving' },
    });
    for (const object of synthesise()) await cluster.client.apply(object);
    await full();
    await until('the control software is ready', 60, async () =>
      (await cluster.client.list('/api/v1/namespaces/kube-system/pods')).every(isReady),
    );
    control = await identities();
    started = performance.now();
    watcher = (async () => {
      while (watching) {
        samples.push([(performance.now() - started) / 1000, await ready()]);
        await pause(250);
      }
    })();
  }, 180_000);

  afterAll(async () => {
    watching = false;
    await watcher;
    const floor = REPLICAS - Math.ceil(REPLICAS * 0.33);
    savePlot('spot-drill', {
      title: `Spot nodes taken back: ${notices.join(', ')}`,
      x: 'seconds',
      y: 'replicas ready',
      series: {
        'replicas ready': samples,
        'floor of the disruption budget': samples.map(([seconds]) => [seconds, floor] as const),
      },
    });
  });

  /** Takes nodes back, and waits until all replicas run again. */
  async function takeBack(
    what: string,
    nodes: readonly string[],
  ): Promise<Outcome & { readonly lowest: number; readonly fullAfter: number }> {
    const from = samples.length;
    notices.push(`${what} at ${((performance.now() - started) / 1000).toFixed(0)} s`);
    const at = performance.now();
    const outcome = await interrupt(cluster.client, nodes, NOTICE_SECONDS);
    await full();
    const fullAfter = (performance.now() - at) / 1000;
    spotNodes = spotNodes.filter(({ metadata }) => !nodes.includes(metadata.name));
    const lowest = Math.min(...samples.slice(from).map(([, count]) => count));
    console.log(
      `${what}: ${nodes.length} nodes, ${outcome.drained.length} pods drained, ${outcome.putOff} evictions put off, ` +
        `${lowest} of ${REPLICAS} ready at the least, empty after ${outcome.seconds.toFixed(0)} s, full again after ${fullAfter.toFixed(0)} s`,
    );
    return { ...outcome, lowest, fullAfter };
  }

  const named = (nodes: readonly KubeObject[]): string[] =>
    nodes.map(({ metadata }) => metadata.name);

  test.each<[string, () => readonly KubeObject[]]>([
    [
      'a third of the spot nodes',
      () => spotNodes.filter((_, index) => index % 3 === 0).slice(0, 6),
    ],
    [
      'a whole zone',
      () =>
        spotNodes.filter(
          ({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'] === 'zone-b',
        ),
    ],
    ['every spot node', () => spotNodes],
  ])(
    '%s: none is killed, and the budget holds',
    async (what, chosen) => {
      const nodes = named(chosen());
      const before = await podsOn(cluster.client, nodes);
      expect(before.length).toBeGreaterThan(0);

      const { drained, killed, lowest, seconds } = await takeBack(what, nodes);

      expect(killed).toEqual([]);
      expect(drained).toHaveLength(before.length);
      // TensorFlow Serving drains for 20 s: nothing was gone before.
      for (const one of drained) expect(one.seconds).toBeGreaterThanOrEqual(19);
      expect(lowest).toBeGreaterThanOrEqual(REPLICAS - Math.ceil(REPLICAS * 0.33));
      expect(seconds).toBeLessThan(NOTICE_SECONDS);
      expect(await podsOn(cluster.client, nodes)).toEqual([]);
      expect(await identities()).toEqual(control);
    },
    240_000,
  );

  test('a budget that lets too few go has replicas killed with their nodes', async () => {
    const budget = DisruptionBudget.maxUnavailable(1);
    for (const object of synthesise({ podDisruptionBudget: budget }))
      await cluster.client.apply(object);
    await full();
    const onDemand = Array.from({ length: fallback.max }, (_, index) =>
      nodeOf(fallback, index + 20),
    );
    for (const node of onDemand) await cluster.client.create(node);
    const nodes = [...new Set((await serving()).map(({ spec }) => String(spec?.['nodeName'])))];

    const { killed } = await interrupt(cluster.client, nodes.slice(0, 5), 30);

    expect(killed.length).toBeGreaterThan(0);
  }, 240_000);
});
