/*
 * The network of a cluster: nodes without public addresses in two or three zones, and what they need to reach
 * images and models. Zones are named, not counted: which zones an account has, and which of them offer an
 * instance type, differs, and pools are checked against the names.
 */
import * as pulumi from '@pulumi/pulumi';
import { Checks } from '../core/checks';
import { requireName } from '../core/names';
import { parseCidr } from './cidr';
import type { Cloud, ProvisionedNetwork } from './cloud';
import { NatGateways, type NetworkSpec } from './specs';

/** Arguments of a `Network`. */
export interface NetworkArgs {
  /** The cloud that it is made in. */
  readonly cloud: Cloud;
  /** Two or three zones of one region by the cloud's names, such as `eu-west-1a`. */
  readonly zones: readonly string[];
  /**
   * Addresses of nodes, and of pods and load balancers where the cloud gives those addresses of the network
   * (EKS); a block of private IPv4 addresses, /16 to /20.
   * @default - 10.0.0.0/16 on EKS, 10.0.0.0/20 on GKE
   */
  readonly cidr?: string;
  /**
   * Addresses of pods where they are apart from those of nodes (GKE); /9 to /19.
   * @default - 10.64.0.0/14 on GKE
   */
  readonly podCidr?: string;
  /**
   * How nodes reach the internet. On GKE one gateway serves all zones of the region.
   * @default NatGateways.ONE
   */
  readonly natGateways?: NatGateways;
  /**
   * Days for which flow logs are kept where the network keeps them (EKS); one of the periods of CloudWatch Logs.
   * @default 30
   */
  readonly flowLogDays?: number;
}

/** A network that is made elsewhere. */
export interface ExistingNetworkArgs {
  readonly cloud: Cloud;
  /** The zones of its subnets, by the cloud's names. */
  readonly zones: readonly string[];
  /** VPC id on EKS, name of the network on GKE. */
  readonly networkId: pulumi.Input<string>;
  /** Private subnets: on EKS one for each zone, in the order of `zones`; on GKE the one of the region. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /**
   * Name of the secondary range of pods, on GKE.
   * @default pods
   */
  readonly podRange?: string;
  /**
   * Name of the secondary range of Services, on GKE.
   * @default services
   */
  readonly serviceRange?: string;
}

const DEFAULTS = {
  natGateways: NatGateways.ONE,
  flowLogDays: 30,
  podRange: 'pods',
  serviceRange: 'services',
} as const;

/**
 * A private network over two or three zones: subnets for nodes, object storage and (on request) NAT, flow logs.
 *
 * @throws ConfigurationError when zones are of several regions, or a block of addresses is none or too small
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html (2026-11)
 * @example
 * import { Cloud, Network } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', {
 *   cloud: Cloud.EKS,
 *   zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
 * });
 */
export class Network extends pulumi.ComponentResource {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:Network';

  /**
   * A network that is made elsewhere. Nothing is created in it or changed.
   * @throws ConfigurationError when zones are of several regions or the count of subnets does not fit them
   */
  public static fromExisting(name: string, args: ExistingNetworkArgs): Network {
    return new Network(name, args);
  }

  public readonly cloud: Cloud;
  /** Zones by the cloud's names. */
  public readonly zones: readonly string[];
  /** Region of the zones. */
  public readonly region: string;
  /** VPC id on EKS, name of the network on GKE. */
  public readonly networkId: pulumi.Output<string>;
  /** Subnets of nodes. */
  public readonly subnetIds: readonly pulumi.Output<string>[];
  /** Subnets of load balancers that the internet reaches. */
  public readonly publicSubnetIds: readonly pulumi.Output<string>[];
  /** @internal */
  public readonly ready: readonly pulumi.Resource[];
  /** @internal */
  public readonly podRange: string;
  /** @internal */
  public readonly serviceRange: string;
  /** What was asked for; undefined of a network that is made elsewhere. @internal */
  public readonly spec: NetworkSpec | undefined;

