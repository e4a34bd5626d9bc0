import type { HelmChartDefinition } from '../helm-chart';

/** @see https://github.com/kserve/kserve/blob/v0.20.0/charts/kserve-resources/README.md (0.20) */
export const kserve: HelmChartDefinition = {
  id: 'kserve',
  chart: 'oci://ghcr.io/kserve/charts/kserve-resources',
  version: 'v0.20.0',
  namespace: 'kserve',
  values: ({ placement }) => ({
    kserve: {
      controller: {
        // Services say their mode themselves; this is for those that do not.
        deploymentMode: 'Standard',
        ...placement,
      },
    },
  }),
};
