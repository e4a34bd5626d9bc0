import { CpuManagerPolicy, NodePool, ProcessorRequirement } from 'inference-constructs';
import type { StackSettings } from '../settings';

const xeon = {
  processor: ProcessorRequirement.XEON_AMX,
  cpuManagerPolicy: CpuManagerPolicy.STATIC,
  min: 0,
  max: 10,
};

/** Nodes of the stack: what runs the cluster, and Xeon nodes of two sizes. */
type Pools = Readonly<Record<'control' | 'xeon16' | 'xeon32', NodePool>>;

/** Intel Xeon nodes with AMX; types of other vendors are refused at synth. */
const pools: Readonly<Record<StackSettings['cloud'], () => Pools>> = {
  gke: () => ({
    control: NodePool.gkeOnDemand('control', { instanceTypes: ['e2-standard-4'], min: 1, max: 3 }),
    xeon16: NodePool.gkeOnDemand('xeon-16x32', { ...xeon, instanceTypes: ['n4-highcpu-16'] }),
    xeon32: NodePool.gkeOnDemand('xeon-32x64', { ...xeon, instanceTypes: ['n4-highcpu-32'] }),
  }),
  eks: () => ({
    control: NodePool.eksOnDemand('control', { instanceTypes: ['m7i.xlarge'], min: 2, max: 3 }),
    xeon16: NodePool.eksOnDemand('xeon-16x32', {
      ...xeon,
      instanceTypes: ['c7i.4xlarge', 'c8i.4xlarge'],
    }),
    xeon32: NodePool.eksOnDemand('xeon-32x64', {
      ...xeon,
      instanceTypes: ['c7i.8xlarge', 'c8i.8xlarge'],
    }),
  }),
};

/** The nodes of the stack in a cloud. */
export function poolsOf(cloud: StackSettings['cloud']): Pools {
  return pools[cloud]();
}
