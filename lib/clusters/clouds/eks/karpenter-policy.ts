/*
 * What Karpenter's controller may do: start, tag and end instances of this cluster, and nothing of others.
 * @see https://karpenter.sh/docs/reference/cloudformation/ (1.14)
 */
import type * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../../../nodes/aws-partition';
import type { Statement } from './iam-documents';

/** Whose controller it is. */
export interface ControllerOptions {
  readonly clusterName: string;
  readonly region: string;
  readonly queueArn: pulumi.Output<string>;
  readonly clusterArn: pulumi.Output<string>;
  readonly nodeRoleName: string;
}

/** The statements of the controller's policy. */
export function controllerStatements(options: ControllerOptions): readonly Statement[] {
  const { clusterName, region, queueArn, clusterArn, nodeRoleName } = options;
  const partition = partitionOf(region);
  const ec2 = (...kinds: readonly string[]): string[] =>
    kinds.map((kind) => `arn:${partition}:ec2:${region}:*:${kind}/*`);
  /** What a node is made of. */
  const started = ec2(
    'fleet',
    'instance',
    'volume',
    'network-interface',
    'launch-template',
    'spot-instances-request',
  );
  const owned = `kubernetes.io/cluster/${clusterName}`;
  const requested = {
    StringEquals: {
      [`aws:RequestTag/${owned}`]: 'owned',
      'aws:RequestTag/eks:eks-cluster-name': clusterName,
    },
    StringLike: { 'aws:RequestTag/karpenter.sh/nodepool': '*' },
  };
  const existing = {
    StringEquals: { [`aws:ResourceTag/${owned}`]: 'owned' },
    StringLike: { 'aws:ResourceTag/karpenter.sh/nodepool': '*' },
  };
  const profileOwned = (kind: 'Request' | 'Resource'): Record<string, string> => ({
    [`aws:${kind}Tag/${owned}`]: 'owned',
    [`aws:${kind}Tag/topology.kubernetes.io/region`]: region,
  });
  const profiles = `arn:${partition}:iam::*:instance-profile/*`;
  return [
    {
      Sid: 'UseForInstances',
      Action: ['ec2:RunInstances', 'ec2:CreateFleet'],
      Resource: [
        `arn:${partition}:ec2:${region}::image/*`,
        `arn:${partition}:ec2:${region}::snapshot/*`,
        ...ec2('security-group', 'subnet', 'capacity-reservation'),
      ],
    },
    {
      Sid: 'UseOwnLaunchTemplates',
      Action: ['ec2:RunInstances', 'ec2:CreateFleet'],
      Resource: ec2('launch-template'),
      Condition: existing,
    },
    {
      Sid: 'StartTaggedInstances',
      Action: ['ec2:RunInstances', 'ec2:CreateFleet', 'ec2:CreateLaunchTemplate'],
      Resource: started,
      Condition: requested,
    },
    {
      Sid: 'TagWhatIsStarted',
      Action: ['ec2:CreateTags'],
      Resource: started,
      Condition: {
        ...requested,
        StringEquals: {
          ...requested.StringEquals,
          'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'],
        },
      },
    },
    {
      Sid: 'TagOwnInstances',
      Action: ['ec2:CreateTags'],
      Resource: ec2('instance'),
      Condition: {
        ...existing,
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['eks:eks-cluster-name', 'karpenter.sh/nodeclaim', 'Name'],
        },
      },
    },
    {
      Sid: 'EndOwnInstances',
      Action: ['ec2:TerminateInstances', 'ec2:DeleteLaunchTemplate'],
      Resource: ec2('instance', 'launch-template'),
      Condition: existing,
    },
    // Reads of EC2, prices and instance profiles take no resource.
    {
      Sid: 'ReadTheRegion',
      Action: [
        'ec2:DescribeCapacityReservations',
        'ec2:DescribeImages',
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceStatus',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSpotPriceHistory',
        'ec2:DescribeSubnets',
      ],
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': region } },
    },
    { Sid: 'ReadPrices', Action: ['pricing:GetProducts'], Resource: '*' },
    { Sid: 'ListProfiles', Action: ['iam:ListInstanceProfiles'], Resource: '*' },
    {
      Sid: 'ReadImages',
      Action: ['ssm:GetParameter'],
      Resource: `arn:${partition}:ssm:${region}::parameter/aws/service/*`,
    },
    {
      Sid: 'ReadNotices',
      Action: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
      Resource: queueArn,
    },
    {
      Sid: 'GiveNodesTheirRole',
      Action: ['iam:PassRole'],
      Resource: `arn:${partition}:iam::*:role/${nodeRoleName}`,
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    },
    {
      Sid: 'MakeProfiles',
      Action: ['iam:CreateInstanceProfile', 'iam:TagInstanceProfile'],
      Resource: profiles,
      Condition: { StringEquals: profileOwned('Request') },
    },
    {
      Sid: 'ChangeOwnProfiles',
      Action: [
        'iam:AddRoleToInstanceProfile',
        'iam:RemoveRoleFromInstanceProfile',
        'iam:DeleteInstanceProfile',
      ],
      Resource: profiles,
      Condition: { StringEquals: profileOwned('Resource') },
    },
    { Sid: 'ReadProfiles', Action: ['iam:GetInstanceProfile'], Resource: profiles },
    { Sid: 'FindTheApiServer', Action: ['eks:DescribeCluster'], Resource: clusterArn },
  ];
}
