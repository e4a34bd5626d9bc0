import { eksSpotResNetCluster } from './eks-spot-resnet/cluster';
import { gkeGpuCluster } from './gke-gpu/cluster';
import { kserveServerlessCluster } from './kserve-serverless/cluster';
import type { ClusterInput, ClusterSide } from './pulumi/foundation';
import { secureXeonCluster } from './secure-xeon/cluster';
import type { StackSettings } from './settings';

/** The cluster of a stack, and the cloud that it is in. */
export interface StackCluster {
  readonly cloudOf: (settings: StackSettings) => 'eks' | 'gke';
  readonly build: (input: ClusterInput) => ClusterSide;
}

/** The clusters of the ready stacks by name; the others go to a cluster that is there. */
export const clusters: Readonly<Record<string, StackCluster>> = {
  'eks-spot-resnet': { cloudOf: () => 'eks', build: eksSpotResNetCluster },
  'gke-gpu': { cloudOf: () => 'gke', build: gkeGpuCluster },
  'kserve-serverless': { cloudOf: () => 'gke', build: kserveServerlessCluster },
  'secure-xeon': { cloudOf: ({ cloud }) => cloud, build: secureXeonCluster },
};
