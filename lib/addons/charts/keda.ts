import type { HelmChartDefinition } from '../helm-chart';

/** @see https://keda.sh/docs/2.21/deploy/ (2.21; the chart has the version of KEDA) */
export const keda: HelmChartDefinition = {
  id: 'keda',
  chart: 'keda',
  repository: 'https://kedacore.github.io/charts',
  version: '2.21.0',
  namespace: 'keda',
  values: ({ placement }) => ({ ...placement }),
};
