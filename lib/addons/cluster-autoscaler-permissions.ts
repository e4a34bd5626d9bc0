/*
 * What the cluster autoscaler does in AWS.
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md (1.36)
 */
import { partitionOf } from '../nodes/aws-partition';
import type { IdentityTarget, Permission } from './addon-identity';

/** Sees all groups, and changes those of its own cluster only. */
export function clusterAutoscalerPermissions({
  region,
  clusterName,
}: IdentityTarget): readonly Permission[] {
  const partition = partitionOf(region);
  return [
    // These take no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/ (2026-11)
    {
      Sid: 'SeeGroups',
      Action: [
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeAutoScalingInstances',
        'autoscaling:DescribeLaunchConfigurations',
        'autoscaling:DescribeScalingActivities',
        'ec2:DescribeImages',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:GetInstanceTypesFromInstanceRequirements',
      ],
      Resource: '*',
    },
    {
      Sid: 'SeeNodeGroups',
      Action: ['eks:DescribeNodegroup'],
      Resource: `arn:${partition}:eks:${region}:*:nodegroup/${clusterName}/*/*`,
    },
    {
      Sid: 'ScaleOwnGroups',
      Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
      Resource: `arn:${partition}:autoscaling:${region}:*:autoScalingGroup:*:autoScalingGroupName/*`,
      Condition: {
        StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${clusterName}`]: 'owned' },
      },
    },
  ];
}
