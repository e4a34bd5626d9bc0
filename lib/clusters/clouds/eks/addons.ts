/*
 * The software of a cluster that EKS itself keeps: what nodes need before they join, and what runs on nodes.
 */
import * as eks from '@pulumi/aws/eks';
import type * as pulumi from '@pulumi/pulumi';
import type { Parent } from '../../cloud';
import type { ClusterSpec } from '../../specs';
import { placementOn } from '../../../nodes/system-placement';
import { CORE_ADDONS, WORKLOAD_ADDONS, type AddonDefinition } from './addon-definitions';
import { trustPods } from './iam-documents';
import { roleOf } from './roles';

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
  return CORE_ADDONS.map((definition) => addon(parent, name, spec, target, definition));
}

/** The add-ons that run on nodes. */
export function workloadAddons(
  parent: Parent,
  name: string,
  spec: ClusterSpec,
  target: Target,
): void {
  for (const definition of WORKLOAD_ADDONS) addon(parent, name, spec, target, definition);
}

function addon(
  parent: Parent,
  name: string,
  spec: ClusterSpec,
  { cluster, version }: Target,
  definition: AddonDefinition,
): pulumi.Resource {
  const { addonName, identity } = definition;
  const id = `${name}-${addonName}`;
  const settings = definition.configuration?.(placementOn(spec.systemPool));
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
