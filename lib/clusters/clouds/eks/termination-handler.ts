/*
 * aws-node-termination-handler in queue mode: cordons and drains nodes of self-managed groups when AWS says that
 * their instance goes away, then lets the group go on. Managed groups and Karpenter do it themselves.
 * @see https://github.com/aws/aws-node-termination-handler (v1.25.6, chart 0.27.6)
 */
import type * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../../../nodes/aws-partition';
import type { ClusterUse, Parent } from '../../cloud';
import { installChart } from '../../install-chart';
import { placementOn } from '../../../nodes/system-placement';
import type { EksCluster } from './cluster';
import { interruptionQueue } from './interruption-queue';
import { podRole } from './pod-role';

const NAMESPACE = 'kube-system';
const SERVICE_ACCOUNT = 'aws-node-termination-handler';

/** The handler of one cluster, and its queue. */
export class TerminationHandler {
  /** Tag of the instances that it looks after. Value: name of the cluster. */
  public static readonly TAG = 'aws-node-termination-handler/managed';

  /** What must be there before a group whose nodes it drains. */
  public readonly queueReady: readonly pulumi.Resource[];

  public constructor(
    parent: Parent,
    name: string,
    { spec, cluster, beforeNodes }: EksCluster,
    uses: ClusterUse,
  ) {
    const { clusterName, network } = spec;
    const id = `${name}-termination-handler`;
    // The group's own hook covers rebalancing, too; the others come with less delay.
    const queue = interruptionQueue(parent, id, `${clusterName}-termination`, [
      'group-terminate',
      'spot-interruption',
      'state-change',
      'health',
    ]);
    const binding = podRole(parent, id, {
      cluster,
      namespace: NAMESPACE,
      serviceAccount: SERVICE_ACCOUNT,
      statements: [
        {
          Sid: 'ReadNotices',
          Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
          Resource: queue.arn,
        },
        {
          Sid: 'LetGroupsGoOn',
          Action: ['autoscaling:CompleteLifecycleAction'],
          Resource: `arn:${partitionOf(network.region)}:autoscaling:${network.region}:*:autoScalingGroup:*:autoScalingGroupName/${clusterName}-*`,
        },
        // These take no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/ (2026-11)
        {
          Sid: 'FindInstances',
          Action: [
            'autoscaling:DescribeAutoScalingInstances',
            'autoscaling:DescribeTags',
            'ec2:DescribeInstances',
          ],
          Resource: '*',
        },
      ],
    });
    installChart(
      id,
      {
        chart: 'oci://public.ecr.aws/aws-ec2/helm/aws-node-termination-handler',
        version: '0.27.6',
        namespace: NAMESPACE,
        releaseName: 'aws-node-termination-handler',
        values: {
          enableSqsTerminationDraining: true,
          queueURL: queue.url,
          awsRegion: network.region,
          managedTag: TerminationHandler.TAG,
          checkTagBeforeDraining: true,
          // A recommendation is no notice: draining on it only churns.
          enableRebalanceDraining: false,
          serviceAccount: { name: SERVICE_ACCOUNT },
          ...placementOn(uses.systemPool),
        },
      },
      {
        parent,
        provider: uses.kubernetes,
        dependsOn: [...beforeNodes, ...binding],
      },
    );
    this.queueReady = [queue];
  }
}
