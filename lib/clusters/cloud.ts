/*
 * What differs between the clouds that clusters are made in: the contract of a cloud and the registry of those
 * that ship with the library. A new cloud is one file in `clouds/` (and a folder for its resources) and one line
 * here. A cloud's SDK is loaded when the first of its resources is declared, never before.
 */
import type * as pulumi from '@pulumi/pulumi';
import type { Checks } from '../core/checks';
import { ConfigurationError } from '../core/configuration-error';
import type { NodePool } from '../nodes/node-pool';
import { eks } from './clouds/eks';
import { gke } from './clouds/gke';
import type { Permission } from '../addons/addon-identity';
import type { ClusterSpec, NetworkSpec, NodeGroupSpec } from './specs';

/** The component that resources belong to. */
export type Parent = pulumi.ComponentResource;

/** A network as its cloud made it, or as it was found. */
export interface ProvisionedNetwork {
  /** VPC id on EKS, name of the network on GKE. */
  readonly networkId: pulumi.Output<string>;
  /** Subnets of nodes: one a zone on EKS, in the order of the zones; one for the region on GKE. */
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** Subnets for load balancers that the internet reaches; none where there are none. */
  readonly publicSubnetIds: readonly pulumi.Output<string>[];
  /** What must be there before a node can reach anything: routes, gateways, endpoints. */
  readonly ready: readonly pulumi.Resource[];
}

/** Nodes as their cloud made them. */
export interface ProvisionedNodeGroup {
  /** Name of the group in its cloud. */
  readonly groupName: pulumi.Output<string>;
  /** What workloads must wait for. */
  readonly ready: readonly pulumi.Resource[];
}

/** Who may read which models. */
export interface AccessSpec {
  readonly bucketName: string;
  /** Only keys that start with it; the empty string for all. */
  readonly prefix: string;
  /** Key that the objects are encrypted with, where readers must be let use it. */
  readonly keyArn: pulumi.Input<string> | undefined;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Whose pods may do what in the cloud. */
export interface IdentitySpec {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly permissions: readonly Permission[];
}

/** A cluster as its cloud made it. */
export interface ProvisionedCluster {
  /** Address of the API server. */
  readonly endpoint: pulumi.Output<string>;
  /** Kubeconfig that asks the cloud's own tool for a token each time: no credential is in it. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Command by which a person gets access. */
  readonly kubeconfigCommand: string;
  /** Makes the nodes of a pool. */
  nodeGroup(
    parent: Parent,
    name: string,
    spec: NodeGroupSpec,
    uses: ClusterUse,
  ): ProvisionedNodeGroup;
  /** Gives a service account rights in the cloud; undefined where no chart of the library needs that. */
  readonly identity?: (
    parent: Parent,
    name: string,
    spec: IdentitySpec,
  ) => readonly pulumi.Resource[];
  /** Lets a service account read models, without a key. */
  access(parent: Parent, name: string, spec: AccessSpec): readonly pulumi.Resource[];
}

/** What a cloud's resources may use of the cluster they belong to. */
export interface ClusterUse {
  /** Provider of objects in the cluster. */
  readonly kubernetes: pulumi.ProviderResource;
  /** Labels of the pool for control software, and what tolerates its taints. */
  readonly systemPool: NodePool | undefined;
}

/** A bucket as its cloud made it. */
export interface ProvisionedBucket {
  /** Key of its objects, where readers must be let use it. */
  readonly keyArn: pulumi.Output<string> | undefined;
}

/** What makes a cloud's resources. */
export interface CloudProvisioner {
  network(parent: Parent, name: string, spec: NetworkSpec): ProvisionedNetwork;
  cluster(parent: Parent, name: string, spec: ClusterSpec): ProvisionedCluster;
  bucket(parent: Parent, name: string, spec: BucketSpec): ProvisionedBucket;
}

/** A bucket for models. */
export interface BucketSpec {
  readonly bucketName: string;
  readonly region: string;
}

/** Everything about clusters that differs between clouds. */
export interface CloudDefinition {
  /** The same as that of the cloud's `NodeCloud`. */
  readonly id: string;
  /** Name for people. */
  readonly title: string;
  /** npm package of its SDK. */
  readonly sdk: string;
  /** Scheme of its buckets. */
  readonly bucketScheme: string;
  /** Whether a subnet is in one zone; else it spans its region. */
  readonly subnetsPerZone: boolean;
  readonly defaultCidr: string;
  readonly defaultPodCidr: string | undefined;
  /** Region of a zone, if it is the name of one. */
  regionOf(zone: string): string | undefined;
  checkNetwork(checks: Checks, spec: NetworkSpec): void;
  checkCluster(checks: Checks, spec: ClusterSpec): void;
  checkNodeGroup(checks: Checks, spec: NodeGroupSpec): void;
  /** Addresses that nodes and pods can have, and what one node of the pool takes of them. */
  addresses(spec: NetworkSpec): AddressPlan;
  /** Loads the SDK. */
  load(): CloudProvisioner;
}

/** How the addresses of a network are used up. */
export interface AddressPlan {
  readonly available: number;
  /** What they are, such as `addresses of the private subnets`. */
  readonly what: string;
  perNode(pool: NodePool): number;
}

/** The clouds that a `Cluster` can be made in. */
export class Cloud {
  private static readonly registered = new Map<string, Cloud>();

  /** Amazon Elastic Kubernetes Service; needs the package `@pulumi/aws`. */
  public static readonly EKS = Cloud.register(eks);
  /** Google Kubernetes Engine, Standard mode; needs the package `@pulumi/gcp`. */
  public static readonly GKE = Cloud.register(gke);

  /** Every cloud that ships with the library; contract tests run over these. */
  public static all(): readonly Cloud[] {
    return [...this.registered.values()];
  }

  private static register(definition: CloudDefinition): Cloud {
    if (this.registered.has(definition.id))
      throw new Error(`cloud "${definition.id}" is registered twice`);
    const cloud = new Cloud(definition);
    this.registered.set(definition.id, cloud);
    return cloud;
  }

  private loaded: CloudProvisioner | undefined;

  private constructor(
    /** @internal */
    public readonly definition: CloudDefinition,
  ) {}

  /**
   * What makes the cloud's resources; loads its SDK the first time.
   * @throws ConfigurationError when the SDK is not installed
   * @internal
   */
  public provisioner(): CloudProvisioner {
    return (this.loaded ??= loadOrExplain(this.definition));
  }

  /** For people: `EKS`. */
  public toString(): string {
    return this.definition.title;
  }
}

/** @internal */
export function loadOrExplain(definition: CloudDefinition): CloudProvisioner {
  const { title, sdk } = definition;
  try {
    return definition.load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(sdk)) throw error;
    throw new ConfigurationError([
      {
        at: `Cloud.${title}`,
        got: `no package ${sdk}`,
        expected: 'the SDK of the cloud beside this library',
        fix: `install it: npm install ${sdk}`,
      },
    ]);
  }
}
