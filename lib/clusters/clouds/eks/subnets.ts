import type { Output } from '@pulumi/pulumi';
import type { ClusterNetwork } from '../../specs';

/** Private subnets of a network that are in the given zones. */
export function subnetsIn(
  { zones, subnetIds }: ClusterNetwork,
  wanted: readonly string[],
): Output<string>[] {
  return subnetIds.filter((_, index) => wanted.includes(zones[index] ?? ''));
}
