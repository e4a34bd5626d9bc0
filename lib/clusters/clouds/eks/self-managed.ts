/*
 * Auto Scaling groups of mixed instances, for what managed groups cannot do: an allocation strategy, a limit of
 * the price, a base of on-demand instances. What EKS does for managed groups is done here: nodes join by an access
 * entry, and aws-node-termination-handler drains them, told by a queue, before the group ends them.
 */
import * as autoscaling from '@pulumi/aws/autoscaling';
import * as eks from '@pulumi/aws/eks';
import * as iam from '@pulumi/aws/iam';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterUse, Parent, ProvisionedNodeGroup } from '../../cloud';
import type { NodeGroupSpec } from '../../specs';
import { SpotAllocationStrategy } from '../../../nodes/spot-provisioning';
import type { EksCluster } from './cluster';
import { amiParameter } from './images';
import { launchTemplate } from './launch-template';
import { discoveryTags, nodeTemplateTags } from './node-template-tags';
import { nodeRoleOptions, roleOf } from './roles';
import { selfManagedRoleName } from './self-managed-role';
import { subnetsIn } from './subnets';
import { TerminationHandler } from './termination-handler';
import { nodeadm } from './user-data';

/** How long a node may take to drain before its group ends it all the same. */
const DRAIN_SECONDS = 300;

/** What self-managed nodes of a cluster share; made with the first of them. */
interface Shared {
  readonly profile: iam.InstanceProfile;
  readonly ready: readonly pulumi.Resource[];
}

/** The self-managed groups of one cluster. */
export class SelfManagedNodes {
  private shared: Shared | undefined;
  private handler: TerminationHandler | undefined;

  public constructor(
    private readonly parent: Parent,
    private readonly name: string,
    private readonly eksCluster: EksCluster,
  ) {}

  /** Makes the group of a pool. */
  public nodeGroup(
    parent: Parent,
    name: string,
    group: NodeGroupSpec,
    uses: ClusterUse,
  ): ProvisionedNodeGroup {
    const { spec, cluster, version, beforeNodes } = this.eksCluster;
    const { clusterName, network } = spec;
    const { pool, zones, image, provisioning } = group;
    const { profile, ready } = this.access();
    this.handler ??= new TerminationHandler(this.parent, this.name, this.eksCluster, uses);
    const template = launchTemplate(parent, name, {
      pool,
      image,
      clusterName,
      selfManaged: {
        imageId: `resolve:ssm:${amiParameter(pool, version)}`,
        instanceProfileArn: profile.arn,
        securityGroupId: cluster.vpcConfig.apply(
          ({ clusterSecurityGroupId }) => clusterSecurityGroupId,
        ),
        userData: pulumi
          .all([cluster.endpoint, cluster.certificateAuthority, cluster.kubernetesNetworkConfig])
          .apply(
            ([apiServerEndpoint, { data: certificateAuthority }, { serviceIpv4Cidr: cidr }]) =>
              nodeadm(pool, { name: clusterName, apiServerEndpoint, certificateAuthority, cidr }) ??
              '',
          ),
      },
    });
    const options = provisioning?.selfManagedOptions ?? {};
    const resource = new autoscaling.Group(
      `${name}-nodes`,
      {
        namePrefix: `${clusterName}-${pool.name}-`,
        minSize: pool.min,
        maxSize: pool.max,
        desiredCapacity: pool.min,
        vpcZoneIdentifiers: subnetsIn(network, zones),
        capacityRebalance: true,
        // It would end nodes without a drain, past every disruption budget.
        suspendedProcesses: ['AZRebalance'],
        mixedInstancesPolicy: {
          instancesDistribution: {
            onDemandBaseCapacity: options.onDemandBase ?? 0,
            onDemandPercentageAboveBaseCapacity: options.onDemandPercentAboveBase ?? 0,
            spotAllocationStrategy:
              options.allocationStrategy ?? SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
            ...(options.maxPrice !== undefined && { spotMaxPrice: options.maxPrice }),
          },
          launchTemplate: {
            launchTemplateSpecification: {
              launchTemplateId: template.id,
              version: template.latestVersion.apply(String),
            },
            overrides: pool.shapes.map(({ instanceType }) => ({ instanceType })),
          },
        },
        initialLifecycleHooks: [
          {
            name: 'drain',
            lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
            defaultResult: 'CONTINUE',
            heartbeatTimeout: DRAIN_SECONDS,
          },
        ],
        // A new launch template replaces nodes one after the other, drained as on an interruption.
        instanceRefresh: {
          strategy: 'Rolling',
          preferences: { minHealthyPercentage: 90, skipMatching: true },
        },
        tags: Object.entries({
          Name: `${clusterName}-${pool.name}`,
          [TerminationHandler.TAG]: clusterName,
          ...discoveryTags(clusterName),
          ...nodeTemplateTags(pool),
        }).map(([key, value]) => ({
          key,
          value,
          propagateAtLaunch: !key.includes('/node-template/'),
        })),
      },
      {
        parent,
        dependsOn: [...beforeNodes, ...ready, ...this.handler.queueReady],
        ignoreChanges: ['desiredCapacity'],
      },
    );
    return { groupName: resource.name, ready: [resource] };
  }

  /** Role and instance profile of nodes that EKS does not manage, and their entry to the cluster. */
  public access(): Shared {
    if (this.shared) return this.shared;
    const { parent, name, eksCluster } = this;
    const { clusterName, network } = eksCluster.spec;
    const id = `${name}-self-managed`;
    const { role, ready } = roleOf(parent, id, {
      ...nodeRoleOptions(network.region),
      roleName: selfManagedRoleName(clusterName),
    });
    const profile = new iam.InstanceProfile(id, { role: role.name }, { parent });
    const entry = new eks.AccessEntry(
      id,
      { clusterName: eksCluster.cluster.name, principalArn: role.arn, type: 'EC2_LINUX' },
      { parent },
    );
    return (this.shared = { profile, ready: [...ready, entry] });
  }
}
