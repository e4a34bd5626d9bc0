/*
 * The cluster of the stack: nodes for control software on demand, two diversified spot groups, load balancers.
 */
import {
  Cloud,
  HelmChart,
  HelmRelease,
  SpotNodeGroup,
  SpotProvisioning,
} from 'inference-constructs/cloud';
import type { ClusterSettings } from '../pulumi/cluster-settings';
import { foundation, readModels, type ClusterInput, type ClusterSide } from '../pulumi/foundation';
import { NAMESPACE } from './charts';
import { pools } from './pools';

const provisioning: Readonly<Record<ClusterSettings['spotProvisioning'], () => SpotProvisioning>> =
  {
    managed: () => SpotProvisioning.managed(),
    'self-managed': () => SpotProvisioning.selfManaged(),
    karpenter: () => SpotProvisioning.karpenter(),
  };

/** Declares the cluster. */
export function eksSpotResNetCluster(input: ClusterInput): ClusterSide {
  const base = foundation('eks-spot-resnet', Cloud.EKS, pools.control, input);
  const { cluster } = base;
  for (const pool of [pools.spot4x16, pools.spot8x32]) {
    new SpotNodeGroup(pool.name, {
      cluster,
      pool,
      provisioning: provisioning[input.cluster.spotProvisioning](),
    });
  }
  readModels(base, NAMESPACE, { resnet: 'resnet/' });
  // The controller makes the load balancers of Ingresses, and those in front of Envoy Gateway.
  const controller = { cluster, chart: HelmChart.AWS_LOAD_BALANCER_CONTROLLER };
  const software = [new HelmRelease('load-balancers', controller)];
  if (input.stack.ingress === 'envoy-gateway')
    software.push(new HelmRelease('gateway', { cluster, chart: HelmChart.ENVOY_GATEWAY }));
  return { ...base, software };
}
