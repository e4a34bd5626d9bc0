/*
 * Everything that can be wrong with a cluster autoscaler.
 */
import type { Checks } from '../core/checks';
import { requireName } from '../core/names';
import { isRegion } from '../nodes/aws-partition';
import { requirePinnedImage } from '../core/image-reference';
import { requireStableNodes } from './addon';
import type { ClusterAutoscalerProps, ResolvedClusterAutoscaler } from './cluster-autoscaler';
import { AUTOSCALER_VERSIONS } from './cluster-autoscaler-versions';

/** Records everything that is wrong with the input. */
export function checkClusterAutoscaler(
  checks: Checks,
  props: ClusterAutoscalerProps,
  resolved: ResolvedClusterAutoscaler,
): void {
  requireName(checks, 'clusterName', props.clusterName);
  checks.require(isRegion(props.region), 'region', () => ({
    got: `"${props.region}"`,
    expected: 'a region of AWS such as eu-west-1',
    fix: 'name the region of the cluster',
  }));
  checkVersion(checks, props, resolved);
  requirePinnedImage(checks, 'image', resolved.image);
  checkPools(checks, props);
  requireStableNodes(checks, props.placement, 'the autoscaler');
  checks.requireCount(resolved.replicas, 'replicas', 1, 5);
  checks.requireCount(resolved.maxNodeProvisionSeconds, 'maxNodeProvisionTime', 60, 3600, ' s');
  checks.requireCount(resolved.scaleDownUnneededSeconds, 'scaleDownUnneededTime', 60, 86_400, ' s');
  checks.requireCount(
    resolved.scaleDownUtilizationPercent,
    'scaleDownUtilizationPercent',
    1,
    99,
    ' %',
  );
}

function checkVersion(
  checks: Checks,
  { kubernetesVersion, version }: ClusterAutoscalerProps,
  { minor }: ResolvedClusterAutoscaler,
): void {
  const known = [...AUTOSCALER_VERSIONS.keys()].map((one) => `1.${one}`);
  checks.require(
    minor !== undefined && (version !== undefined || AUTOSCALER_VERSIONS.has(minor)),
    'kubernetesVersion',
    () => ({
      got: `"${kubernetesVersion}"`,
      expected: `one of ${known.join(', ')}, or version of an autoscaler for it`,
      fix: 'name the minor version of the cluster',
    }),
  );
  checks.require(
    version === undefined || (version.startsWith(`1.${minor}.`) && /^\d+\.\d+\.\d+$/.test(version)),
    'version',
    () => ({
      got: `"${String(version)}" for a cluster of ${kubernetesVersion}`,
      expected: `1.${String(minor)}.x, as the autoscaler simulates the scheduler of its own minor version`,
      fix: 'leave version out, or name one of the same minor version',
    }),
  );
}

function checkPools(
  checks: Checks,
  { pools, provisioning, placement }: ClusterAutoscalerProps,
): void {
  checks.require(pools.length > 0, 'pools', () => ({
    got: 'none',
    expected: 'the pools whose nodes it starts and ends',
    fix: 'name the pools of the cluster',
  }));
  const names = pools.map(({ name }) => name);
  checks.requireUnique(names, 'pools', 'every pool once', 'remove the repeated pool');
  const foreign = [...pools, placement].filter(({ cloud }) => cloud.definition.id !== 'eks');
  checks.require(foreign.length === 0, 'pools', () => ({
    got: foreign.map(String).join(', '),
    expected: 'pools of EKS, as GKE has an autoscaler built in, which its node pools are given to',
    fix: 'leave ClusterAutoscaler out on GKE',
  }));
  checks.require(provisioning?.kind !== 'karpenter', 'provisioning', () => ({
    got: 'SpotProvisioning.karpenter()',
    expected: 'node groups, as Karpenter starts and ends its nodes by itself',
    fix: 'leave ClusterAutoscaler out, or use managed groups',
  }));
}
