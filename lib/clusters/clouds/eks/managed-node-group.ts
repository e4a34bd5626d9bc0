/*
 * A managed node group: EKS starts, replaces, upgrades and drains its nodes. On spot it spreads over the instance
 * types by price and capacity, replaces nodes on a rebalance recommendation and drains them before an interruption.
 */
import * as autoscaling from '@pulumi/aws/autoscaling';
import * as eks from '@pulumi/aws/eks';
import type { Parent, ProvisionedNodeGroup } from '../../cloud';
import type { NodeGroupSpec } from '../../specs';
import { apiTaints } from '../../taint-effects';
import type { EksCluster } from './cluster';
import { amiType } from './images';
import { launchTemplate } from './launch-template';
import { nodeTemplateTags, tagId } from './node-template-tags';
import { subnetsIn } from './subnets';

/** Makes the managed group of a pool. */
export function managedNodeGroup(
  parent: Parent,
  name: string,
  { pool, zones, image, maxUnavailable }: NodeGroupSpec,
  { spec, cluster, nodeRole, beforeNodes }: EksCluster,
): ProvisionedNodeGroup {
  const { clusterName, network } = spec;
  const template = launchTemplate(parent, name, { pool, image, clusterName });
  const group = new eks.NodeGroup(
    `${name}-nodes`,
    {
      clusterName: cluster.name,
      // A prefix, so that a group that must be replaced is made before the old one goes.
      nodeGroupNamePrefix: `${pool.name}-`,
      nodeRoleArn: nodeRole.arn,
      subnetIds: subnetsIn(network, zones),
      capacityType: pool.interruptionNotice === undefined ? 'ON_DEMAND' : 'SPOT',
      instanceTypes: pool.shapes.map(({ instanceType }) => instanceType),
      amiType: amiType(pool, image),
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      scalingConfig: { minSize: pool.min, maxSize: pool.max, desiredSize: pool.min },
      updateConfig: { maxUnavailable },
      nodeRepairConfig: { enabled: true },
      labels: pool.labels,
      taints: apiTaints(pool.taints),
      tags: { Name: `${clusterName}-${pool.name}` },
    },
    {
      parent,
      dependsOn: [...beforeNodes],
      // How many nodes there are is the autoscaler's to say.
      ignoreChanges: ['scalingConfig.desiredSize'],
    },
  );
  const groupName = group.resources.apply(([first]) => first?.autoscalingGroups[0]?.name ?? '');
  for (const [key, value] of Object.entries(nodeTemplateTags(pool))) {
    new autoscaling.Tag(
      `${name}-${tagId(key)}`,
      { autoscalingGroupName: groupName, tag: { key, value, propagateAtLaunch: false } },
      { parent },
    );
  }
  return { groupName: group.nodeGroupName, ready: [group] };
}
