/*
 * The cluster of the stack, on GKE or on EKS: Xeon nodes whose cores belong to one pod each, Envoy Gateway and
 * cert-manager.
 */
import { Cloud, NodeGroup } from 'inference-constructs/cloud';
import {
  foundation,
  install,
  readModels,
  type ClusterInput,
  type ClusterSide,
} from '../pulumi/foundation';
import { poolsOf } from './pools';
import { softwareOf } from './software';

/** Declares the cluster. */
export function secureXeonCluster(input: ClusterInput): ClusterSide {
  const { cloud } = input.stack;
  const { control, xeon16, xeon32 } = poolsOf(cloud);
  const base = foundation('secure-xeon', { gke: Cloud.GKE, eks: Cloud.EKS }[cloud], control, input);
  const { cluster } = base;
  for (const pool of [xeon16, xeon32]) new NodeGroup(pool.name, { cluster, pool });
  readModels(base, 'vision-tf', { 'resnet-tf': 'resnet-50/saved-model/' });
  readModels(base, 'vision-ov', { 'resnet-ov': 'resnet-50/openvino/' });
  return { ...base, software: install(cluster, input, softwareOf(cloud)) };
}
