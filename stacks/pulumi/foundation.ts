/*
 * What the clusters of all stacks have in common.
 */
import type { NodePool } from 'inference-constructs';
import {
  AddonAccess,
  Cluster,
  ModelAccess,
  ModelBucket,
  Network,
  NodeGroup,
  HelmRelease,
  type Cloud,
  type HelmChart,
  type IModelBucket,
} from 'inference-constructs/cloud';
import type { StackSettings } from '../settings';
import type { ClusterSettings } from './cluster-settings';

/** A cluster with its pool for control software, and the bucket that its models are in. */
export interface Foundation {
  readonly cluster: Cluster;
  readonly bucket: IModelBucket;
}

/** What a stack makes around its manifests. */
export interface ClusterSide extends Foundation {
  /** What the manifests need in the cluster before them. */
  readonly software: readonly HelmRelease[];
}

/** What a stack's cluster is made from. */
export interface ClusterInput {
  readonly stack: StackSettings;
  readonly cluster: ClusterSettings;
}

/** Network, cluster, nodes for control software, bucket. */
export function foundation(
  name: string,
  cloud: Cloud,
  control: NodePool,
  { stack, cluster: settings }: ClusterInput,
): Foundation {
  const { zones, natGateways, createBucket, clusterName, version, ...options } = settings;
  const network = new Network(name, { cloud, zones, natGateways });
  const cluster = new Cluster(name, {
    network,
    clusterName,
    ...(version !== undefined && { version }),
    systemPool: control,
    apiAccessFrom: options.apiAccessFrom,
    administrators: options.administrators,
    deletionProtection: options.deletionProtection,
    asOf: options.asOf,
  });
  new NodeGroup(control.name, { cluster, pool: control });
  const bucketName = stack.bucket;
  const bucket = createBucket
    ? new ModelBucket('models', { cloud, region: network.region, bucketName })
    : ModelBucket.fromExisting({ cloud, bucketName });
  return { cluster, bucket };
}

/** Installs charts, or, where Flux or Argo CD does that, gives their accounts the rights they need. */
export function install(
  cluster: Cluster,
  { stack: { delivery } }: ClusterInput,
  charts: Readonly<Record<string, HelmChart>>,
): readonly HelmRelease[] {
  if (delivery === 'pulumi')
    return Object.entries(charts).map(([name, chart]) => new HelmRelease(name, { cluster, chart }));
  for (const [name, { identity }] of Object.entries(charts))
    if (identity) new AddonAccess(name, { cluster, identity });
  return [];
}

/** Lets servers read their models; name of the server → prefix in the bucket. */
export function readModels(
  { cluster, bucket }: Foundation,
  namespace: string,
  prefixes: Readonly<Record<string, string>>,
): void {
  for (const [serviceAccount, prefix] of Object.entries(prefixes))
    new ModelAccess(serviceAccount, { cluster, bucket, namespace, serviceAccount, prefix });
}
