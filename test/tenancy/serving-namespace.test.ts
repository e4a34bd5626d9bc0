import { Size } from 'cdk8s';
import { Cpu, ServingNamespace, type ServingNamespaceProps } from 'inference-constructs';
import type { KubeObject } from '../lab/support/kube-client';
import { chartOf } from '../support/charts';

const PROPS: ServingNamespaceProps = {
  name: 'vision',
  quota: { cpu: Cpu.units(10), memory: Size.gibibytes(20), pods: 30, gpus: 2 },
};

function objectsOf(changes: Partial<ServingNamespaceProps> = {}): KubeObject[] {
  const chart = chartOf('vision');
  new ServingNamespace(chart, 'Namespace', { ...PROPS, ...changes });
  return chart.toJson() as KubeObject[];
}

const byKind = (kind: string): KubeObject | undefined =>
  objectsOf().find((object) => object.kind === kind);

test('enforces, audits and warns of Pod Security restricted, in a fixed version', () => {
  expect(byKind('Namespace')?.metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'v1.35',
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/audit-version': 'v1.35',
    'pod-security.kubernetes.io/warn': 'restricted',
    'pod-security.kubernetes.io/warn-version': 'v1.35',
  });
});

test.each(['Namespace', 'PriorityClass'])('puts the %s into no namespace', (kind) => {
  expect(byKind(kind)?.metadata).not.toHaveProperty('namespace');
});

test('bounds what all pods ask for, and what gets out of the cluster', () => {
  expect(byKind('ResourceQuota')?.spec?.['hard']).toEqual({
    'requests.cpu': '10',
    'requests.memory': '20Gi',
    'limits.memory': '20Gi',
    'requests.nvidia.com/gpu': '2',
    pods: '30',
    'services.loadbalancers': '0',
    'services.nodeports': '0',
  });
});

test('denies all traffic in both directions', () => {
  expect(byKind('NetworkPolicy')?.spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
});

test('has a priority class for its servers', () => {
  const chart = chartOf('vision');
  const { priorityClassName } = new ServingNamespace(chart, 'Namespace', PROPS);

  expect(byKind('PriorityClass')?.metadata.name).toBe(priorityClassName);
});

test.each<[string, Partial<ServingNamespaceProps>]>([
  ['a reserved name', { name: 'kube-serving' }],
  ['a name that is none', { name: 'Vision_1', labels: { 'a b': 'c' } }],
  [
    'numbers out of range',
    { quota: { cpu: Cpu.millis(1), memory: Size.mebibytes(1), pods: 0, gpus: -1 }, priority: 0 },
  ],
  ['a version that moves', { podSecurityVersion: 'latest' }],
])('fails on %s', (_, changes) => {
  expect(() => objectsOf(changes)).toThrowErrorMatchingSnapshot();
});
