import { NodePool, type NodePoolProps } from 'inference-constructs';

const spot = { min: 0, labels: { lifecycle: 'Ec2Spot', intent: 'apps' } };

/** Six types of one size each: when one runs out of spot capacity, five are left. */
const types = (size: string): Pick<NodePoolProps, 'instanceTypes'> => ({
  instanceTypes: ['m5', 'm5d', 'm5n', 'm5a', 'm6i', 'm7i'].map((family) => `${family}.${size}`),
});

/** The nodes of the cluster: what runs it on demand, what serves on spot. */
export const pools = {
  control: NodePool.eksOnDemand('control', {
    instanceTypes: ['m7i.large', 'm6i.large'],
    min: 2,
    max: 3,
    labels: { lifecycle: 'OnDemand', intent: 'control-apps' },
    taints: [{ key: 'intent', value: 'control-apps', effect: 'NoSchedule' }],
  }),
  spot4x16: NodePool.eksSpot('spot-4x16', { ...spot, ...types('xlarge'), max: 15 }),
  // 15 + 3 x 30 = 105 replicas: with 15 nodes as in the source, the two pools hold 60 of its 100.
  spot8x32: NodePool.eksSpot('spot-8x32', { ...spot, ...types('2xlarge'), max: 30 }),
};
