import { HelmChart } from 'inference-constructs';

/** What the cluster of the stack runs besides the servers, by the names of the releases. */
export const SOFTWARE: Readonly<Record<string, HelmChart>> = {
  certificates: HelmChart.CERT_MANAGER,
  gateway: HelmChart.ENVOY_GATEWAY,
  // KEDA scales by the length of queues, which Prometheus reads from the servers.
  monitoring: HelmChart.PROMETHEUS_STACK,
  autoscaling: HelmChart.KEDA,
};
