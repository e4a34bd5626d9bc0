import { partitionOf } from '../../nodes/aws-partition';
import { AddonIdentity, type Permission } from '../addon-identity';
import type { HelmChartDefinition } from '../helm-chart';

/** Tag of what the controller made. Value: name of the cluster. */
const CLUSTER = 'elbv2.k8s.aws/cluster';

/**
 * Load balancers for the Ingresses and Services of one cluster. Web firewalls, Shield and Cognito are switched off,
 * and so are the rights to them.
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json (3.2.2)
 */
export const awsLoadBalancerController: HelmChartDefinition = {
  id: 'aws-load-balancer-controller',
  chart: 'aws-load-balancer-controller',
  repository: 'https://aws.github.io/eks-charts',
  version: '3.2.2',
  namespace: 'kube-system',
  clouds: ['eks'],
  needsNetworkId: true,
  values: ({ clusterName, region, networkId, placement }) => ({
    clusterName,
    region,
    // Pods cannot ask the instance for it.
    vpcId: networkId,
    serviceAccount: { name: 'aws-load-balancer-controller' },
    enableShield: false,
    enableWaf: false,
    enableWafv2: false,
    ...placement,
  }),
  identity: AddonIdentity.of({
    namespace: 'kube-system',
    serviceAccount: 'aws-load-balancer-controller',
    permissions,
  }),
};

/** Reads, and what AWS cannot confine to a resource, with `*`; writes only to what has the controller's tag. */
function permissions({ region }: { readonly region: string }): readonly Permission[] {
  const partition = partitionOf(region);
  const elb = (...kinds: readonly string[]): string[] =>
    kinds.map((kind) => `arn:${partition}:elasticloadbalancing:${region}:*:${kind}`);
  const groups = `arn:${partition}:ec2:${region}:*:security-group/*`;
  const balancers = elb('targetgroup/*/*', 'loadbalancer/net/*/*', 'loadbalancer/app/*/*');
  const listeners = elb(
    'listener/net/*/*/*',
    'listener/app/*/*/*',
    'listener-rule/net/*/*/*',
    'listener-rule/app/*/*/*',
  );
  const requested = { Null: { [`aws:RequestTag/${CLUSTER}`]: 'false' } };
  const own = { Null: { [`aws:ResourceTag/${CLUSTER}`]: 'false' } };
  const retag = {
    Null: { [`aws:RequestTag/${CLUSTER}`]: 'true', [`aws:ResourceTag/${CLUSTER}`]: 'false' },
  };
  return [
    {
      Sid: 'MakeTheServiceRole',
      Action: ['iam:CreateServiceLinkedRole'],
      Resource: `arn:${partition}:iam::*:role/aws-service-role/elasticloadbalancing.amazonaws.com/*`,
      Condition: { StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' } },
    },
    {
      Sid: 'ReadNetworksAndBalancers',
      Action: [
        'acm:ListCertificates',
        'ec2:DescribeAccountAttributes',
        'ec2:DescribeAddresses',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeInstances',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeTags',
        'ec2:DescribeVpcPeeringConnections',
        'ec2:DescribeVpcs',
        'elasticloadbalancing:DescribeCapacityReservation',
        'elasticloadbalancing:DescribeListenerAttributes',
        'elasticloadbalancing:DescribeListenerCertificates',
        'elasticloadbalancing:DescribeListeners',
        'elasticloadbalancing:DescribeLoadBalancerAttributes',
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeRules',
        'elasticloadbalancing:DescribeSSLPolicies',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeTargetGroupAttributes',
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeTargetHealth',
        'elasticloadbalancing:DescribeTrustStores',
      ],
      Resource: '*',
    },
    {
      Sid: 'ReadCertificates',
      Action: ['acm:DescribeCertificate'],
      Resource: `arn:${partition}:acm:${region}:*:certificate/*`,
    },
    {
      Sid: 'ReadSecurityGroupsOfNetworks',
      Action: ['ec2:GetSecurityGroupsForVpc'],
      Resource: `arn:${partition}:ec2:${region}:*:vpc/*`,
    },
    {
      Sid: 'OpenPortsOfNodes',
      Action: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'],
      Resource: groups,
    },
    {
      Sid: 'MakeSecurityGroups',
      Action: ['ec2:CreateSecurityGroup'],
      Resource: [groups, `arn:${partition}:ec2:${region}:*:vpc/*`],
    },
    {
      Sid: 'TagNewSecurityGroups',
      Action: ['ec2:CreateTags'],
      Resource: groups,
      Condition: { ...requested, StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' } },
    },
    {
      Sid: 'TagOwnSecurityGroups',
      Action: ['ec2:CreateTags', 'ec2:DeleteTags'],
      Resource: groups,
      Condition: retag,
    },
    {
      Sid: 'DeleteOwnSecurityGroups',
      Action: ['ec2:DeleteSecurityGroup'],
      Resource: groups,
      Condition: own,
    },
    {
      Sid: 'MakeBalancers',
      Action: ['elasticloadbalancing:CreateLoadBalancer', 'elasticloadbalancing:CreateTargetGroup'],
      Resource: balancers,
      Condition: requested,
    },
    {
      Sid: 'ChangeListeners',
      Action: [
        'elasticloadbalancing:AddListenerCertificates',
        'elasticloadbalancing:CreateListener',
        'elasticloadbalancing:CreateRule',
        'elasticloadbalancing:DeleteListener',
        'elasticloadbalancing:DeleteRule',
        'elasticloadbalancing:ModifyListener',
        'elasticloadbalancing:ModifyListenerAttributes',
        'elasticloadbalancing:ModifyRule',
        'elasticloadbalancing:RemoveListenerCertificates',
        'elasticloadbalancing:SetRulePriorities',
      ],
      Resource: [...balancers, ...listeners],
    },
    {
      Sid: 'TagOwnBalancers',
      Action: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'],
      Resource: balancers,
      Condition: retag,
    },
    {
      Sid: 'TagListeners',
      Action: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'],
      Resource: listeners,
    },
    {
      Sid: 'TagNewBalancers',
      Action: ['elasticloadbalancing:AddTags'],
      Resource: balancers,
      Condition: {
        ...requested,
        StringEquals: {
          'elasticloadbalancing:CreateAction': ['CreateTargetGroup', 'CreateLoadBalancer'],
        },
      },
    },
    {
      Sid: 'ChangeOwnBalancers',
      Action: [
        'elasticloadbalancing:DeleteLoadBalancer',
        'elasticloadbalancing:DeleteTargetGroup',
        'elasticloadbalancing:ModifyLoadBalancerAttributes',
        'elasticloadbalancing:ModifyTargetGroup',
        'elasticloadbalancing:ModifyTargetGroupAttributes',
        'elasticloadbalancing:SetIpAddressType',
        'elasticloadbalancing:SetSecurityGroups',
        'elasticloadbalancing:SetSubnets',
      ],
      Resource: balancers,
      Condition: own,
    },
    {
      Sid: 'SetTargets',
      Action: ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
      Resource: elb('targetgroup/*/*'),
    },
  ];
}
