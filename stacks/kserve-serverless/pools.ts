import { Size } from 'cdk8s';
import { NodePool } from 'inference-constructs';

/** Xeon on spot with an on-demand pool to fall back on; L4 likewise. */
export const pools = {
  control: NodePool.gkeOnDemand('control', { instanceTypes: ['e2-standard-4'], min: 1, max: 3 }),
  spot: NodePool.gkeSpot('spot', {
    instanceTypes: ['n2-standard-8'],
    diskSize: Size.gibibytes(200),
    min: 0,
    max: 10,
  }),
  fallback: NodePool.gkeOnDemand('fallback', {
    instanceTypes: ['n2-standard-8'],
    diskSize: Size.gibibytes(200),
    min: 0,
    max: 4,
  }),
  l4Spot: NodePool.gkeSpot('l4-spot', {
    instanceTypes: ['g2-standard-8'],
    diskSize: Size.gibibytes(200),
    min: 0,
    max: 4,
  }),
  l4Fallback: NodePool.gkeOnDemand('l4-fallback', {
    instanceTypes: ['g2-standard-8'],
    diskSize: Size.gibibytes(200),
    min: 0,
    max: 2,
  }),
};