  public constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions);
  /** @internal */
  public constructor(name: string, args: ExistingNetworkArgs);
  public constructor(
    public readonly name: string,
    args: NetworkArgs | ExistingNetworkArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { cloud, zones } = args;
    const spec = specOf(args);
    const checks = new Checks(`Network(${name})`);
    checkZones(checks, name, cloud, spec);
    const found = 'networkId' in args ? args : undefined;
    if (found === undefined) checkAddresses(checks, cloud, spec);
    else checkFound(checks, found);
    checks.finish();

    super(Network.token, name, {}, options);
    const made = found ? foundNetwork(found) : cloud.provisioner().network(this, name, spec);
    this.cloud = cloud;
    this.zones = zones;
    this.region = spec.region;
    this.networkId = made.networkId;
    this.subnetIds = made.subnetIds;
    this.publicSubnetIds = made.publicSubnetIds;
    this.ready = made.ready;
    this.podRange = found?.podRange ?? DEFAULTS.podRange;
    this.serviceRange = found?.serviceRange ?? DEFAULTS.serviceRange;
    this.spec = found ? undefined : spec;
    this.registerOutputs({ networkId: this.networkId, subnetIds: this.subnetIds });
  }
}

function foundNetwork({ networkId, subnetIds }: ExistingNetworkArgs): ProvisionedNetwork {
  return {
    networkId: pulumi.output(networkId),
    subnetIds: subnetIds.map((id) => pulumi.output(id)),
    publicSubnetIds: [],
    ready: [],
  };
}

function specOf({ cloud, zones, ...args }: NetworkArgs): NetworkSpec {
  const { definition } = cloud;
  return {
    region: definition.regionOf(zones[0] ?? '') ?? '',
    zones,
    cidr: args.cidr ?? definition.defaultCidr,
    podCidr: args.podCidr ?? definition.defaultPodCidr,
    natGateways: args.natGateways ?? DEFAULTS.natGateways,
    flowLogDays: args.flowLogDays ?? DEFAULTS.flowLogDays,
  };
}

function checkZones(checks: Checks, name: string, { definition }: Cloud, spec: NetworkSpec): void {
  const { zones, region } = spec;
  requireName(checks, 'name', name, 20);
  checks.require(zones.length >= 2 && zones.length <= 3, 'zones', () => ({
    got: `${zones.length} zones`,
    expected: '2 or 3',
    fix: 'name two zones at least, so that the loss of one is survived',
  }));
  checks.requireUnique(zones, 'zones', 'every zone once', 'remove the repeated zone');
  for (const zone of zones) {
    checks.require(definition.regionOf(zone) === region && region !== '', 'zones', () => ({
      got: `"${zone}"`,
      expected: `a zone of ${definition.title}${region === '' ? '' : ` in ${region}`}`,
      fix: 'name zones of one region, as the cloud writes them',
    }));
  }
}

function checkAddresses(checks: Checks, { definition }: Cloud, spec: NetworkSpec): void {
  const block = parseCidr(spec.cidr);
  const fits = block !== undefined && block.length >= 16 && block.length <= 20;
  checks.require(fits, 'cidr', () => ({
    got: `"${spec.cidr}"`,
    expected: 'a block of IPv4 addresses from /16 to /20, such as 10.0.0.0/16',
    fix: 'choose one that overlaps with no network that the cluster talks to',
  }));
  definition.checkNetwork(checks, spec);
}

function checkFound(checks: Checks, { cloud, zones, subnetIds }: ExistingNetworkArgs): void {
  const { subnetsPerZone } = cloud.definition;
  const expected = subnetsPerZone ? zones.length : 1;
  checks.require(subnetIds.length === expected, 'subnetIds', () => ({
    got: `${subnetIds.length} subnets`,
    expected: subnetsPerZone ? `${expected}, one for each zone` : 'the one subnet of the region',
    fix: 'give the private subnets, in the order of the zones',
  }));
}
