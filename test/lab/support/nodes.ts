import type { NodePool } from 'inference-constructs';
import type { KubeObject } from './kube-client';

/** Annotations of a node, by its name. */
export type AnnotateNode = (name: string) => Readonly<Record<string, string>>;

/** A node as the cloud would make it for the pool: its labels, taints and allocatable. */
export function nodeOf(pool: NodePool, index: number, annotate?: AnnotateNode): KubeObject {
  const { allocatable, accelerator, shape } = pool;
  const name = `${pool.name}-${index}`;
  const resources = {
    cpu: `${allocatable.cpuMillis}m`,
    memory: `${allocatable.memoryMib}Mi`,
    'ephemeral-storage': `${Math.floor(allocatable.ephemeralStorageMib)}Mi`,
    pods: String(allocatable.pods),
    ...(accelerator && { [accelerator.resourceName]: String(accelerator.count) }),
  };
  const zone = `zone-${'abc'.charAt(index % 3)}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      ...(annotate && { annotations: annotate(name) }),
      labels: {
        ...pool.labels,
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': pool.architecture,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': shape.instanceType,
        'topology.kubernetes.io/zone': zone,
      },
    },
    spec: { taints: pool.taints },
    status: { allocatable: resources, capacity: resources },
  };
}
