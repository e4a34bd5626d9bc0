/*
 * Google Kubernetes Engine: what is checked before a resource is declared. The resources are in the folder `gke`.
 */
import type { Checks } from '../../core/checks';
import type { NodePool } from '../../nodes/node-pool';
import { parseCidr, sizeOf } from '../cidr';
import type { AddressPlan, CloudDefinition, CloudProvisioner } from '../cloud';
import {
  NatGateways,
  NodeImage,
  type ClusterSpec,
  type NetworkSpec,
  type NodeGroupSpec,
} from '../specs';

/** GKE takes names of clusters and node pools of at most that many characters. */
const LONGEST_NAME = 40;

/** @see https://cloud.google.com/kubernetes-engine/docs (2026-11) */
export const gke: CloudDefinition = {
  id: 'gke',
  title: 'GKE',
  sdk: '@pulumi/gcp',
  bucketScheme: 'gs://',
  subnetsPerZone: false,
  defaultCidr: '10.0.0.0/20',
  defaultPodCidr: '10.64.0.0/14',
  regionOf: (zone) => /^([a-z]+(?:-[a-z]+)+\d+)-[a-z]$/.exec(zone)?.[1],
  checkNetwork,
  checkCluster,
  checkNodeGroup,
  addresses,
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loads the SDK on first use
  load: () => (require('./gke/provisioner') as { gkeProvisioner: CloudProvisioner }).gkeProvisioner,
};

function checkNetwork(checks: Checks, { podCidr = '', natGateways }: NetworkSpec): void {
  const block = parseCidr(podCidr);
  checks.require(block !== undefined && block.length >= 9 && block.length <= 19, 'podCidr', () => ({
    got: `"${podCidr}"`,
    expected: 'a block of IPv4 addresses from /9 to /19, such as 10.64.0.0/14',
    fix: 'choose one that overlaps with no network that the cluster talks to',
  }));
  checks.require(natGateways !== NatGateways.PER_ZONE, 'natGateways', () => ({
    got: natGateways,
    expected: `${NatGateways.ONE} or ${NatGateways.NONE}: Cloud NAT serves all zones of a region and survives the loss of one`,
    fix: 'set NatGateways.ONE',
  }));
}

function checkCluster(checks: Checks, spec: ClusterSpec): void {
  checks.require(spec.clusterName.length <= LONGEST_NAME, 'clusterName', () => ({
    got: `"${spec.clusterName}" (${spec.clusterName.length} characters)`,
    expected: `at most ${LONGEST_NAME}`,
    fix: 'shorten it',
  }));
  checks.require(spec.version === undefined, 'version', () => ({
    got: `"${String(spec.version)}"`,
    expected: 'none: the release channel keeps GKE clusters on a supported version',
    fix: 'leave it out, and choose how soon versions come with releaseChannel',
  }));
  checks.require(!spec.extendedSupport, 'extendedSupport', () => ({
    got: 'true',
    expected: 'false on GKE',
    fix: 'set releaseChannel: ReleaseChannel.EXTENDED',
  }));
  checks.require((spec.systemPool?.taints.length ?? 0) === 0, 'systemPool', () => ({
    got: `${String(spec.systemPool)} with taints`,
    expected: 'a pool without taints on GKE, whose own software tolerates none of ours',
    fix: 'take the taints off the pool; spot and GPU pools have theirs',
  }));
  checks.require(Object.keys(spec.addonVersions).length === 0, 'addonVersions', () => ({
    got: Object.keys(spec.addonVersions).join(', '),
    expected: 'none: GKE keeps its own software',
    fix: 'leave it out',
  }));
  for (const member of spec.administrators) {
    checks.require(
      /^(user|group|serviceAccount|principal|principalSet):/.test(member),
      'administrators',
      () => ({
        got: `"${member}"`,
        expected: 'a member of IAM, such as group:platform@example.com',
        fix: 'write its kind in front',
      }),
    );
  }
}

function checkNodeGroup(checks: Checks, { pool, provisioning, image }: NodeGroupSpec): void {
  checks.require(pool.name.length <= LONGEST_NAME, 'pool', () => ({
    got: `the name "${pool.name}" (${pool.name.length} characters)`,
    expected: `at most ${LONGEST_NAME}`,
    fix: 'shorten the name of the pool',
  }));
  checks.require(pool.shapes.length === 1, 'pool', () => ({
    got: `${pool.shapes.length} machine types`,
    expected: 'one: a node pool of GKE has one machine type',
    fix: 'make a pool for each; ModelServer.placement takes several',
  }));
  checks.require(
    provisioning === undefined || provisioning.kind === 'managed',
    'provisioning',
    () => ({
      got: `SpotProvisioning of kind ${String(provisioning?.kind)}`,
      expected: 'SpotProvisioning.managed(): GKE drains its spot nodes itself',
      fix: 'leave it out',
    }),
  );
  checks.require(image === NodeImage.STANDARD, 'image', () => ({
    got: image,
    expected: 'NodeImage.STANDARD, which is Container-Optimized OS on GKE',
    fix: 'leave it out',
  }));
}

/** Each node gets a block of its own for its pods, of at least twice as many addresses. */
function addresses({ podCidr = '' }: NetworkSpec): AddressPlan {
  const block = parseCidr(podCidr);
  return {
    available: block === undefined ? 0 : sizeOf(block.length),
    what: 'addresses of podCidr',
    perNode: (pool: NodePool) => 2 ** Math.ceil(Math.log2(2 * pool.allocatable.pods)),
  };
}
