/*
 * A VPC network with one subnet for the nodes of a region: pods and Services have ranges of their own, and what
 * Google offers is reached without a way to the internet.
 */
import * as compute from '@pulumi/gcp/compute';
import type { Parent, ProvisionedNetwork } from '../../cloud';
import { NatGateways, type NetworkSpec } from '../../specs';

/** Addresses of Services: they exist in the cluster only. */
const SERVICE_CIDR = '10.48.0.0/20';

/** Makes the network of `spec`. */
export function network(parent: Parent, name: string, spec: NetworkSpec): ProvisionedNetwork {
  const child = { parent };
  const vpc = new compute.Network(
    `${name}-network`,
    { name, autoCreateSubnetworks: false, routingMode: 'REGIONAL' },
    child,
  );
  const subnet = new compute.Subnetwork(
    `${name}-nodes`,
    {
      name: `${name}-nodes`,
      network: vpc.id,
      region: spec.region,
      ipCidrRange: spec.cidr,
      privateIpGoogleAccess: true,
      secondaryIpRanges: [
        { rangeName: 'pods', ipCidrRange: spec.podCidr ?? '' },
        { rangeName: 'services', ipCidrRange: SERVICE_CIDR },
      ],
      logConfig: {
        aggregationInterval: 'INTERVAL_10_MIN',
        flowSampling: 0.5,
        metadata: 'INCLUDE_ALL_METADATA',
      },
    },
    child,
  );
  return {
    networkId: vpc.name,
    subnetIds: [subnet.name],
    publicSubnetIds: [],
    ready: [subnet, ...(spec.natGateways === NatGateways.NONE ? [] : nat(parent, name, spec, vpc))],
  };
}

function nat(
  parent: Parent,
  name: string,
  { region }: NetworkSpec,
  vpc: compute.Network,
): readonly compute.RouterNat[] {
  const router = new compute.Router(
    `${name}-nat`,
    { name: `${name}-nat`, network: vpc.id, region },
    { parent },
  );
  return [
    new compute.RouterNat(
      `${name}-nat`,
      {
        name: `${name}-nat`,
        router: router.name,
        region,
        natIpAllocateOption: 'AUTO_ONLY',
        sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
        logConfig: { enable: true, filter: 'ERRORS_ONLY' },
      },
      { parent },
    ),
  ];
}
