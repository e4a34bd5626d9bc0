/*
 * What EKS nodes are told, as text and data.
 */
import { Size } from 'cdk8s';
import { CpuManagerPolicy, NodePool, type NodePoolProps } from 'inference-constructs';
import {
  Cloud,
  Cluster,
  ModelAccess,
  ModelBucket,
  Network,
  NodeGroup,
  NodeImage,
  SpotNodeGroup,
  SpotProvisioning,
  SpotAllocationStrategy,
  type ClusterArgs,
} from 'inference-constructs/cloud';
import { amiParameter, amiType } from '../../lib/clusters/clouds/eks/images';
import { nodeTemplateTags } from '../../lib/clusters/clouds/eks/node-template-tags';
import { bottlerocket, nodeadm } from '../../lib/clusters/clouds/eks/user-data';
import { ofType, record, startRecording, type Recording } from '../support/recorder';

beforeAll(startRecording);

const pool = (props: Partial<NodePoolProps> = {}): NodePool =>
  NodePool.eksSpot('spot', {
    instanceTypes: ['m5.xlarge', 'm6i.xlarge'],
    min: 0,
    max: 5,
    ...props,
  });

const gpu = pool({ instanceTypes: ['g6.2xlarge'] });

const arm = pool({ instanceTypes: ['m7g.xlarge'] });

const pinned = pool({ cpuManagerPolicy: CpuManagerPolicy.STATIC, maxPodsPerNode: 30 });

