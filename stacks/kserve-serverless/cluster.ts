/*
 * The cluster of the stack: Xeon and L4 nodes on spot first, each with an on-demand pool to fall back on.
 */
import { Cloud, NodeGroup, SpotNodeGroup } from 'inference-constructs/cloud';
import {
  foundation,
  install,
  readModels,
  type ClusterInput,
  type ClusterSide,
} from '../pulumi/foundation';
import { NAMESPACE } from './charts';
import { pools } from './pools';
import { SOFTWARE } from './software';

/** Declares the cluster. */
export function kserveServerlessCluster(input: ClusterInput): ClusterSide {
  const base = foundation('kserve-serverless', Cloud.GKE, pools.control, input);
  const { cluster } = base;
  for (const pool of [pools.spot, pools.l4Spot]) new SpotNodeGroup(pool.name, { cluster, pool });
  for (const pool of [pools.fallback, pools.l4Fallback])
    new NodeGroup(pool.name, { cluster, pool });
  readModels(base, NAMESPACE, {
    income: 'income/',
    'income-drift': 'income-reference/',
    species: 'species/',
    breeds: 'breeds/',
    'iris-1': 'iris-1/',
    'iris-2': 'iris-2/',
    'iris-3': 'iris-3/',
    'qwen-7b': 'qwen-7b/',
    'shops-0': 'shops/',
    'shops-1': 'shops/',
    'shops-2': 'shops/',
  });
  return { ...base, software: install(cluster, input, SOFTWARE) };
}
