import type { HelmChartDefinition } from '../helm-chart';

/** @see https://github.com/NVIDIA/k8s-device-plugin (0.18) */
export const nvidiaDevicePlugin: HelmChartDefinition = {
  id: 'nvidia-device-plugin',
  chart: 'nvidia-device-plugin',
  repository: 'https://nvidia.github.io/k8s-device-plugin',
  version: '0.18.0',
  namespace: 'nvidia-device-plugin',
  clouds: ['eks'],
  // On every node that has a GPU, whatever else its taints keep away; the label is that of our GPU pools.
  values: () => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'k8s.amazonaws.com/accelerator', operator: 'Exists' }] },
          ],
        },
      },
    },
    tolerations: [{ operator: 'Exists' }],
  }),
};