function declare(
  args: Partial<ClusterArgs>,
  more: (cluster: Cluster) => void = () => undefined,
): Promise<Recording> {
  return record(() => {
    const network = new Network('lab', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
    more(new Cluster('lab', { network, ...args }));
  });
}

const inputsOf = (recording: Recording, type: string, name?: string): Record<string, unknown> =>
  ofType(recording, type).find((one) => name === undefined || one.name === name)?.inputs ?? {};

const NODE_GROUP = 'aws:eks/nodeGroup:NodeGroup';
const LAUNCH_TEMPLATE = 'aws:ec2/launchTemplate:LaunchTemplate';

describe('user data', () => {
  test('says nothing of a pool that asks for nothing', () => {
    expect(nodeadm(pool())).toBeUndefined();
    expect(bottlerocket(pool())).toBeUndefined();
  });

  test('sets the kubelet of Amazon Linux', () => {
    expect(nodeadm(pinned)).toMatchSnapshot();
  });

  test('sets the kubelet of Bottlerocket', () => {
    expect(bottlerocket(pinned)).toBe(
      '[settings.kubernetes]\ncpu-manager-policy = "static"\nmax-pods = 30\n',
    );
  });

  test('joins a node that EKS does not manage', () => {
    expect(
      nodeadm(pool(), {
        name: 'lab',
        apiServerEndpoint: 'https://api.test',
        certificateAuthority: 'Q0E=',
        cidr: '172.20.0.0/16',
      }),
    ).toMatchSnapshot();
  });
});

test.each<[string, NodePool, NodeImage, string]>([
  ['Intel', pool(), NodeImage.STANDARD, 'AL2023_x86_64_STANDARD'],
  ['Arm', arm, NodeImage.STANDARD, 'AL2023_ARM_64_STANDARD'],
  ['GPU', gpu, NodeImage.STANDARD, 'AL2023_x86_64_NVIDIA'],
  ['Intel on Bottlerocket', pool(), NodeImage.BOTTLEROCKET, 'BOTTLEROCKET_x86_64'],
  ['Arm on Bottlerocket', arm, NodeImage.BOTTLEROCKET, 'BOTTLEROCKET_ARM_64'],
  ['GPU on Bottlerocket', gpu, NodeImage.BOTTLEROCKET, 'BOTTLEROCKET_x86_64_NVIDIA'],
])('the image for %s', (_, nodes, image, expected) => {
  expect(amiType(nodes, image)).toBe(expected);
});

test('the image of self-managed nodes is that of their version, machine and accelerator', () => {
  expect([
    amiParameter(pool(), '1.35'),
    amiParameter(arm, '1.35'),
    amiParameter(gpu, '1.36'),
  ]).toEqual([
    '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id',
    '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/arm64/standard/recommended/image_id',
    '/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/nvidia/recommended/image_id',
  ]);
});

test('an empty group is described by tags: every label, every taint, and all that it gives to pods', () => {
  expect(nodeTemplateTags(gpu)).toEqual({
    'k8s.io/cluster-autoscaler/node-template/label/aws.amazon.com/spot': 'true',
    'k8s.io/cluster-autoscaler/node-template/label/k8s.amazonaws.com/accelerator': 'nvidia-l4',
    'k8s.io/cluster-autoscaler/node-template/label/inference-constructs/pool': 'spot',
    'k8s.io/cluster-autoscaler/node-template/taint/aws.amazon.com/spot': 'true:NoSchedule',
    'k8s.io/cluster-autoscaler/node-template/taint/nvidia.com/gpu': 'present:NoSchedule',
    'k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu': '1',
    'k8s.io/cluster-autoscaler/node-template/resources/cpu': expect.any(String) as string,
    'k8s.io/cluster-autoscaler/node-template/resources/memory': expect.any(String) as string,
    'k8s.io/cluster-autoscaler/node-template/resources/pods': expect.any(String) as string,
    'k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage': '91136Mi',
  });
});

describe('a cluster', () => {
  test('is private, with access by entries, encrypted Secrets and all logs', async () => {
    const recording = await declare({});

    expect(inputsOf(recording, 'aws:eks/cluster:Cluster')).toMatchObject({
      version: '1.35',
      accessConfig: { authenticationMode: 'API' },
      bootstrapSelfManagedAddons: false,
      encryptionConfig: { resources: ['secrets'] },
      enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      upgradePolicy: { supportType: 'STANDARD' },
      vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false },
    });
  });

  test('is reached from the blocks that are given, and no others', async () => {
    const recording = await declare({ apiAccessFrom: ['203.0.113.0/24'] });

    expect(inputsOf(recording, 'aws:eks/cluster:Cluster')).toMatchObject({
      vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] },
    });
  });

  test('warns when standard support ends soon', async () => {
    const { warnings } = await declare({ version: '1.34', asOf: '2026-11-22' });

    expect(warnings).toEqual([
      'standard support of Kubernetes 1.34 on EKS ends in 10 days, on 2026-12-02; plan the upgrade to the next minor version',
    ]);
  });

  test('puts its add-ons on the pool for control software', async () => {
    const systemPool = NodePool.eksOnDemand('control', {
      instanceTypes: ['m7i.large'],
      min: 2,
      max: 3,
      taints: [{ key: 'intent', value: 'control', effect: 'NoSchedule' }],
    });
    const recording = await declare({ systemPool });
    const values = new Map(
      ofType(recording, 'aws:eks/addon:Addon').map(({ inputs }) => [
        inputs['addonName'],
        inputs['configurationValues'],
      ]),
    );

    expect(values).toMatchSnapshot();
  });

  test('takes the version of an add-on that is given, and else that which EKS recommends', async () => {
    const recording = await declare({ addonVersions: { coredns: 'v1.12.3-eksbuild.1' } });
    const versions = ofType(recording, 'aws:eks/addon:Addon').map(({ inputs }) => [
      inputs['addonName'],
      inputs['addonVersion'],
    ]);

    expect(Object.fromEntries(versions)).toEqual({
      'aws-ebs-csi-driver': 'v1.0.0-eksbuild.1',
      coredns: 'v1.12.3-eksbuild.1',
      'eks-pod-identity-agent': 'v1.0.0-eksbuild.1',
      'kube-proxy': 'v1.0.0-eksbuild.1',
      'metrics-server': 'v1.0.0-eksbuild.1',
      'vpc-cni': 'v1.0.0-eksbuild.1',
    });
  });

  test('gives administrators an entry each', async () => {
    const arn = 'arn:aws:iam::111122223333:role/platform';
    const recording = await declare({ administrators: [arn] });

    expect(inputsOf(recording, 'aws:eks/accessPolicyAssociation:AccessPolicyAssociation')).toEqual({
      accessScope: { type: 'cluster' },
      clusterName: 'lab',
      policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
      principalArn: arn,
    });
  });
});

