import { Size } from 'cdk8s';
import { NodePool, ProcessorRequirement } from 'inference-constructs';

const l4 = { instanceTypes: ['g2-standard-8'], diskSize: Size.gibibytes(200) };

/** One L4 a node, on spot first; the on-demand pool keeps serving when spot dries up. */
export const pools = {
  control: NodePool.gkeOnDemand('control', { instanceTypes: ['e2-standard-4'], min: 1, max: 3 }),
  xeonSpot: NodePool.gkeSpot('xeon-spot', {
    instanceTypes: ['n2-standard-8'],
    processor: ProcessorRequirement.XEON,
    min: 0,
    max: 10,
  }),
  l4Spot: NodePool.gkeSpot('l4-spot', { ...l4, min: 0, max: 8 }),
  l4Fallback: NodePool.gkeOnDemand('l4-fallback', { ...l4, min: 0, max: 4 }),
};
