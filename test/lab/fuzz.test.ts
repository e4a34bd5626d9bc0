/*
 * Whatever goes into a `ModelServer`: either it says what is wrong, or the API server takes every object
 * without a warning and the scheduler finds a node for the pod.
 *
 *   npm run fuzz -- --runs 10000 --seed 42
 */
import { App, Chart } from 'cdk8s';
import * as fc from 'fast-check';
import { ConfigurationError, ModelServer } from 'inference-constructs';
import { FUZZ_CLAIMS, FUZZ_POOLS, serverProps } from '../support/arbitrary-server';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { nodeOf } from './support/nodes';
import { until } from './support/processes';

const cluster = controlPlane();

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 400);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261122);

/** Servers that are tried at the same time. */
const BATCH = 10;

const NAMESPACE = 'fuzz';

describeWithCluster('a random model server', () => {
  const nodes = FUZZ_POOLS.flatMap((pool) =>
    Array.from({ length: BATCH }, (_, index) => nodeOf(pool, index)),
  );
  const outcomes = { tried: 0, refused: 0, placed: 0 };

  beforeAll(async () => {
    const restricted = Object.fromEntries(
      ['enforce', 'audit', 'warn'].map((mode) => [
        `pod-security.kubernetes.io/${mode}`,
        'restricted',
      ]),
    );
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: restricted },
    });
    for (const node of nodes) await cluster.client.create(node);
    // Servers without placement need a node that takes every pod.
    await cluster.client.create(plainNode());
    for (const object of FUZZ_CLAIMS.flatMap(boundClaim)) await cluster.client.create(object);
    await until('the claims are bound', 60, async () => {
      const claims = await cluster.client.list(
        `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`,
      );
      return claims.every(({ status }) => status?.['phase'] === 'Bound');
    });
  });

  test('is refused with a reason, or accepted and placed', async () => {
    const started = performance.now();
    await fc.assert(
      fc.asyncProperty(
        fc.array(serverProps, { minLength: BATCH, maxLength: BATCH }),
        async (batch) => {
          await Promise.all(batch.map((props) => tryServer(props)));
        },
      ),
      { seed: SEED, numRuns: Math.ceil(RUNS / BATCH) },
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const { refused, placed } = outcomes;
    console.log(
      `fuzz: seed ${SEED}, ${refused + placed} servers in ${seconds} s: ${refused} refused with a reason, ${placed} accepted and placed`,
    );
    // A generator that only makes nonsense, or none, would prove little.
    expect(placed / (refused + placed)).toBeGreaterThan(0.15);
    expect(refused / (refused + placed)).toBeGreaterThan(0.15);
  }, 7_200_000);

  async function tryServer(
    props: () => ConstructorParameters<typeof ModelServer>[2],
  ): Promise<void> {
    outcomes.tried += 1;
    const name = `pod-${outcomes.tried}`;
    const objects = synthesise(props);
    if (objects === undefined) {
      outcomes.refused += 1;
      return;
    }
    for (const object of objects) {
      const { warnings } = await cluster.client.apply(object, { dryRun: true });
      expect(warnings).toEqual([]);
    }
    await placePod(objects, name);
    outcomes.placed += 1;
  }

  /** Makes the pod that the Deployment would make, and waits for the scheduler. */
  async function placePod(objects: readonly KubeObject[], name: string): Promise<void> {
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    const account = objects.find(({ kind }) => kind === 'ServiceAccount');
    if (deployment === undefined || account === undefined)
      throw new Error('a server without Deployment or ServiceAccount');
    const { template } = deployment.spec as {
      template: { metadata: object; spec: Record<string, unknown> };
    };
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name, namespace: NAMESPACE },
      spec: template.spec,
    };
    const serviceAccount = {
      ...account,
      metadata: { ...account.metadata, name: String(template.spec['serviceAccountName']) },
    };
    await cluster.client.apply(serviceAccount);
    try {
      await cluster.client.create(pod);
      await until(
        `${JSON.stringify(pod.spec)} is placed`,
        30,
        async () => (await cluster.client.get(pod)).spec?.['nodeName'] !== undefined,
      );
    } finally {
      await cluster.client.remove(pod);
    }
  }
});

/** The objects of a server, or none when its input is refused. Any other error is a failure. */
function synthesise(
  props: () => ConstructorParameters<typeof ModelServer>[2],
): KubeObject[] | undefined {
  const chart = new Chart(new App(), 'fuzz', { namespace: NAMESPACE });
  try {
    new ModelServer(chart, 'Server', props());
  } catch (error) {
    if (error instanceof ConfigurationError && error.problems.length > 0) return undefined;
    throw error;
  }
  return chart.toJson() as KubeObject[];
}

/** A claim and the volume that it is bound to. */
function boundClaim(name: string): KubeObject[] {
  const common = { accessModes: ['ReadWriteMany'], storageClassName: '' };
  const spec = { ...common, capacity: { storage: '1Gi' }, nfs: { server: '127.0.0.1', path: '/' } };
  const request = { ...common, volumeName: name, resources: { requests: { storage: '1Gi' } } };
  return [
    { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: NAMESPACE },
      spec: request,
    },
  ];
}

function plainNode(): KubeObject {
  const resources = {
    cpu: '4000',
    memory: '400Ti',
    'ephemeral-storage': '400Ti',
    pods: '1000',
    'nvidia.com/gpu': '1000',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'plain', labels: { 'kubernetes.io/hostname': 'plain' } },
    status: { allocatable: resources, capacity: resources },
  };
}
