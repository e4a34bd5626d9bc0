/*
 * A node pool of GKE. GKE itself drains spot nodes by the kubelet's graceful shutdown: there is no handler.
 */
import * as container from '@pulumi/gcp/container';
import { CpuManagerPolicy } from '../../../nodes/capacity';
import type { NodePool } from '../../../nodes/node-pool';
import type { Parent, ProvisionedNodeGroup } from '../../cloud';
import type { NodeGroupSpec } from '../../specs';
import { apiTaints } from '../../taint-effects';
import type { GkeCluster } from './cluster';

/** Labels with this prefix GKE writes itself, and refuses from others. */
const OWN_LABELS = 'cloud.google.com/';

/**
 * Oldest processor of series in which machines may get one of several.
 * @see https://cloud.google.com/compute/docs/instances/specify-min-cpu-platform (2026-11)
 */
const XEON_PLATFORM: Readonly<Record<string, string>> = { n2: 'Intel Ice Lake' };

/** Disk type of series that take no persistent disks. */
const HYPERDISK_SERIES = ['c4', 'c4a', 'n4'];

/** Makes the node pool of `spec`. */
export function nodePool(
  parent: Parent,
  name: string,
  { pool, zones, maxUnavailable }: NodeGroupSpec,
  { spec, cluster, nodeAccount, beforeNodes }: GkeCluster,
): ProvisionedNodeGroup {
  const resource = new container.NodePool(
    `${name}-nodes`,
    {
      name: pool.name,
      cluster: cluster.name,
      location: spec.network.region,
      nodeLocations: [...zones],
      initialNodeCount: Math.ceil(pool.min / zones.length),
      autoscaling: {
        totalMinNodeCount: pool.min,
        totalMaxNodeCount: pool.max,
        // Spot capacity is where it is.
        locationPolicy: pool.interruptionNotice === undefined ? 'BALANCED' : 'ANY',
      },
      ...(pool.maxPodsPerNode !== undefined && { maxPodsPerNode: pool.maxPodsPerNode }),
      management: { autoRepair: true, autoUpgrade: true },
      upgradeSettings: { strategy: 'SURGE', maxSurge: 1, maxUnavailable: maxUnavailable - 1 },
      networkConfig: { enablePrivateNodes: true },
      nodeConfig: nodeConfig(pool, nodeAccount.email),
    },
    {
      parent,
      dependsOn: [...beforeNodes],
      // How many nodes there are is the autoscaler's to say.
      ignoreChanges: ['initialNodeCount', 'nodeCount'],
    },
  );
  return { groupName: resource.name, ready: [resource] };
}

function nodeConfig(
  pool: NodePool,
  serviceAccount: container.NodePoolArgs['name'],
): NonNullable<container.NodePoolArgs['nodeConfig']> {
  const { accelerator, shape, diskMib } = pool;
  const series = shape.instanceType.split('-')[0] ?? '';
  const platform = pool.processor === undefined ? undefined : XEON_PLATFORM[series];
  return {
    machineType: shape.instanceType,
    spot: pool.interruptionNotice !== undefined,
    imageType: 'COS_CONTAINERD',
    diskSizeGb: Math.ceil(diskMib / 1024),
    diskType: HYPERDISK_SERIES.includes(series) ? 'hyperdisk-balanced' : 'pd-balanced',
    ...(platform !== undefined && { minCpuPlatform: platform }),
    ...(serviceAccount !== undefined && { serviceAccount }),
    // What the account may do is said by its roles.
    oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
    labels: Object.fromEntries(
      Object.entries(pool.labels).filter(([key]) => !key.startsWith(OWN_LABELS)),
    ),
    taints: apiTaints(pool.taints),
    metadata: { 'disable-legacy-endpoints': 'true' },
    workloadMetadataConfig: { mode: 'GKE_METADATA' },
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    // Images are large, and a container starts before all of its image is there.
    gcfsConfig: { enabled: true },
    gvnic: { enabled: true },
    ...(pool.cpuManagerPolicy === CpuManagerPolicy.STATIC && {
      kubeletConfig: { cpuManagerPolicy: 'static' },
    }),
    ...(accelerator && {
      guestAccelerators: [
        {
          type: `nvidia-${accelerator.model ?? ''}`,
          count: accelerator.count,
          gpuDriverInstallationConfig: { gpuDriverVersion: 'DEFAULT' },
        },
      ],
    }),
  };
}
