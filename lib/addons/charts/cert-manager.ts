import type { HelmChartDefinition } from '../helm-chart';

/** @see https://cert-manager.io/docs/installation/helm/ (1.21) */
export const certManager: HelmChartDefinition = {
  id: 'cert-manager',
  chart: 'oci://quay.io/jetstack/charts/cert-manager',
  version: 'v1.21.2',
  namespace: 'cert-manager',
  values: ({ placement }) => ({
    crds: { enabled: true },
    ...placement,
    webhook: placement,
    cainjector: placement,
    startupapicheck: placement,
  }),
};
