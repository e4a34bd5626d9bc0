import type { HelmChartDefinition } from '../helm-chart';

/** @see https://kserve.github.io/website/docs/admin-guide/overview (0.20) */
export const kserveCrds: HelmChartDefinition = {
  id: 'kserve-crds',
  chart: 'oci://ghcr.io/kserve/charts/kserve-crd',
  version: 'v0.20.0',
  namespace: 'kserve',
  placed: false,
  values: () => ({}),
};