describe('nodes', () => {
  test('of a managed spot group', async () => {
    const recording = await declare({}, (cluster) => {
      new SpotNodeGroup('spot', { cluster, pool: pinned, maxUnavailable: 2 });
    });

    expect(inputsOf(recording, NODE_GROUP)).toMatchSnapshot();
    expect(inputsOf(recording, LAUNCH_TEMPLATE)).toMatchSnapshot();
  });

  test('of an on-demand group on Bottlerocket, in the zones of its pool', async () => {
    const recording = await declare({}, (cluster) => {
      const nodes = NodePool.eksOnDemand('rocket', {
        instanceTypes: ['m7i.xlarge'],
        min: 1,
        max: 3,
        zones: ['eu-west-1b'],
        diskSize: Size.gibibytes(200),
      });
      new NodeGroup('rocket', { cluster, pool: nodes, image: NodeImage.BOTTLEROCKET });
    });

    expect(inputsOf(recording, NODE_GROUP)).toMatchObject({
      amiType: 'BOTTLEROCKET_x86_64',
      capacityType: 'ON_DEMAND',
      subnetIds: ['lab-private-eu-west-1b-id'],
    });
    expect(inputsOf(recording, LAUNCH_TEMPLATE)).toMatchObject({
      blockDeviceMappings: [
        { deviceName: '/dev/xvda', ebs: { volumeSize: 4, encrypted: 'true' } },
        { deviceName: '/dev/xvdb', ebs: { volumeSize: 200, encrypted: 'true' } },
      ],
    });
  });

  test('of a self-managed group', async () => {
    const provisioning = SpotProvisioning.selfManaged({
      allocationStrategy: SpotAllocationStrategy.CAPACITY_OPTIMIZED,
      onDemandBase: 1,
      onDemandPercentAboveBase: 10,
      maxPrice: '0.12',
    });
    const recording = await declare({}, (cluster) => {
      new SpotNodeGroup('spot', { cluster, pool: pool(), provisioning });
    });

    expect(inputsOf(recording, 'aws:autoscaling/group:Group')).toMatchSnapshot();
    expect(inputsOf(recording, 'aws:eks/accessEntry:AccessEntry')).toMatchObject({
      type: 'EC2_LINUX',
    });
    expect(inputsOf(recording, 'kubernetes:helm.sh/v3:Release')).toMatchSnapshot();
  });

  test('of two self-managed groups share one handler, one role and one queue', async () => {
    const recording = await declare({}, (cluster) => {
      for (const name of ['a', 'b']) {
        const one = NodePool.eksSpot(name, {
          instanceTypes: ['m5.xlarge', 'm6i.xlarge'],
          min: 0,
          max: 5,
        });
        new SpotNodeGroup(name, {
          cluster,
          pool: one,
          provisioning: SpotProvisioning.selfManaged(),
        });
      }
    });

    for (const type of [
      'aws:sqs/queue:Queue',
      'kubernetes:helm.sh/v3:Release',
      'aws:eks/accessEntry:AccessEntry',
    ])
      expect(ofType(recording, type)).toHaveLength(1);
    expect(ofType(recording, 'aws:autoscaling/group:Group')).toHaveLength(2);
  });

  test('of Karpenter', async () => {
    const recording = await declare({}, (cluster) => {
      const provisioning = SpotProvisioning.karpenter({ expireAfter: '168h' });
      new SpotNodeGroup('spot', { cluster, pool: pinned, provisioning });
    });

    expect(inputsOf(recording, 'kubernetes:karpenter.sh/v1:NodePool')).toMatchSnapshot();
    expect(inputsOf(recording, 'kubernetes:karpenter.k8s.aws/v1:EC2NodeClass')).toMatchSnapshot();
  });
});

test('GPU nodes bring the device plugin once, and Bottlerocket has its own', async () => {
  const of = (image: NodeImage): Promise<Recording> =>
    declare({}, (cluster) => {
      for (const name of ['a', 'b']) {
        const nodes = NodePool.eksSpot(name, { instanceTypes: ['g6.2xlarge'], min: 0, max: 2 });
        new SpotNodeGroup(name, { cluster, pool: nodes, image });
      }
    });
  const releases = async (image: NodeImage): Promise<readonly unknown[]> =>
    ofType(await of(image), 'kubernetes:helm.sh/v3:Release').map(({ inputs }) => inputs['chart']);

  expect(await releases(NodeImage.STANDARD)).toEqual(['nvidia-device-plugin']);
  expect(await releases(NodeImage.BOTTLEROCKET)).toEqual([]);
});

test('the queue of notices takes messages from the rules of its cluster only', async () => {
  const recording = await declare({}, (cluster) => {
    new SpotNodeGroup('spot', {
      cluster,
      pool: pool(),
      provisioning: SpotProvisioning.karpenter(),
    });
  });

  expect(
    JSON.parse(String(inputsOf(recording, 'aws:sqs/queuePolicy:QueuePolicy')['policy'])),
  ).toMatchSnapshot();
  expect(
    ofType(recording, 'aws:cloudwatch/eventRule:EventRule').map(
      ({ inputs }) => inputs['eventPattern'],
    ),
  ).toMatchSnapshot();
});

test('reading models takes one prefix of one bucket, and the use of its key', async () => {
  const recording = await declare({}, (cluster) => {
    const bucket = new ModelBucket('models', {
      cloud: Cloud.EKS,
      region: 'eu-west-1',
      bucketName: 'acme-models',
    });
    new ModelAccess('resnet', {
      cluster,
      bucket,
      namespace: 'serving',
      serviceAccount: 'resnet',
      prefix: 'resnet/',
    });
  });

  expect(
    JSON.parse(String(inputsOf(recording, 'aws:iam/rolePolicy:RolePolicy', 'resnet')['policy'])),
  ).toMatchSnapshot();
  expect(
    JSON.parse(String(inputsOf(recording, 'aws:iam/role:Role', 'resnet')['assumeRolePolicy'])),
  ).toMatchSnapshot();
});
