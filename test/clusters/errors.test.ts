/*
 * Every refusal of the cloud side, with its full text.
 */
import { ConfigurationError, NodePool, type NodePoolProps } from 'inference-constructs';
import {
  Cloud,
  Cluster,
  HelmChart,
  HelmRelease,
  ModelAccess,
  ModelBucket,
  NatGateways,
  Network,
  NodeGroup,
  NodeImage,
  ReleaseChannel,
  SpotNodeGroup,
  SpotProvisioning,
  type ClusterArgs,
  type NetworkArgs,
} from 'inference-constructs/cloud';
import { startRecording } from '../support/recorder';

beforeAll(startRecording);

const EKS_ZONES = ['eu-west-1a', 'eu-west-1b'];
const GKE_ZONES = ['europe-west4-a', 'europe-west4-b'];

const eksNetwork = (args: Partial<NetworkArgs> = {}): Network =>
  new Network('lab', { cloud: Cloud.EKS, zones: EKS_ZONES, ...args });

const gkeNetwork = (args: Partial<NetworkArgs> = {}): Network =>
  new Network('lab', { cloud: Cloud.GKE, zones: GKE_ZONES, ...args });

const eksCluster = (args: Partial<ClusterArgs> = {}): Cluster =>
  new Cluster('lab', { network: eksNetwork(), ...args });

const gkeCluster = (args: Partial<ClusterArgs> = {}): Cluster =>
  new Cluster('lab', { network: gkeNetwork(), ...args });

const TYPES = ['m5.xlarge', 'm6i.xlarge'];

const eksSpot = (props: Partial<NodePoolProps> = {}, name = 'spot'): NodePool =>
  NodePool.eksSpot(name, { instanceTypes: TYPES, min: 0, max: 5, ...props });

const gkeSpot = (props: Partial<NodePoolProps> = {}, name = 'spot'): NodePool =>
  NodePool.gkeSpot(name, { instanceTypes: ['n2-standard-8'], min: 0, max: 5, ...props });

const control = NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 });

const existing = { cloud: Cloud.EKS, bucketName: 'acme-models' };

