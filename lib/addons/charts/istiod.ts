import type { HelmChartDefinition } from '../helm-chart';

/** @see https://istio.io/latest/docs/setup/install/helm/ (1.31) */
export const istiod: HelmChartDefinition = {
  id: 'istiod',
  chart: 'istiod',
  repository: 'https://istio-release.storage.googleapis.com/charts',
  version: '1.31.1',
  namespace: 'istio-system',
  values: ({ placement }) => ({
    pilot: { cni: { enabled: true } },
    ...placement,
  }),
};
