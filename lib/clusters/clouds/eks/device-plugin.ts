/*
 * The NVIDIA device plugin: makes the GPUs of nodes a resource that pods can ask for. It comes with the first GPU
 * pool of a cluster; Bottlerocket has its own.
 * @see https://github.com/NVIDIA/k8s-device-plugin (0.18)
 */
import type { Release } from '@pulumi/kubernetes/helm/v3/release';
import type { ClusterUse, Parent } from '../../cloud';
import { installChart } from '../../install-chart';
import type { EksCluster } from './cluster';

/** Label of GPU nodes, that the cluster autoscaler knows them by, too. */
const GPU_NODES = 'k8s.amazonaws.com/accelerator';

/** Declares the plugin. */
export function devicePlugin(
  parent: Parent,
  name: string,
  { beforeNodes }: EksCluster,
  { kubernetes }: ClusterUse,
): Release {
  return installChart(
    `${name}-device-plugin`,
    {
      chart: 'nvidia-device-plugin',
      repository: 'https://nvidia.github.io/k8s-device-plugin',
      version: '0.18.0',
      namespace: 'nvidia-device-plugin',
      releaseName: 'nvidia-device-plugin',
      values: {
        // On every node that has a GPU, whatever its taints keep away.
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: GPU_NODES, operator: 'Exists' }] }],
            },
          },
        },
        tolerations: [{ operator: 'Exists' }],
      },
    },
    { parent, provider: kubernetes, dependsOn: [...beforeNodes] },
  );
}
