import { HelmChart } from 'inference-constructs';

/** What upstream Istio comes as, by the names of the releases; OpenShift's meshes come by their operators. */
export const istioCharts: Readonly<Record<string, HelmChart>> = {
  'istio-base': HelmChart.ISTIO_BASE,
  'istio-cni': HelmChart.ISTIO_CNI,
  istiod: HelmChart.ISTIOD,
};
