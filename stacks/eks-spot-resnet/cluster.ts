/*
 * The cluster of the stack: nodes for control software on demand, two diversified spot groups, load balancers.
 */
import { AddonAccess, AddonIdentity, Cloud, SpotNodeGroup } from 'inference-constructs/cloud';
import {
  foundation,
  install,
  readModels,
  type ClusterInput,
  type ClusterSide,
} from '../pulumi/foundation';
import { NAMESPACE } from './charts';
import { pools } from './pools';
import { provisioningOf, softwareOf } from './software';

/** Declares the cluster. */
export function eksSpotResNetCluster(input: ClusterInput): ClusterSide {
  const base = foundation('eks-spot-resnet', Cloud.EKS, pools.control, input);
  const { cluster } = base;
  for (const pool of [pools.spot4x16, pools.spot8x32]) {
    new SpotNodeGroup(pool.name, {
      cluster,
      pool,
      provisioning: provisioningOf(input.stack),
    });
  }
  readModels(base, NAMESPACE, { resnet: 'resnet/' });
  if (input.stack.spotProvisioning !== 'karpenter')
    new AddonAccess('autoscaler', { cluster, identity: AddonIdentity.CLUSTER_AUTOSCALER });
  return { ...base, software: install(cluster, input, softwareOf(input.stack)) };
}
