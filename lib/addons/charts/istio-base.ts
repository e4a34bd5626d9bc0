import type { HelmChartDefinition } from '../helm-chart';

/** @see https://istio.io/latest/docs/setup/install/helm/ (1.31) */
export const istioBase: HelmChartDefinition = {
  id: 'istio-base',
  chart: 'base',
  repository: 'https://istio-release.storage.googleapis.com/charts',
  version: '1.31.1',
  namespace: 'istio-system',
  placed: false,
  values: () => ({ defaultRevision: 'default' }),
};
