import { Size } from 'cdk8s';
import {
  CapacityKind,
  CpuManagerPolicy,
  InstanceShape,
  NodeCloud,
  NodePool,
} from 'inference-constructs';

/** Workers of the cluster: whoever runs it makes them. */
const worker = InstanceShape.of({
  instanceType: 'xeon-16x64',
  vcpus: 16,
  memory: Size.gibibytes(64),
  processor: {
    vendor: 'Intel',
    architecture: 'amd64',
    generation: 'Sapphire Rapids',
    amx: true,
  },
});

/** Nodes that give whole cores to one pod each. */
export function staticPool(labels: Readonly<Record<string, string>>): NodePool {
  return NodePool.existing('xeon-static', {
    cloud: NodeCloud.OPENSHIFT,
    capacity: CapacityKind.ON_DEMAND,
    instanceTypes: [worker],
    labels,
    cpuManagerPolicy: CpuManagerPolicy.STATIC,
    min: 1,
    max: 4,
  });
}
