import type { App } from 'cdk8s';
import { eksSpotResNet } from './eks-spot-resnet/charts';
import { gkeGpu } from './gke-gpu/charts';
import { kserveServerless } from './kserve-serverless/charts';
import { openShiftMesh } from './openshift-mesh/charts';
import { secureXeon } from './secure-xeon/charts';
import type { StackSettings } from './settings';

/** The ready stacks by name: each adds its charts to an app. */
export const stacks: Readonly<Record<string, (app: App, settings: StackSettings) => void>> = {
  'eks-spot-resnet': eksSpotResNet,
  'gke-gpu': gkeGpu,
  'kserve-serverless': kserveServerless,
  'openshift-mesh': openShiftMesh,
  'secure-xeon': secureXeon,
};
