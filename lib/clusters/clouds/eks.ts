/*
 * Amazon EKS: what is checked before a resource is declared. The resources are in the folder `eks`.
 */
import type { Checks } from '../../core/checks';
import type { NodePool } from '../../nodes/node-pool';
import { parseCidr, sizeOf } from '../cidr';
import type { CloudDefinition, CloudProvisioner } from '../cloud';
import { NodeImage, type ClusterSpec, type NetworkSpec, type NodeGroupSpec } from '../specs';
import { ADDON_NAMES } from './eks/addon-definitions';
import { checkVersion } from './eks/versions';

/** Addresses of a subnet that AWS keeps for itself. */
const RESERVED_ADDRESSES = 5;

/** Prefixes of what a managed group is called in AWS are at most that long. */
const LONGEST_GROUP_NAME = 36;

/** AWS takes keys of tags of at most 128 characters; that is what is left of them for a label. */
const LONGEST_TAGGED_KEY = 128 - 'k8s.io/cluster-autoscaler/node-template/label/'.length;

/** Periods for which CloudWatch Logs keeps entries, in days. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653];

/** @see https://docs.aws.amazon.com/eks/latest/userguide/ (2026-11) */
export const eks: CloudDefinition = {
  id: 'eks',
  title: 'EKS',
  sdk: '@pulumi/aws',
  bucketScheme: 's3://',
  subnetsPerZone: true,
  defaultCidr: '10.0.0.0/16',
  defaultPodCidr: undefined,
  regionOf: (zone) => /^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]$/.exec(zone)?.[1],
  checkNetwork,
  checkCluster,
  checkNodeGroup,
  addresses,
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loads the SDK on first use
  load: () => (require('./eks/provisioner') as { eksProvisioner: CloudProvisioner }).eksProvisioner,
};

function checkNetwork(checks: Checks, { podCidr, flowLogDays }: NetworkSpec): void {
  checks.require(podCidr === undefined, 'podCidr', () => ({
    got: `"${String(podCidr)}"`,
    expected: 'none: pods of EKS have addresses of the network',
    fix: 'leave it out and size cidr for nodes and pods',
  }));
  requireLogDays(checks, 'flowLogDays', flowLogDays);
}

function requireLogDays(checks: Checks, property: string, days: number): void {
  checks.require(LOG_DAYS.includes(days), property, () => ({
    got: `${days} days`,
    expected: `one of the periods of CloudWatch Logs: ${LOG_DAYS.join(', ')} days`,
    fix: 'choose the next longer one',
  }));
}

function checkCluster(checks: Checks, spec: ClusterSpec): void {
  checkVersion(checks, spec);
  requireLogDays(checks, 'logDays', spec.logDays);
  checks.require(spec.releaseChannel === undefined, 'releaseChannel', () => ({
    got: String(spec.releaseChannel),
    expected: 'none: EKS has no release channels',
    fix: 'set version, and extendedSupport to stay on it for longer',
  }));
  checks.require(!spec.binaryAuthorization, 'binaryAuthorization', () => ({
    got: 'true',
    expected: 'false: Binary Authorization is a service of Google Cloud',
    fix: 'verify images with an admission controller of the cluster',
  }));
  for (const name of Object.keys(spec.addonVersions)) {
    checks.require(ADDON_NAMES.includes(name), 'addonVersions', () => ({
      got: `"${name}"`,
      expected: ADDON_NAMES.join(', '),
      fix: 'name an add-on that the library installs',
    }));
  }
  for (const principal of spec.administrators) {
    checks.require(
      /^arn:aws[\w-]*:iam::\d{12}:(role|user)\//.test(principal),
      'administrators',
      () => ({
        got: `"${principal}"`,
        expected: 'the ARN of an IAM role or user',
        fix: 'give the role that people assume, not the session',
      }),
    );
  }
}

function checkNodeGroup(checks: Checks, { pool, provisioning, image }: NodeGroupSpec): void {
  checks.require(pool.name.length <= LONGEST_GROUP_NAME, 'pool', () => ({
    got: `the name "${pool.name}" (${pool.name.length} characters)`,
    expected: `at most ${LONGEST_GROUP_NAME}, as AWS adds a suffix`,
    fix: 'shorten the name of the pool',
  }));
  for (const key of [...Object.keys(pool.labels), ...pool.taints.map((taint) => taint.key)]) {
    checks.require(key.length <= LONGEST_TAGGED_KEY, 'pool', () => ({
      got: `the label or taint "${key}" (${key.length} characters)`,
      expected: `at most ${LONGEST_TAGGED_KEY}, to be written as a tag, by which the autoscaler knows the nodes of an empty group`,
      fix: 'shorten the key',
    }));
  }
  checks.require(
    provisioning?.kind !== 'self-managed' || image === NodeImage.STANDARD,
    'image',
    () => ({
      got: image,
      expected: 'NodeImage.STANDARD with SpotProvisioning.selfManaged()',
      fix: 'use the standard image, or a managed group',
    }),
  );
  checks.require(provisioning?.kind !== 'karpenter' || pool.min === 0, 'pool', () => ({
    got: `min ${pool.min}`,
    expected: 'min 0 with SpotProvisioning.karpenter(), which starts nodes for pods only',
    fix: 'set min to 0, or keep nodes by another provisioning',
  }));
}

function addresses({ cidr, zones }: NetworkSpec): {
  available: number;
  what: string;
  perNode: (pool: NodePool) => number;
} {
  const block = parseCidr(cidr);
  const subnet = block === undefined ? 0 : sizeOf(block.length + 2) - RESERVED_ADDRESSES;
  return {
    available: subnet * zones.length,
    what: 'addresses of the private subnets',
    // The CNI plugin keeps the addresses of whole interfaces: one for each pod that may come, one for the node.
    perNode: (pool) => pool.allocatable.pods + 1,
  };
}
