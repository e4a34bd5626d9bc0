import { NodePool } from 'inference-constructs';
import { podOf, takes } from '../../lib/clusters/scheduling';
import { placementOn } from '../../lib/nodes/system-placement';

const plain = NodePool.eksOnDemand('plain', { instanceTypes: ['m7i.large'], min: 1, max: 2 });

const tainted = NodePool.eksOnDemand('tainted', {
  instanceTypes: ['m7i.large'],
  min: 1,
  max: 2,
  labels: { intent: 'control' },
  taints: [
    { key: 'intent', value: 'control', effect: 'NoSchedule' },
    { key: 'soft', value: '', effect: 'PreferNoSchedule' },
  ],
});

const requires = (
  ...matchExpressions: { key: string; operator: string; values?: string[] }[]
): object => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
});

const tolerate = { key: 'intent', operator: 'Equal', value: 'control', effect: 'NoSchedule' };

test.each<[string, NodePool, object, boolean]>([
  ['a pod that asks for nothing', plain, {}, true],
  ['a pod that asks for nothing, before a taint', tainted, {}, false],
  ['a toleration', tainted, { tolerations: [tolerate] }, true],
  ['a toleration of another value', tainted, { tolerations: [{ ...tolerate, value: 'x' }] }, false],
  [
    'a toleration of another effect',
    tainted,
    { tolerations: [{ ...tolerate, effect: 'NoExecute' }] },
    false,
  ],
  [
    'a toleration of whatever value',
    tainted,
    { tolerations: [{ key: 'intent', operator: 'Exists' }] },
    true,
  ],
  ['a toleration of everything', tainted, { tolerations: [{ operator: 'Exists' }] }, true],
  ['a selector', plain, { nodeSelector: plain.selector }, true],
  ['a selector of another pool', plain, { nodeSelector: tainted.selector }, false],
  [
    'a label that the kubelet writes',
    plain,
    { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
    true,
  ],
  [
    'a label that the cloud writes',
    plain,
    { nodeSelector: { 'topology.kubernetes.io/zone': 'x' } },
    true,
  ],
  [
    'In',
    tainted,
    {
      ...requires({ key: 'intent', operator: 'In', values: ['control'] }),
      tolerations: [tolerate],
    },
    true,
  ],
  [
    'In without the label',
    plain,
    requires({ key: 'intent', operator: 'In', values: ['control'] }),
    false,
  ],
  ['NotIn', plain, requires({ key: 'intent', operator: 'NotIn', values: ['control'] }), true],
  ['Exists', plain, requires({ key: 'intent', operator: 'Exists' }), false],
  ['DoesNotExist', plain, requires({ key: 'intent', operator: 'DoesNotExist' }), true],
])('%s', (_, pool, pod, expected) => {
  expect(takes(pool, pod)).toBe(expected);
});

test('what places control software is taken by its pool', () => {
  expect(takes(tainted, placementOn(tainted))).toBe(true);
  expect(placementOn(undefined)).toEqual({});
});

test.each<[string, object]>([
  ['Pod', { spec: { nodeSelector: { a: 'b' } } }],
  ['Deployment', { spec: { template: { spec: { nodeSelector: { a: 'b' } } } } }],
  ['StatefulSet', { spec: { template: { spec: { nodeSelector: { a: 'b' } } } } }],
  ['Job', { spec: { template: { spec: { nodeSelector: { a: 'b' } } } } }],
  [
    'CronJob',
    { spec: { jobTemplate: { spec: { template: { spec: { nodeSelector: { a: 'b' } } } } } } },
  ],
])('finds the pod of a %s', (kind, fields) => {
  expect(podOf({ apiVersion: 'v1', kind, metadata: { name: 'x' }, ...fields })).toEqual({
    nodeSelector: { a: 'b' },
  });
});

test('finds none in what runs on every node', () => {
  expect(
    podOf({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'x' } }),
  ).toBeUndefined();
});
