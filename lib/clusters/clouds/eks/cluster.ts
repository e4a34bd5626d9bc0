/*
 * An EKS cluster: who may use its API is in access entries, where it can be reached is private unless address
 * blocks are given, its secrets are encrypted with a key of its own, and all five logs are kept.
 */
import * as cloudwatch from '@pulumi/aws/cloudwatch';
import * as eks from '@pulumi/aws/eks';
import type * as iam from '@pulumi/aws/iam';
import * as kms from '@pulumi/aws/kms';
import * as pulumi from '@pulumi/pulumi';
import type { Parent, ProvisionedCluster } from '../../cloud';
import { partitionOf } from '../../../nodes/aws-partition';
import { kubeconfigOf } from '../../kubeconfig';
import { NodeImage, type ClusterSpec } from '../../specs';
import type { SpotProvisioningKind } from '../../../nodes/spot-provisioning';
import { access } from './access';
import { coreAddons, workloadAddons } from './addons';
import { trust } from './iam-documents';
import { devicePlugin } from './device-plugin';
import { Karpenter } from './karpenter';
import { managedNodeGroup } from './managed-node-group';
import { podRole } from './pod-role';
import { nodeRoleOptions, roleOf } from './roles';
import { SelfManagedNodes } from './self-managed';
import { DEFAULT_VERSION, endsSoon } from './versions';

/** What the kinds of node groups need of their cluster. */
export interface EksCluster {
  readonly spec: ClusterSpec;
  readonly version: string;
  readonly cluster: eks.Cluster;
  /** What must run before a node can join and be used. */
  readonly beforeNodes: readonly pulumi.Resource[];
  /** Role of managed nodes; EKS itself lets it in. */
  readonly nodeRole: iam.Role;
}

/** Makes the cluster of `spec`. */
export function cluster(parent: Parent, name: string, spec: ClusterSpec): ProvisionedCluster {
  const warning = endsSoon(spec);
  if (warning !== undefined) void pulumi.log.warn(warning, parent);
  const child = { parent };
  const { clusterName, apiAccessFrom, network } = spec;
  const version = spec.version ?? DEFAULT_VERSION;
  const tags = { Name: clusterName };

  const key = new kms.Key(
    `${name}-secrets`,
    {
      description: `Secrets of the EKS cluster ${clusterName}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags,
    },
    child,
  );
  // Made first: EKS would make it without an end to what it keeps.
  const logs = new cloudwatch.LogGroup(
    `${name}-control-plane`,
    { name: `/aws/eks/${clusterName}/cluster`, retentionInDays: spec.logDays, tags },
    child,
  );
  const { role, ready } = roleOf(parent, `${name}-control-plane`, {
    trust: trust('eks.amazonaws.com', ['sts:AssumeRole']),
    managed: { region: network.region, policies: ['AmazonEKSClusterPolicy'] },
  });
  const resource = new eks.Cluster(
    `${name}-cluster`,
    {
      name: clusterName,
      version,
      roleArn: role.arn,
      // Whoever makes the cluster administers it; all others are in `administrators`. No aws-auth.
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
      bootstrapSelfManagedAddons: false,
      deletionProtection: spec.deletionProtection,
      enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      encryptionConfig: { provider: { keyArn: key.arn }, resources: ['secrets'] },
      upgradePolicy: { supportType: spec.extendedSupport ? 'EXTENDED' : 'STANDARD' },
      vpcConfig: {
        subnetIds: [...network.subnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: apiAccessFrom.length > 0,
        ...(apiAccessFrom.length > 0 && { publicAccessCidrs: [...apiAccessFrom] }),
      },
      tags,
    },
    { parent, dependsOn: [...ready, logs] },
  );
  administrators(parent, name, spec, resource);
  const nodes = roleOf(parent, `${name}-nodes`, nodeRoleOptions(network.region));
  const made: EksCluster = {
    spec,
    version,
    cluster: resource,
    nodeRole: nodes.role,
    beforeNodes: [
      ...network.ready,
      ...nodes.ready,
      ...coreAddons(parent, name, spec, { cluster: resource, version }),
    ],
  };
  workloadAddons(parent, name, spec, { cluster: resource, version });
  const selfManaged = new SelfManagedNodes(parent, name, made);
  const karpenter = new Karpenter(parent, name, made, selfManaged);

  let plugin: pulumi.Resource | undefined;
  const makers: Readonly<Record<SpotProvisioningKind, ProvisionedCluster['nodeGroup']>> = {
    managed: (owner, groupName, group) => managedNodeGroup(owner, groupName, group, made),
    'self-managed': (...args) => selfManaged.nodeGroup(...args),
    karpenter: (...args) => karpenter.nodeGroup(...args),
  };
  return {
    endpoint: resource.endpoint,
    kubeconfig: kubeconfigOf({
      clusterName,
      server: resource.endpoint,
      certificateAuthority: resource.certificateAuthority.data,
      exec: {
        command: 'aws',
        args: ['eks', 'get-token', '--region', network.region, '--cluster-name', clusterName],
      },
    }),
    kubeconfigCommand: `aws eks update-kubeconfig --region ${network.region} --name ${clusterName}`,
    nodeGroup: (owner, groupName, group, uses) => {
      if (group.pool.accelerator && group.image !== NodeImage.BOTTLEROCKET)
        plugin ??= devicePlugin(parent, name, made, uses);
      return makers[group.provisioning?.kind ?? 'managed'](owner, groupName, group, uses);
    },
    identity: (owner, id, { permissions, ...account }) =>
      podRole(owner, id, { cluster: resource, ...account, statements: permissions }),
    access: (owner, accessName, request) => access(owner, accessName, request, made),
  };
}

function administrators(
  parent: Parent,
  name: string,
  spec: ClusterSpec,
  resource: eks.Cluster,
): void {
  for (const principalArn of spec.administrators) {
    const id = `${name}-${principalArn.split('/').pop() ?? ''}`;
    const entry = new eks.AccessEntry(id, { clusterName: resource.name, principalArn }, { parent });
    new eks.AccessPolicyAssociation(
      id,
      {
        clusterName: resource.name,
        principalArn: entry.principalArn,
        policyArn: `arn:${partitionOf(spec.network.region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
        accessScope: { type: 'cluster' },
      },
      { parent },
    );
  }
}
