/*
 * The cluster of the stack, on GKE or on EKS: Xeon nodes whose cores belong to one pod each, Envoy Gateway and
 * cert-manager.
 */
import { Cloud, HelmChart, HelmRelease, NodeGroup } from 'inference-constructs/cloud';
import { foundation, readModels, type ClusterInput, type ClusterSide } from '../pulumi/foundation';
import { poolsOf } from './pools';

/** Declares the cluster. */
export function secureXeonCluster(input: ClusterInput): ClusterSide {
  const { cloud } = input.stack;
  const { control, xeon16, xeon32 } = poolsOf(cloud);
  const base = foundation('secure-xeon', { gke: Cloud.GKE, eks: Cloud.EKS }[cloud], control, input);
  const { cluster } = base;
  for (const pool of [xeon16, xeon32]) new NodeGroup(pool.name, { cluster, pool });
  readModels(base, 'vision-tf', { 'resnet-tf': 'resnet-50/saved-model/' });
  readModels(base, 'vision-ov', { 'resnet-ov': 'resnet-50/openvino/' });
  const software = [
    new HelmRelease('certificates', { cluster, chart: HelmChart.CERT_MANAGER }),
    new HelmRelease('gateway', { cluster, chart: HelmChart.ENVOY_GATEWAY }),
  ];
  // GKE has load balancers of its own.
  if (cloud === 'eks') {
    const chart = HelmChart.AWS_LOAD_BALANCER_CONTROLLER;
    software.push(new HelmRelease('load-balancers', { cluster, chart }));
  }
  return { ...base, software };
}
