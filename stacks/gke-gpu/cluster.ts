/*
 * The cluster of the stack: GPUs on spot first, with an on-demand pool of the same nodes to fall back on.
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
export function gkeGpuCluster(input: ClusterInput): ClusterSide {
  const base = foundation('gke-gpu', Cloud.GKE, pools.control, input);
  const { cluster } = base;
  for (const pool of [pools.xeonSpot, pools.l4Spot])
    new SpotNodeGroup(pool.name, { cluster, pool });
  new NodeGroup(pools.l4Fallback.name, { cluster, pool: pools.l4Fallback });
  readModels(base, NAMESPACE, { triton: 'onnx/', llm: 'qwen-7b/' });
  return { ...base, software: install(cluster, input, SOFTWARE) };
}
