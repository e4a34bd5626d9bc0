import type { HelmChartDefinition } from '../helm-chart';

/** @see https://gateway.envoyproxy.io/docs/install/install-helm/ (1.9) */
export const envoyGateway: HelmChartDefinition = {
  id: 'envoy-gateway',
  chart: 'oci://docker.io/envoyproxy/gateway-helm',
  version: 'v1.9.1',
  namespace: 'envoy-gateway-system',
  values: ({ placement }) => ({
    deployment: { replicas: 2, pod: placement },
    certgen: { job: placement },
  }),
};
