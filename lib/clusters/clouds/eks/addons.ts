/*
 * The software of a cluster that EKS itself keeps: what nodes need before they join, and what runs on nodes.
 */
import * as eks from '@pulumi/aws/eks';
import type * as pulumi from '@pulumi/pulumi';
import type { Parent } from '../../cloud';
import type { ClusterSpec } from '../../specs';
import { placementOn, type PodPlacement } from '../../system-placement';
import { trustPods } from './iam-documents';
import { roleOf } from './roles';

/** Where an add-on's own service account gets its rights from. */
interface AddonIdentity {
  readonly serviceAccount: string;
  /** Name of the policy that AWS keeps for it. */
  readonly policyName: string;
}

interface AddonDefinition {
  readonly addonName: string;
  /** Settings of the add-on; `placement` puts its pods on the pool for control software. */
  configuration?(placement: PodPlacement): object;
  readonly identity?: AddonIdentity;
}

/** Run on every node, and must be there before the first one joins. */
const CORE: readonly AddonDefinition[] = [
  { addonName: 'eks-pod-identity-agent' },
  { addonName: 'kube-proxy' },
  {
    addonName: 'vpc-cni',
    // Without it the cluster accepts NetworkPolicies and enforces none.
    configuration: () => ({ enableNetworkPolicy: 'true' }),
    identity: { serviceAccount: 'aws-node', policyName: 'AmazonEKS_CNI_Policy' },
  },
];

/** Run on some nodes, and become ready with the first ones. */
const WORKLOADS: readonly AddonDefinition[] = [
  { addonName: 'coredns', configuration: (placement) => placement },
  { addonName: 'metrics-server', configuration: (placement) => placement },
  {
    addonName: 'aws-ebs-csi-driver',
    configuration: (placement) => ({ controller: placement }),
    identity: {
      serviceAccount: 'ebs-csi-controller-sa',
      policyName: 'service-role/AmazonEBSCSIDriverPolicy',
    },
  },
];

/** Names of the add-ons whose versions can be set. */
export const ADDON_NAMES = [...CORE, ...WORKLOADS].map(({ addonName }) => addonName);

interface Target {
  readonly cluster: eks.Cluster;
  readonly version: string;
}

/** The add-ons that nodes need before they join. */
export function coreAddons(
  parent: Parent,
  name: string,
  spec: ClusterSpec,
  target: Target,
): pulumi.Resource[] {
  return CORE.map((definition) => addon(parent, name, spec, target, definition));
}

/** The add-ons that run on nodes. */
export function workloadAddons(
  parent: Parent,
  name: string,
  spec: ClusterSpec,
  target: Target,
): void {
  for (const definition of WORKLOADS) addon(parent, name, spec, target, definition);
}

function addon(
  parent: Parent,
  name: string,
  spec: ClusterSpec,
  { cluster, version }: Target,
  { addonName, configuration, identity }: AddonDefinition,
): pulumi.Resource {
  const id = `${name}-${addonName}`;
  const settings = configuration?.(placementOn(spec.systemPool));
  const pinned = spec.addonVersions[addonName];
  const addonVersion =
    pinned ??
    eks.getAddonVersionOutput({ addonName, kubernetesVersion: version }, { parent }).version;
  const role =
    identity &&
    roleOf(parent, id, {
      trust: trustPods('kube-system', identity.serviceAccount),
      managed: { region: spec.network.region, policies: [identity.policyName] },
    });
  return new eks.Addon(
    id,
    {
      clusterName: cluster.name,
      addonName,
      addonVersion,
      ...(settings &&
        Object.keys(settings).length > 0 && { configurationValues: JSON.stringify(settings) }),
      ...(role && {
        podIdentityAssociations: [
          { serviceAccount: identity.serviceAccount, roleArn: role.role.arn },
        ],
      }),
      resolveConflictsOnCreate: 'OVERWRITE',
      resolveConflictsOnUpdate: 'OVERWRITE',
    },
    {
      parent,
      dependsOn: [...(role?.ready ?? [])],
      // What EKS recommends moves on; the cluster does not until somebody says so.
      ...(pinned === undefined && { ignoreChanges: ['addonVersion'] }),
    },
  );
}
