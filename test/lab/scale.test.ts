/*
 * Many model servers on one real control plane, with no controller of ours: how long synthesis takes, how long it takes
 * to apply them, and until all of them run. Times are printed, not judged: machines differ.
 *
 *   npm run test:lab -- scale                                            250 servers
 *   LAB_SERVERS=3000 LAB_NAMESPACES=60 npm run test:lab -- scale         as many as one likes
 */
import { App, Size } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  NodePool,
  ServingChart,
  ServingEngine,
} from 'inference-constructs';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { nodeOf } from './support/nodes';
import { isReady } from './support/pods';
import { pause, until } from './support/processes';

const SERVERS = Number(process.env['LAB_SERVERS'] ?? 250);

/** Applies that are under way at a time. The control plane has the same cores: more of them only move the wait. */
const WORKERS = Number(process.env['LAB_WORKERS'] ?? 2);

/**
 * Namespaces that they are spread over. The controller manager compares every pod with every budget and every Service
 * of its namespace.
 */
const NAMESPACES = Number(process.env['LAB_NAMESPACES'] ?? 20);

const cluster = controlPlane();

const pool = NodePool.eksOnDemand('large', {
  instanceTypes: ['m7i.16xlarge'],
  min: 0,
  max: 60,
  maxPodsPerNode: 110,
  diskSize: Size.gibibytes(400),
});

function synthesise(count: number): KubeObject[] {
  const app = new App();
  const charts = Array.from(
    { length: NAMESPACES },
    (_, index) => new ServingChart(app, `many-${index}`, { namespace: `many-${index}` }),
  );
  for (let index = 0; index < count; index += 1) {
    new ModelServer(charts[index % NAMESPACES] as ServingChart, `Server${index}`, {
      name: `model-${index}`,
      engine: ServingEngine.TRITON,
      model: Model.of(`model-${index}`, ModelSource.s3(`s3://models/${index}/`), {
        size: Size.mebibytes(64),
      }),
      cpu: Cpu.millis(500),
      memory: Size.gibibytes(2),
      replicas: 1,
      placement: [pool],
    });
  }
  return charts.flatMap((chart) => chart.toJson() as KubeObject[]);
}

const seconds = (since: number): number => (performance.now() - since) / 1000;

describeWithCluster(`${SERVERS} model servers in one app`, () => {
  test('are applied in parallel, and all run', async () => {
    const tenth = performance.now();
    const few = synthesise(SERVERS / 10);
    const fewSeconds = seconds(tenth);
    const began = performance.now();
    const objects = synthesise(SERVERS);
    const synthSeconds = seconds(began);
    const bytes = objects.reduce((sum, object) => sum + JSON.stringify(object).length, 0);

    for (let index = 0; index < pool.max; index += 1)
      await cluster.client.create(nodeOf(pool, index));
    for (let index = 0; index < NAMESPACES; index += 1)
      await cluster.client.create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: `many-${index}` },
      });
    // Admission learns of a namespace a moment after it is there.
    await pause(2000);

    const applying = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        for (let index = next++; index < objects.length; index = next++)
          await cluster.client.apply(objects[index] as KubeObject);
      }),
    );
    const applySeconds = seconds(applying);

    const applied = performance.now();
    const readyAfter = { most: 0, all: 0 };
    await until(`${SERVERS} pods are ready`, 600, async () => {
      // From the cache of the API server: what is asked must not slow down what is measured.
      const pods = await cluster.client.list('/api/v1/pods?resourceVersion=0');
      const count = pods.filter(isReady).length;
      if (readyAfter.most === 0 && count >= 0.99 * SERVERS) readyAfter.most = seconds(applied);
      if (count === SERVERS) readyAfter.all = seconds(applied);
      await pause(1000);
      return count === SERVERS;
    });

    console.log(
      `${SERVERS} servers in ${NAMESPACES} namespaces: ${objects.length} objects (${objects.length / SERVERS} each, ${(bytes / SERVERS / 1024).toFixed(1)} KiB), ` +
        `synthesised in ${synthSeconds.toFixed(1)} s (a tenth of them in ${fewSeconds.toFixed(1)} s), applied in ${applySeconds.toFixed(0)} s; ` +
        `after that 99 % ready in ${readyAfter.most.toFixed(0)} s, all in ${readyAfter.all.toFixed(0)} s`,
    );
    expect(objects).toHaveLength(10 * few.length);
  }, 1_500_000);
});
