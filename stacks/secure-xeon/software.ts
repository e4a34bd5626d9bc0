import { HelmChart } from 'inference-constructs';
import type { StackSettings } from '../settings';

/** What the cluster of the stack runs besides the servers, by the names of the releases. */
export function softwareOf(cloud: StackSettings['cloud']): Readonly<Record<string, HelmChart>> {
  return {
    certificates: HelmChart.CERT_MANAGER,
    gateway: HelmChart.ENVOY_GATEWAY,
    // GKE has load balancers of its own.
    ...(cloud === 'eks' && { 'load-balancers': HelmChart.AWS_LOAD_BALANCER_CONTROLLER }),
  };
}
