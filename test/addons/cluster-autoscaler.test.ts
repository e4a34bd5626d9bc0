import { Duration } from 'cdk8s';
import { NetworkPeer, NodePool, type ClusterAutoscaler } from 'inference-constructs';
import { parse } from 'yaml';
import { groupPatterns } from '../../lib/addons/priority-expander';
import { specOf } from '../support/scaled';

import { argsOf, autoscaler, podOf } from '../support/addons';

describe('ClusterAutoscaler', () => {
  test('is of the minor version of the cluster', () => {
    expect(podOf(autoscaler()).containers[0]?.image).toBe(
      'registry.k8s.io/autoscaling/cluster-autoscaler:v1.35.2',
    );
  });

  test('runs on the pool for control software, and tolerates its taints', () => {
    const placement = NodePool.eksOnDemand('system', {
      instanceTypes: ['m7i.large'],
      min: 2,
      max: 3,
      taints: [{ key: 'intent', value: 'control', effect: 'NoSchedule' }],
    });

    expect(podOf(autoscaler({ placement }))).toMatchObject({
      nodeSelector: { 'inference-constructs/pool': 'system' },
      tolerations: [{ key: 'intent', value: 'control', effect: 'NoSchedule', operator: 'Equal' }],
      priorityClassName: 'system-cluster-critical',
    });
  });

  test('finds the groups of its own cluster by their tags', () => {
    expect(argsOf(autoscaler())).toContain(
      '--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/serving',
    );
  });

  test('tries the next pool after five minutes, or as long as one says', () => {
    expect(argsOf(autoscaler())).toContain('--max-node-provision-time=300s');
    expect(argsOf(autoscaler({ maxNodeProvisionTime: Duration.minutes(8) }))).toContain(
      '--max-node-provision-time=480s',
    );
  });

  test('passes over startup taints', () => {
    expect(argsOf(autoscaler({ startupTaints: ['ebs.csi.aws.com/agent-not-ready'] }))).toContain(
      '--startup-taint=ebs.csi.aws.com/agent-not-ready',
    );
  });

  test('prefers spot, falls back on demand, and knows every other group last', () => {
    const { data } = (
      autoscaler().toJson() as { kind: string; data: { priorities: string } }[]
    ).find(({ kind }) => kind === 'ConfigMap') ?? { data: { priorities: '' } };
    const priorities = parse(data.priorities) as Record<string, string[]>;
    const groups = {
      spot: 'eks-spot-20261123010203456700000001-1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f',
      fallback: 'eks-fallback-1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f',
      large: 'serving-large-20261123010203456700000001',
      other: 'eks-spot-other-1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f',
    };
    const priorityOf = (group: string): number =>
      Math.max(
        ...Object.entries(priorities)
          .filter(([, patterns]) => patterns.some((pattern) => new RegExp(pattern).test(group)))
          .map(([priority]) => Number(priority)),
      );

    expect(Object.values(groups).map(priorityOf)).toEqual([50, 10, 50, 0]);
  });

  test('takes the group of one pool for that of no other', () => {
    const names = ['spot', 'spot-a', 'a', 'spot-20261123'];
    const made = names.map((name) =>
      NodePool.eksSpot(name, {
        instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
        min: 0,
        max: 1,
      }),
    );
    const suffix = '20261123010203456700000001';
    for (const pool of made) {
      for (const group of [
        `eks-${pool.name}-${suffix}-1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f`,
        `serving-${pool.name}-${suffix}`,
      ]) {
        const matching = made.filter((other) =>
          groupPatterns(other, 'serving').some((pattern) => new RegExp(pattern).test(group)),
        );
        expect(matching.map(({ name }) => name)).toEqual([pool.name]);
      }
    }
  });

  test('has no right to secrets, and none to change anything but nodes, evictions and what is its own', () => {
    const rules = (
      autoscaler().toJson() as {
        kind: string;
        rules?: { resources: string[]; resourceNames?: string[]; verbs: string[] }[];
      }[]
    ).flatMap((object) => object.rules ?? []);
    const writes = rules
      .filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
      .map(({ resources, resourceNames, verbs }) => [
        resources.join(),
        resourceNames?.join() ?? '',
        verbs.join(),
      ]);

    expect(JSON.stringify(rules)).not.toMatch(/secrets|"\*"/);
    expect(writes).toEqual([
      ['events', '', 'create,patch'],
      ['nodes', '', 'get,list,watch,update'],
      ['pods/eviction', '', 'create'],
      ['pods/status', '', 'update'],
      ['leases', '', 'create'],
      ['leases', 'cluster-autoscaler', 'get,update'],
      ['configmaps', '', 'create,list,watch'],
      [
        'configmaps',
        'cluster-autoscaler-status,cluster-autoscaler-priority-expander',
        'get,update,delete,watch',
      ],
    ]);
  });

  test('reads claims of devices from 1.36 on', () => {
    const has = (kubernetesVersion: string): boolean =>
      JSON.stringify(autoscaler({ kubernetesVersion }).toJson()).includes('resourceclaims');

    expect([has('1.35'), has('1.36')]).toEqual([false, true]);
  });

  test('lets only monitoring in', () => {
    const policy = specOf(
      autoscaler({ monitoring: [NetworkPeer.namespace('monitoring')] }),
      'NetworkPolicy',
    );

    expect(policy['ingress']).toEqual([
      {
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
        ],
        ports: [{ port: 8085, protocol: 'TCP' }],
      },
    ]);
    expect(specOf(autoscaler(), 'NetworkPolicy')).not.toHaveProperty('ingress');
  });

  test('has its objects at hand', () => {
    const chart = autoscaler();
    const addon = chart.node.findChild('ClusterAutoscaler') as ClusterAutoscaler;

    expect(Object.keys(addon.objects)).toEqual([
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'ConfigMap',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Resource',
    ]);
  });

  test('can be changed last', () => {
    const chart = autoscaler({
      transform: { deployment: (spec) => ({ ...spec, replicas: 1 }) },
    });

    expect(specOf(chart, 'Deployment')['replicas']).toBe(1);
  });
});
