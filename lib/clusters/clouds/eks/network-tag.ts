/** Tag of the private subnets of a network, by which Karpenter finds them. Value: name of the network. */
export const NETWORK_TAG = 'inference-constructs/network';
