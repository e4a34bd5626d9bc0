/*
 * What is asked of a cloud, with every default filled in: plain data, but for the ids of things that exist.
 */
import type * as pulumi from '@pulumi/pulumi';
import type { NodePool } from '../nodes/node-pool';
import type { SpotProvisioning } from '../nodes/spot-provisioning';

/** How nodes without public addresses reach the internet. */
export enum NatGateways {
  /** Not at all: private endpoints for what nodes need of the cloud, nothing else. */
  NONE = 'none',
  /** One for all zones: cheap; when its zone fails, no node reaches the internet. */
  ONE = 'one',
  /** One a zone: survives the loss of a zone. */
  PER_ZONE = 'per-zone',
}

/** How soon a GKE cluster gets new versions. */
export enum ReleaseChannel {
  RAPID = 'RAPID',
  REGULAR = 'REGULAR',
  STABLE = 'STABLE',
  /** Up to 24 months on one minor version. */
  EXTENDED = 'EXTENDED',
}

/** Images of nodes. */
export enum NodeImage {
  /** Amazon Linux 2023 on EKS, Container-Optimized OS on GKE. */
  STANDARD = 'standard',
  /** Bottlerocket, which has no shell and a read-only root; EKS only. */
  BOTTLEROCKET = 'bottlerocket',
}

export interface NetworkSpec {
  readonly region: string;
  readonly zones: readonly string[];
  readonly cidr: string;
  readonly podCidr: string | undefined;
  readonly natGateways: NatGateways;
  readonly flowLogDays: number;
}

export interface ClusterSpec {
  readonly clusterName: string;
  /** Minor version; undefined where the release channel decides. */
  readonly version: string | undefined;
  /** Day on which the version is judged, `YYYY-MM-DD`. */
  readonly asOf: string;
  readonly extendedSupport: boolean;
  readonly releaseChannel: ReleaseChannel | undefined;
  readonly binaryAuthorization: boolean;
  readonly apiAccessFrom: readonly string[];
  readonly administrators: readonly string[];
  readonly addonVersions: Readonly<Record<string, string>>;
  readonly logDays: number;
  readonly deletionProtection: boolean;
  readonly systemPool: NodePool | undefined;
  readonly network: ClusterNetwork;
}

/** What a cluster needs to know of its network. */
export interface ClusterNetwork {
  readonly name: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly networkId: pulumi.Output<string>;
  readonly subnetIds: readonly pulumi.Output<string>[];
  readonly ready: readonly pulumi.Resource[];
  /** Names of the secondary ranges of pods and Services, on GKE. */
  readonly podRange: string;
  readonly serviceRange: string;
}

export interface NodeGroupSpec {
  readonly pool: NodePool;
  /** Zones that its nodes may be in. */
  readonly zones: readonly string[];
  readonly image: NodeImage;
  readonly maxUnavailable: number;
  readonly provisioning: SpotProvisioning | undefined;
}