const CASES: readonly (readonly [title: string, work: () => unknown])[] = [
  ['a network in one zone', () => eksNetwork({ zones: ['eu-west-1a'] })],
  ['a network in zones of two regions', () => eksNetwork({ zones: ['eu-west-1a', 'us-east-1a'] })],
  ['a network in zones of another cloud', () => eksNetwork({ zones: GKE_ZONES })],
  ['a network with a zone twice', () => eksNetwork({ zones: ['eu-west-1a', 'eu-west-1a'] })],
  ['a network without a block', () => eksNetwork({ cidr: '10.0.0.1/16' })],
  ['a network that is too small', () => eksNetwork({ cidr: '10.0.0.0/24' })],
  ['pods apart on EKS', () => eksNetwork({ podCidr: '10.64.0.0/14' })],
  ['days that CloudWatch lacks', () => eksNetwork({ flowLogDays: 31 })],
  ['a NAT gateway in each zone of GKE', () => gkeNetwork({ natGateways: NatGateways.PER_ZONE })],
  ['pods of GKE in a block that is none', () => gkeNetwork({ podCidr: '10.64.0.0' })],
  [
    'a network that is there, with a subnet missing',
    () =>
      Network.fromExisting('lab', {
        cloud: Cloud.EKS,
        zones: EKS_ZONES,
        networkId: 'vpc-1',
        subnetIds: ['subnet-1'],
      }),
  ],
  [
    'a network of GKE that is there, with two subnets',
    () =>
      Network.fromExisting('lab', {
        cloud: Cloud.GKE,
        zones: GKE_ZONES,
        networkId: 'n',
        subnetIds: ['a', 'b'],
      }),
  ],
  ['an unknown version', () => eksCluster({ version: '1.29' })],
  ['a version whose support has ended', () => eksCluster({ version: '1.34', asOf: '2027-01-01' })],
  [
    'a version whose extended support has ended',
    () => eksCluster({ version: '1.34', asOf: '2028-01-01', extendedSupport: true }),
  ],
  ['a day that is none', () => eksCluster({ asOf: 'today' })],
  ['an API server for the whole internet', () => eksCluster({ apiAccessFrom: ['0.0.0.0/0'] })],
  ['a release channel on EKS', () => eksCluster({ releaseChannel: ReleaseChannel.RAPID })],
  ['Binary Authorization on EKS', () => eksCluster({ binaryAuthorization: true })],
  ['an administrator that is no ARN', () => eksCluster({ administrators: ['me'] })],
  [
    'a session as an administrator',
    () => eksCluster({ administrators: ['arn:aws:sts::111122223333:assumed-role/admin/me'] }),
  ],
  ['logs for a time that CloudWatch lacks', () => eksCluster({ logDays: 100 })],
  [
    'an add-on that EKS keeps under another name',
    () => eksCluster({ addonVersions: { 'core-dns': 'v1.12.3-eksbuild.1' } }),
  ],
  ['a control pool of another cloud', () => gkeCluster({ systemPool: control })],
  [
    'a control pool with a taint on GKE',
    () =>
      gkeCluster({
        systemPool: NodePool.gkeOnDemand('control', {
          instanceTypes: ['e2-standard-4'],
          min: 1,
          max: 3,
          taints: [{ key: 'intent', value: 'control', effect: 'NoSchedule' }],
        }),
      }),
  ],
  ['a name that is none', () => eksCluster({ clusterName: 'Serving' })],
  ['a name that is too long for GKE', () => gkeCluster({ clusterName: 'a'.repeat(41) })],
  ['a version on GKE', () => gkeCluster({ version: '1.35' })],
  [
    'add-ons and extended support on GKE',
    () => gkeCluster({ addonVersions: { coredns: 'v1' }, extendedSupport: true }),
  ],
  [
    'an administrator of GKE without a kind',
    () => gkeCluster({ administrators: ['me@example.com'] }),
  ],
  [
    'a spot pool in a NodeGroup',
    () => new NodeGroup('x', { cluster: eksCluster(), pool: eksSpot() }),
  ],
  [
    'an on-demand pool in a SpotNodeGroup',
    () => new SpotNodeGroup('x', { cluster: eksCluster(), pool: control }),
  ],
  [
    'a pool of another cloud',
    () => new SpotNodeGroup('x', { cluster: eksCluster(), pool: gkeSpot() }),
  ],
  [
    'zones that the network lacks',
    () =>
      new SpotNodeGroup('x', { cluster: eksCluster(), pool: eksSpot({ zones: ['eu-west-1c'] }) }),
  ],
  [
    'a pool twice',
    () => {
      const cluster = eksCluster();
      new SpotNodeGroup('x', { cluster, pool: eksSpot() });
      new SpotNodeGroup('y', { cluster, pool: eksSpot() });
    },
  ],
  [
    'more pods than the subnets have addresses for',
    () =>
      new SpotNodeGroup('x', {
        cluster: new Cluster('lab', { network: eksNetwork({ cidr: '10.0.0.0/20' }) }),
        pool: eksSpot({ max: 100 }),
      }),
  ],
  [
    'more nodes than the pods of GKE have blocks for',
    () =>
      new SpotNodeGroup('x', {
        cluster: new Cluster('lab', { network: gkeNetwork({ podCidr: '10.64.0.0/19' }) }),
        pool: gkeSpot({ max: 100 }),
      }),
  ],
  [
    'a label that no tag can hold',
    () =>
      new SpotNodeGroup('x', {
        cluster: eksCluster(),
        pool: eksSpot({ labels: { [`${'very-long.'.repeat(8)}example.com/team`]: 'vision' } }),
      }),
  ],
  [
    'a name that is too long for a managed group',
    () => new SpotNodeGroup('x', { cluster: eksCluster(), pool: eksSpot({}, 'a'.repeat(37)) }),
  ],
  [
    'no nodes at a time',
    () => new SpotNodeGroup('x', { cluster: eksCluster(), pool: eksSpot(), maxUnavailable: 0 }),
  ],
  [
    'Bottlerocket in a self-managed group',
    () =>
      new SpotNodeGroup('x', {
        cluster: eksCluster(),
        pool: eksSpot(),
        image: NodeImage.BOTTLEROCKET,
        provisioning: SpotProvisioning.selfManaged(),
      }),
  ],
  [
    'a minimum with Karpenter',
    () =>
      new SpotNodeGroup('x', {
        cluster: eksCluster(),
        pool: eksSpot({ min: 1 }),
        provisioning: SpotProvisioning.karpenter(),
      }),
  ],
  [
    'two machine types on GKE',
    () =>
      new SpotNodeGroup('x', {
        cluster: gkeCluster(),
        pool: gkeSpot({ instanceTypes: ['n2-standard-8', 'n2d-standard-8'] }),
      }),
  ],
  [
    'a self-managed group on GKE',
    () =>
      new SpotNodeGroup('x', {
        cluster: gkeCluster(),
        pool: gkeSpot(),
        provisioning: SpotProvisioning.selfManaged(),
        image: NodeImage.BOTTLEROCKET,
      }),
  ],
  [
    'a price that is none',
    () =>
      SpotProvisioning.selfManaged({
        maxPrice: 'cheap',
        onDemandBase: -1,
        onDemandPercentAboveBase: 101,
      }),
  ],
  [
    'durations that are none',
    () => SpotProvisioning.karpenter({ consolidateAfter: 'soon', expireAfter: '2 weeks' }),
  ],
  [
    'a bucket that is none',
    () =>
      new ModelBucket('x', { cloud: Cloud.EKS, region: 'eu-west-1', bucketName: 'acme.models' }),
  ],
  [
    'access to a bucket of another cloud, by names that are none',
    () =>
      new ModelAccess('x', {
        cluster: gkeCluster(),
        bucket: ModelBucket.fromExisting(existing),
        namespace: 'Serving',
        serviceAccount: 'a b',
        prefix: '*',
      }),
  ],
  [
    'a service account bound twice',
    () => {
      const access = {
        cluster: eksCluster(),
        bucket: ModelBucket.fromExisting(existing),
        namespace: 'serving',
        serviceAccount: 'resnet',
      };
      new ModelAccess('x', access);
      new ModelAccess('y', access);
    },
  ],
  [
    'a controller twice',
    () => {
      const release = { cluster: eksCluster(), chart: HelmChart.AWS_LOAD_BALANCER_CONTROLLER };
      new HelmRelease('x', release);
      new HelmRelease('y', release);
    },
  ],
  [
    'a chart of another cloud, at no version',
    () =>
      new HelmRelease('x', {
        cluster: gkeCluster(),
        chart: HelmChart.AWS_LOAD_BALANCER_CONTROLLER,
        version: 'latest',
        digest: 'sha256:1',
      }),
  ],
];

test.each(CASES)('refuses %s', (_, work) => {
  let message = 'nothing was refused';
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    message = (error as Error).message;
  }

  expect(message).toMatchSnapshot();
  expect(message).not.toBe('nothing was refused');
});
