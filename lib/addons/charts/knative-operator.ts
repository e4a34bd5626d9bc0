import type { HelmChartDefinition } from '../helm-chart';

/**
 * The operator of Knative; what it installs is a KnativeServing of its users.
 * @see https://knative.dev/docs/install/operator/knative-with-operators/ (1.23)
 */
export const knativeOperator: HelmChartDefinition = {
  id: 'knative-operator',
  chart: 'knative-operator',
  repository: 'https://knative.github.io/operator',
  version: 'v1.23.0',
  namespace: 'knative-operator',
  placed: false,
  values: () => ({}),
};
