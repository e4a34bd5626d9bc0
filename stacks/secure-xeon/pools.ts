import { CpuManagerPolicy, NodePool, ProcessorRequirement } from 'inference-constructs';

const xeon = {
  processor: ProcessorRequirement.XEON_AMX,
  cpuManagerPolicy: CpuManagerPolicy.STATIC,
  min: 0,
  max: 10,
};

/** Intel Xeon nodes with AMX; types of other vendors are refused at synth. */
export const pools = {
  control: NodePool.gkeOnDemand('control', { instanceTypes: ['e2-standard-4'], min: 1, max: 3 }),
  xeon16: NodePool.gkeOnDemand('xeon-16x32', { ...xeon, instanceTypes: ['n4-highcpu-16'] }),
  xeon32: NodePool.gkeOnDemand('xeon-32x64', { ...xeon, instanceTypes: ['n4-highcpu-32'] }),
};
