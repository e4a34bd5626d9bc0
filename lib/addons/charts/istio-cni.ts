import type { HelmChartDefinition } from '../helm-chart';

/** @see https://istio.io/latest/docs/setup/install/helm/ (1.31) */
export const istioCni: HelmChartDefinition = {
  id: 'istio-cni',
  chart: 'cni',
  repository: 'https://istio-release.storage.googleapis.com/charts',
  version: '1.31.1',
  namespace: 'istio-cni',
  placed: false,
  values: () => ({}),
};
