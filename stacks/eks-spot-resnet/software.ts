/*
 * What the cluster of the stack runs besides the servers, on its on-demand pool: charts, and what starts and ends
 * its nodes.
 */
import type { App } from 'cdk8s';
import {
  ClusterAutoscaler,
  HelmChart,
  NodeTerminationHandler,
  ServingChart,
  SpotProvisioning,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { pools } from './pools';

/** Charts by name of their release: the controller makes load balancers for Ingresses and for Envoy Gateway. */
export function softwareOf({ ingress }: StackSettings): Readonly<Record<string, HelmChart>> {
  return {
    'load-balancers': HelmChart.AWS_LOAD_BALANCER_CONTROLLER,
    ...(ingress === 'envoy-gateway' && { gateway: HelmChart.ENVOY_GATEWAY }),
  };
}

/** Who keeps the spot nodes. */
export function provisioningOf({ spotProvisioning }: StackSettings): SpotProvisioning {
  return {
    managed: () => SpotProvisioning.managed(),
    'self-managed': () => SpotProvisioning.selfManaged(),
    karpenter: () => SpotProvisioning.karpenter(),
  }[spotProvisioning]();
}

/** The autoscaler of the nodes, and their handler where groups are self-managed; none with Karpenter. */
export function nodeSoftware(
  app: App,
  settings: StackSettings,
  clusterName: string,
): ServingChart | undefined {
  if (settings.spotProvisioning === 'karpenter') return undefined;
  const chart = new ServingChart(app, 'nodes', {
    namespace: 'kube-system',
    partOf: 'eks-spot-resnet',
  });
  const { control, spot4x16, spot8x32 } = pools;
  const provisioning = provisioningOf(settings);
  new ClusterAutoscaler(chart, 'ClusterAutoscaler', {
    clusterName,
    region: settings.region,
    kubernetesVersion: settings.version ?? '1.35',
    pools: [control, spot4x16, spot8x32],
    provisioning,
    placement: control,
  });
  if (settings.spotProvisioning === 'self-managed' && settings.queueUrl !== undefined) {
    new NodeTerminationHandler(chart, 'TerminationHandler', {
      pools: [spot4x16, spot8x32],
      provisioning,
      queueUrl: settings.queueUrl,
      placement: control,
    });
  }
  return chart;
}
