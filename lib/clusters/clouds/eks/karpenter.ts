/*
 * Karpenter: starts nodes one by one for the pods that wait, and drains them itself, told by a queue. The first
 * pool of a cluster that asks for it brings the controller along.
 * @see https://karpenter.sh/docs/ (1.14)
 */
import * as pulumi from '@pulumi/pulumi';
import { AppliedObject } from '../../applied-object';
import type { ClusterUse, Parent, ProvisionedNodeGroup } from '../../cloud';
import { installChart } from '../../install-chart';
import type { NodeGroupSpec } from '../../specs';
import { placementOn } from '../../../nodes/system-placement';
import type { EksCluster } from './cluster';
import { interruptionQueue } from './interruption-queue';
import { controllerStatements } from './karpenter-policy';
import { karpenterObjects } from './karpenter-objects';
import { podRole } from './pod-role';
import type { SelfManagedNodes } from './self-managed';
import { selfManagedRoleName } from './self-managed-role';

const NAMESPACE = 'kube-system';
const SERVICE_ACCOUNT = 'karpenter';

/** The Karpenter of one cluster. */
export class Karpenter {
  private controller: pulumi.Resource | undefined;

  public constructor(
    private readonly parent: Parent,
    private readonly name: string,
    private readonly eksCluster: EksCluster,
    private readonly selfManaged: SelfManagedNodes,
  ) {}

  /** Makes the `NodePool` and `EC2NodeClass` of a pool. */
  public nodeGroup(
    parent: Parent,
    name: string,
    group: NodeGroupSpec,
    uses: ClusterUse,
  ): ProvisionedNodeGroup {
    const { beforeNodes, spec } = this.eksCluster;
    const { ready } = this.selfManaged.access();
    this.controller ??= this.install(uses);
    const [nodeClass, nodePool] = karpenterObjects(group, spec);
    const options = {
      parent,
      provider: uses.kubernetes,
      dependsOn: [this.controller, ...beforeNodes, ...ready],
    };
    const first = new AppliedObject(`${name}-node-class`, nodeClass, options);
    const pool = new AppliedObject(`${name}-node-pool`, nodePool, {
      ...options,
      dependsOn: [first],
    });
    return { groupName: pulumi.output(group.pool.name), ready: [pool] };
  }

  private install(uses: ClusterUse): pulumi.Resource {
    const { parent, name, eksCluster } = this;
    const { cluster, spec, beforeNodes } = eksCluster;
    const { clusterName, network } = spec;
    const id = `${name}-karpenter`;
    const queueName = `${clusterName}-karpenter`;
    const queue = interruptionQueue(parent, id, queueName, [
      'spot-interruption',
      'rebalance',
      'state-change',
      'health',
    ]);
    const bound = podRole(parent, id, {
      cluster,
      namespace: NAMESPACE,
      serviceAccount: SERVICE_ACCOUNT,
      statements: controllerStatements({
        clusterName,
        region: network.region,
        queueArn: queue.arn,
        clusterArn: cluster.arn,
        nodeRoleName: selfManagedRoleName(clusterName),
      }),
    });
    return installChart(
      id,
      {
        chart: 'oci://public.ecr.aws/karpenter/karpenter',
        version: '1.14.1',
        namespace: NAMESPACE,
        releaseName: 'karpenter',
        values: {
          settings: { clusterName, interruptionQueue: queueName },
          serviceAccount: { name: SERVICE_ACCOUNT },
          ...placementOn(uses.systemPool),
        },
      },
      {
        parent,
        provider: uses.kubernetes,
        dependsOn: [...beforeNodes, ...bound, queue],
      },
    );
  }
}
