/*
 * A program in which every part can be changed on its own: one cluster with a pool of each kind, a bucket, a chart.
 */
import type * as pulumi from '@pulumi/pulumi';
import { App, Size } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  NodePool,
  ServingChart,
  ServingEngine,
  ServingNamespace,
  type NodePoolProps,
} from 'inference-constructs';
import {
  Cloud,
  Cluster,
  Manifests,
  ModelAccess,
  ModelBucket,
  Network,
  NodeGroup,
  SpotNodeGroup,
  type ClusterArgs,
  type NetworkArgs,
  type SpotNodeGroupArgs,
} from 'inference-constructs/cloud';

/** What a change may change; all of it as it is in the base if it is left out. */
export interface Sample {
  readonly network?: Partial<NetworkArgs>;
  readonly cluster?: Partial<ClusterArgs>;
  readonly pool?: Partial<NodePoolProps>;
  readonly group?: Partial<SpotNodeGroupArgs>;
  readonly prefix?: string;
  readonly server?: { readonly name?: string; readonly replicas?: number; readonly cores?: number };
}

const EKS_TYPES = ['m5.xlarge', 'm6i.xlarge', 'm7i.xlarge'];

/** A sample on EKS: a control pool, and a spot pool that is provisioned as `group` says. */
export function eksSample(sample: Sample): pulumi.ComponentResource {
  const control = NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 });
  const pool = NodePool.eksSpot('spot', {
    instanceTypes: EKS_TYPES,
    min: 0,
    max: 15,
    ...sample.pool,
  });
  const network = new Network('lab', {
    cloud: Cloud.EKS,
    zones: ['eu-west-1a', 'eu-west-1b'],
    ...sample.network,
  });
  return rest(Cloud.EKS, network, control, pool, sample);
}

/** The same on GKE. */
export function gkeSample(sample: Sample): pulumi.ComponentResource {
  const control = NodePool.gkeOnDemand('control', {
    instanceTypes: ['e2-standard-4'],
    min: 1,
    max: 3,
  });
  const pool = NodePool.gkeSpot('spot', {
    instanceTypes: ['n2-standard-8'],
    min: 0,
    max: 15,
    ...sample.pool,
  });
  const network = new Network('lab', {
    cloud: Cloud.GKE,
    zones: ['europe-west4-a', 'europe-west4-b'],
    ...sample.network,
  });
  return rest(Cloud.GKE, network, control, pool, sample);
}

function rest(
  cloud: Cloud,
  network: Network,
  control: NodePool,
  pool: NodePool,
  sample: Sample,
): pulumi.ComponentResource {
  const { name = 'resnet', replicas = 2, cores = 2 } = sample.server ?? {};
  const cluster = new Cluster('lab', { network, systemPool: control, ...sample.cluster });
  new NodeGroup('control', { cluster, pool: control });
  new SpotNodeGroup('spot', { cluster, pool, ...sample.group });
  const bucket = new ModelBucket('models', {
    cloud,
    region: network.region,
    bucketName: 'acme-models',
  });
  new ModelAccess('resnet', {
    cluster,
    bucket,
    namespace: 'serving',
    serviceAccount: name,
    prefix: sample.prefix ?? 'resnet/',
  });
  const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
  new ServingNamespace(chart, 'Namespace', {
    name: 'serving',
    quota: { cpu: Cpu.units(64), memory: Size.gibibytes(64), pods: 20 },
  });
  const source = `${bucket.url}/resnet/`;
  new ModelServer(chart, 'Server', {
    name,
    engine: ServingEngine.TENSORFLOW_SERVING,
    model: Model.of(
      'resnet',
      cloud === Cloud.EKS ? ModelSource.s3(source) : ModelSource.gcs(source),
      { size: Size.mebibytes(256) },
    ),
    cpu: Cpu.units(cores),
    memory: Size.gibibytes(2),
    replicas,
    placement: [pool],
  });
  return new Manifests('lab', { charts: [chart], cluster });
}
