/*
 * The committed manifests on a real control plane.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { NodePool } from 'inference-constructs';
import { pools as eksSpotResNet } from '../../stacks/eks-spot-resnet/pools';
import { pools as gkeGpu } from '../../stacks/gke-gpu/pools';
import { pools as kserve } from '../../stacks/kserve-serverless/pools';
import { staticPool } from '../../stacks/openshift-mesh/pools';
import { poolsOf } from '../../stacks/secure-xeon/pools';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';
import { nodeOf } from './support/nodes';
import { isReady } from './support/pods';
import { until } from './support/processes';

const cluster = controlPlane();

const MANIFESTS = join(__dirname, '..', '..', 'manifests');

const POOLS: Readonly<Record<string, Readonly<Record<string, NodePool>>>> = {
  'eks-spot-resnet': eksSpotResNet,
  'gke-gpu': gkeGpu,
  'kserve-serverless': kserve,
  'openshift-mesh': { static: staticPool({ 'node-role.kubernetes.io/xeon-static': '' }) },
  'secure-xeon': poolsOf('gke'),
};

function objectsOf(stack: string): KubeObject[] {
  return readdirSync(join(MANIFESTS, stack))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(MANIFESTS, stack, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject);
}

describeWithCluster.each(Object.keys(POOLS))('the manifests of %s', (stack) => {
  const objects = objectsOf(stack);
  const pools = Object.values(POOLS[stack] ?? {});
  const nodes = pools.flatMap((pool) =>
    Array.from({ length: pool.max }, (_, index) => nodeOf(pool, index)),
  );
  const namespaces = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];

  beforeAll(async () => {
    await installDefinitions(cluster.client);
    // Those of software that is there before the stack.
    const made = objects
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ metadata }) => metadata.name);
    for (const name of namespaces.filter((one) => !made.includes(one) && one !== 'kube-system'))
      await cluster.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const node of nodes) await cluster.client.create(node);
  });

  afterAll(async () => {
    for (const object of [...objects].reverse()) await cluster.client.remove(object);
    for (const node of nodes) await cluster.client.remove(node);
  });

  test('are accepted with strict validation and without a warning', async () => {
    for (const object of objects) {
      const { warnings } = await cluster.client.apply(object);
      expect({ [object.metadata.name]: warnings }).toEqual({ [object.metadata.name]: [] });
      if (object.kind !== 'ResourceQuota') continue;
      // No pod is admitted before the controller has counted; its retries would take a minute.
      await until(
        'the quota is counted',
        60,
        async () => (await cluster.client.get(object)).status?.['hard'] !== undefined,
      );
    }
  });

  test('bring every pod to a node of a pool it was placed on', async () => {
    // One that an autoscaler sets gets its minimum from the controller manager; KEDA is not there.
    const minima = new Map(
      objects
        .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
        .map(({ metadata, spec }) => [metadata.name, Number(spec?.['minReplicas'])]),
    );
    const wanted = objects
      .filter(({ kind }) => kind === 'Deployment')
      .reduce(
        (sum, { metadata, spec }) =>
          sum + Number(spec?.['replicas'] ?? minima.get(metadata.name) ?? 1),
        0,
      );
    const pods = async (): Promise<readonly KubeObject[]> =>
      (
        await Promise.all(
          namespaces.map((name) => cluster.client.list(`/api/v1/namespaces/${name}/pods`)),
        )
      ).flat();
    await until(`${wanted} pods of ${stack} are ready`, 120, async () => {
      return (await pods()).filter((pod) => isReady(pod) && !isOfJob(pod)).length === wanted;
    });

    // Those of jobs run where there is room, and end.
    for (const pod of (await pods()).filter((one) => !isOfJob(one))) {
      const pool = pools.find(({ name }) => String(pod.spec?.['nodeName']).startsWith(`${name}-`));
      expect(allowedPools(pod)).toContain(Object.values(pool?.selector ?? {})[0]);
    }
  });

  test('change nothing when they are applied again', async () => {
    for (const object of objects) {
      // A controller may write its status in between; then the comparison is taken again.
      await until(
        `applying ${object.kind} ${object.metadata.name} again changes nothing`,
        20,
        async () => {
          const before = await cluster.client.get(object);
          const after = (await cluster.client.apply(object)).body;
          expect(ownedFields(after)).toEqual(ownedFields(before));
          return after.metadata.resourceVersion === before.metadata.resourceVersion;
        },
      );
    }
  });
});

/** The pools that the pod's node affinity or node selector names. */
function allowedPools({ spec }: KubeObject): string[] {
  const { affinity, nodeSelector } = spec as unknown as {
    nodeSelector?: Readonly<Record<string, string>>;
    affinity: {
      nodeAffinity?: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: { matchExpressions: { values: string[] }[] }[];
        };
      };
    };
  };
  const terms =
    affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms ?? [];
  return [
    ...Object.values(nodeSelector ?? {}),
    ...terms.flatMap(({ matchExpressions }) => matchExpressions.flatMap(({ values }) => values)),
  ];
}

/** Whether a pod belongs to a Job. */
function isOfJob({ metadata }: KubeObject): boolean {
  const owners = (metadata as { ownerReferences?: { kind: string }[] }).ownerReferences ?? [];
  return owners.some(({ kind }) => kind === 'Job');
}

/** What our field manager owns, and since when. */
function ownedFields(object: KubeObject): unknown {
  const fields = (object.metadata.managedFields ?? []) as {
    manager: string;
    subresource?: string;
  }[];
  return fields.filter(({ manager }) => manager === 'lab');
}
