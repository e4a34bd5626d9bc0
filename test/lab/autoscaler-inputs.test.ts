/*
 * What the cluster autoscaler expects of a node that does not exist yet, against the node that would come: for every
 * pool of EKS, from the tags that the programs declare. Then the real scheduler, with nothing but that node: whatever
 * pod waits for it, fits it.
 */
import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import type { NodePool } from 'inference-constructs';
import { pools as eksSpotResNet } from '../../stacks/eks-spot-resnet/pools';
import { program } from '../../stacks/pulumi/program';
import { poolsOf } from '../../stacks/secure-xeon/pools';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';
import { templateNode, type TemplateNode } from '../support/autoscaler-template';
import { CONFIGURATIONS } from '../support/configurations';
import { record, startRecording, type Recorded } from '../support/recorder';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { nodeOf } from './support/nodes';
import { until } from './support/processes';

const cluster = controlPlane();

const POOLS: Readonly<Record<string, Readonly<Record<string, NodePool>>>> = {
  'eks-spot-resnet': eksSpotResNet,
  'eks-spot-resnet with self-managed groups and Envoy Gateway': eksSpotResNet,
  'secure-xeon on EKS': poolsOf('eks'),
};

const CASES = Object.entries(POOLS).flatMap(([title, pools]) =>
  Object.values(pools).map((pool) => [title, pool.name, pool] as const),
);

const recorded = new Map<string, readonly Recorded[]>();

beforeAll(async () => {
  await startRecording();
  for (const title of Object.keys(POOLS)) {
    pulumi.runtime.setAllConfig({ ...CONFIGURATIONS[title] });
    recorded.set(title, (await record(() => void program())).resources);
  }
});

/** Tags of the Auto Scaling group of a pool, however they get there. */
function tagsOf(title: string, pool: string): Record<string, string> {
  const resources = recorded.get(title) ?? [];
  const managed = resources
    .filter(({ type, name }) => type === 'aws:autoscaling/tag:Tag' && name.startsWith(`${pool}-`))
    .filter(({ inputs }) => inputs['autoscalingGroupName'] === `asg-${pool}-nodes`)
    .map(({ inputs }) => inputs['tag'] as { key: string; value: string });
  const own = resources
    .filter(({ type, name }) => type === 'aws:autoscaling/group:Group' && name === `${pool}-nodes`)
    .flatMap(({ inputs }) => inputs['tags'] as { key: string; value: string }[]);
  return Object.fromEntries([...managed, ...own].map(({ key, value }) => [key, value]));
}

/** Quantities as numbers: cores, bytes, counts. */
function amount(quantity: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(m|Mi)?$/.exec(quantity) ?? [];
  return Number(digits) * (unit === 'm' ? 0.001 : unit === 'Mi' ? 1024 ** 2 : 1);
}

describe.each(CASES)('%s: %s', (title, _, pool) => {
  const template = (): TemplateNode => templateNode(tagsOf(title, pool.name), pool);
  const real = nodeOf(pool, 0);

  test('is expected with the labels and taints that its nodes get', () => {
    // These come with the instance, and no tag needs to say them.
    const own = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];
    const labels = Object.entries(real.metadata.labels ?? {}).filter(([key]) => !own.includes(key));

    expect(template().labels).toEqual(Object.fromEntries(labels));
    expect(template().taints).toEqual(pool.taints);
  });

  test('is expected with what its nodes give to pods', () => {
    const { resources } = template();
    const { daemonSets } = pool.cloud.definition;
    const given = real.status?.['allocatable'] as Record<string, string>;
    const besides: Record<string, number> = {
      cpu: daemonSets.cpuMillis / 1000,
      memory: daemonSets.memoryMib * 1024 ** 2,
    };

    for (const [name, quantity] of Object.entries(given))
      expect([name, amount(resources[name] ?? '0')]).toEqual([
        name,
        expect.closeTo(amount(quantity) + (besides[name] ?? 0), 6),
      ]);
    expect(amount(resources['nvidia.com/gpu'] ?? '0')).toBe(pool.accelerator?.count ?? 0);
  });
});

/** The Deployments of a stack, as manifests. */
function workloadsOf(title: string): KubeObject[] {
  const config = CONFIGURATIONS[title] ?? { 'inference:stack': '' };
  const app = new App();
  stacks[config['inference:stack']]?.(
    app,
    readSettings((key) => (config as Record<string, string>)[`inference:${key}`]),
  );
  return app.charts
    .flatMap((chart) => chart.toJson() as KubeObject[])
    .filter(({ kind }) => kind === 'Deployment');
}

interface Template {
  readonly metadata: object;
  readonly spec: {
    readonly affinity?: object;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
}

describeWithCluster.each(Object.keys(POOLS))('a pod that waits in %s', (title) => {
  test.each(workloadsOf(title).map((workload) => [workload.metadata.name, workload] as const))(
    'fits a node of each pool that it may run on: %s',
    async (name, workload) => {
      const { metadata, spec } = (workload.spec as unknown as { template: Template }).template;
      const allowed = Object.values(POOLS[title] ?? {}).filter((pool) =>
        JSON.stringify([spec.nodeSelector, spec.affinity]).includes(`"${pool.name}"`),
      );
      expect(allowed.length).toBeGreaterThan(0);
      for (const pool of allowed) {
        const { labels, taints, resources } = templateNode(tagsOf(title, pool.name), pool);
        const { daemonSets } = pool.cloud.definition;
        // The autoscaler takes the daemon sets of the cluster off by itself.
        const free = {
          ...resources,
          cpu: `${Math.round(amount(resources['cpu'] ?? '') * 1000) - daemonSets.cpuMillis}m`,
          memory: `${amount(resources['memory'] ?? '') / 1024 ** 2 - daemonSets.memoryMib}Mi`,
        };
        const node: KubeObject = {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: `expected-${pool.name}`, labels },
          spec: { taints },
          status: { allocatable: free, capacity: free },
        };
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { ...metadata, name, namespace: 'default' },
          // Neither its account nor its priority class is there.
          spec: { ...spec, serviceAccountName: undefined, priorityClassName: undefined },
        } as unknown as KubeObject;
        await cluster.client.create(node);
        await cluster.client.create(pod);
        await until(`${name} runs on ${node.metadata.name}`, 30, async () => {
          const { spec: placed } = await cluster.client.get(pod);
          return placed?.['nodeName'] === node.metadata.name;
        });
        await cluster.client.remove(pod);
        await cluster.client.remove(node);
        await until(`${name} is gone`, 30, () =>
          cluster.client.get(pod).then(
            () => false,
            () => true,
          ),
        );
      }
    },
  );
});
