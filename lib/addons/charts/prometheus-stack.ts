import type { HelmChartDefinition } from '../helm-chart';

/**
 * Parts of the control plane that a managed cluster does not let anybody read.
 * @see https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack (79.5)
 */
const HIDDEN = ['kubeControllerManager', 'kubeEtcd', 'kubeScheduler', 'kubeProxy'];

/** Prometheus, its operator, Alertmanager and Grafana, reading whatever monitors there are in the cluster. */
export const prometheusStack: HelmChartDefinition = {
  id: 'kube-prometheus-stack',
  chart: 'oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack',
  version: '79.5.0',
  namespace: 'monitoring',
  values: ({ placement }) => ({
    ...Object.fromEntries(HIDDEN.map((part) => [part, { enabled: false }])),
    prometheusOperator: { ...placement, admissionWebhooks: { patch: placement } },
    prometheus: {
      prometheusSpec: {
        ...placement,
        // Otherwise it reads the monitors of this release only.
        podMonitorSelectorNilUsesHelmValues: false,
        serviceMonitorSelectorNilUsesHelmValues: false,
        ruleSelectorNilUsesHelmValues: false,
      },
    },
    alertmanager: { alertmanagerSpec: placement },
    grafana: placement,
    'kube-state-metrics': placement,
  }),
};
