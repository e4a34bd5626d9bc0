import { HelmChart } from 'inference-constructs';

/** What the cluster of the stack runs besides the services, by the names of the releases. */
export const SOFTWARE: Readonly<Record<string, HelmChart>> = {
  certificates: HelmChart.CERT_MANAGER,
  // KEDA scales by the length of queues, which Prometheus reads from the servers.
  monitoring: HelmChart.PROMETHEUS_STACK,
  autoscaling: HelmChart.KEDA,
  knative: HelmChart.KNATIVE_OPERATOR,
  'kserve-crds': HelmChart.KSERVE_CRDS,
  kserve: HelmChart.KSERVE,
};
