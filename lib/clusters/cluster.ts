/*
 * A cluster without nodes: private, hardened, and with what its nodes need. `NodeGroup` and `SpotNodeGroup` give
 * it nodes, `Manifests` what runs on them.
 */
import { Provider } from '@pulumi/kubernetes/provider';
import * as pulumi from '@pulumi/pulumi';
import { Checks, type Finding } from '../core/checks';
import { requireName } from '../core/names';
import type { NodePool } from '../nodes/node-pool';
import { parseCidr } from './cidr';
import type {
  AccessSpec,
  Cloud,
  IdentitySpec,
  ProvisionedCluster,
  ProvisionedNodeGroup,
} from './cloud';
import type { Network } from './network';
import type { ClusterSpec, NodeGroupSpec, ReleaseChannel } from './specs';

/** Arguments of a `Cluster`. */
export interface ClusterArgs {
  /** Where it is; its cloud and its zones are those of the cluster. */
  readonly network: Network;
  /**
   * Name of the cluster in its cloud; DNS label.
   * @default - the name of the component
   */
  readonly clusterName?: string;
  /**
   * Minor version of Kubernetes, such as `1.35`.
   * @default - 1.35 on EKS; on GKE the release channel decides
   */
  readonly version?: string;
  /**
   * Whether the cluster may stay on its version after standard support, at the cloud's surcharge (EKS).
   * @default false
   */
  readonly extendedSupport?: boolean;
  /**
   * How soon a GKE cluster gets new versions.
   * @default - REGULAR on GKE
   */
  readonly releaseChannel?: ReleaseChannel;
  /**
   * Blocks of IPv4 addresses from which the API server is reached over the internet. Without one it is reached
   * from inside the network only: run `pulumi up` there, or by a VPN.
   * @default - none
   */
  readonly apiAccessFrom?: readonly string[];
  /**
   * Who administers the cluster besides whoever makes it: ARNs of IAM roles and users on EKS, members such as
   * `group:platform@example.com` on GKE.
   * @default - nobody
   */
  readonly administrators?: readonly string[];
  /**
   * Where the software that runs the cluster is placed: DNS, metrics and volumes on EKS, and the charts of
   * `HelmRelease`. Its taints are tolerated.
   * @default - any node without a taint
   */
  readonly systemPool?: NodePool;
  /**
   * Exact versions of add-ons of EKS; name → version, such as `coredns` → `v1.12.3-eksbuild.1`.
   * @default - what EKS recommends for the version of the cluster on the day it is made, and no other until one is set
   */
  readonly addonVersions?: Readonly<Record<string, string>>;
  /**
   * Whether only images that pass the project's policy may run (GKE).
   * @default false
   */
  readonly binaryAuthorization?: boolean;
  /**
   * Days for which the logs of the control plane are kept (EKS); one of the periods of CloudWatch Logs.
   * @default 90
   */
  readonly logDays?: number;
  /**
   * Whether the cloud refuses to delete the cluster.
   * @default false
   */
  readonly deletionProtection?: boolean;
  /**
   * Day on which the version is judged, `YYYY-MM-DD`; give today's.
   * @default - 2026-11-22, when the dates of support were read
   */
  readonly asOf?: string;
}

const DEFAULTS = {
  extendedSupport: false,
  binaryAuthorization: false,
  logDays: 90,
  deletionProtection: false,
  asOf: '2026-11-22',
} as const;

/** What a cluster is to those who put something into it. */
export interface ICluster {
  readonly cloud: Cloud;
  /** Name in its cloud. */
  readonly clusterName: string;
  readonly region: string;
  /** Provider of objects in the cluster. */
  readonly provider: pulumi.ProviderResource;
  readonly systemPool: NodePool | undefined;
  /** Pools that the cluster has nodes of, in the order in which they were declared. */
  readonly pools: readonly NodePool[];
  /** What workloads must wait for: nodes, and identities, which pods get when they start and never after. */
  readonly ready: readonly pulumi.Resource[];
}

/**
 * A managed Kubernetes cluster. Its API server is private unless `apiAccessFrom` says otherwise; secrets are
 * encrypted with a key of their own and all control-plane logs are kept (EKS); Dataplane V2, Workload Identity
 * and shielded nodes are on (GKE). Network policies are enforced on both.
 *
 * @throws ConfigurationError when the version is not supported, an option belongs to another cloud, or a name,
 *   block of addresses or principal is invalid
 * @see https://docs.aws.amazon.com/eks/latest/best-practices/security.html (2026-11)
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster (2026-11)
 * @example
 * import { Cloud, Cluster, Network } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', {
 *   cloud: Cloud.EKS,
 *   zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
 * });
 * const cluster = new Cluster('serving', { network, version: '1.35' });
 */
export class Cluster extends pulumi.ComponentResource implements ICluster {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:Cluster';

  public readonly cloud: Cloud;
  public readonly clusterName: string;
  public readonly network: Network;
  public readonly region: string;
  public readonly systemPool: NodePool | undefined;
  /** Address of the API server. */
  public readonly endpoint: pulumi.Output<string>;
  /** Kubeconfig without a credential: it calls the cloud's own tool for each token. */
  public readonly kubeconfig: pulumi.Output<string>;
  /** Command that gives a person access. */
  public readonly kubeconfigCommand: string;
  public readonly provider: Provider;

  private readonly provisioned: ProvisionedCluster;
  private readonly groups: { readonly pool: NodePool; readonly made: ProvisionedNodeGroup }[] = [];
  private readonly bound = new Set<string>();
  private readonly identities: pulumi.Resource[] = [];

  public constructor(
    private readonly name: string,
    args: ClusterArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { network } = args;
    const spec = specOf(name, args);
    checkCluster(name, network.cloud, spec);
    super(Cluster.token, name, {}, options);

    this.cloud = network.cloud;
    this.clusterName = spec.clusterName;
    this.network = network;
    this.region = network.region;
    this.systemPool = spec.systemPool;
    this.provisioned = this.cloud.provisioner().cluster(this, name, spec);
    this.endpoint = this.provisioned.endpoint;
    this.kubeconfig = this.provisioned.kubeconfig;
    this.kubeconfigCommand = this.provisioned.kubeconfigCommand;
    this.provider = new Provider(
      `${name}-kubernetes`,
      {
        kubeconfig: this.kubeconfig,
        // A new address or certificate is still the same cluster: nothing in it is replaced.
        clusterIdentifier: `${this.cloud.definition.id}/${this.region}/${this.clusterName}`,
      },
      { parent: this },
    );
    this.registerOutputs({
      endpoint: this.endpoint,
      kubeconfigCommand: this.kubeconfigCommand,
    });
  }

  public get pools(): readonly NodePool[] {
    return this.groups.map(({ pool }) => pool);
  }

  public get ready(): readonly pulumi.Resource[] {
    return [...this.groups.flatMap(({ made }) => made.ready), ...this.identities];
  }

  /**
   * Makes nodes of a pool, as part of `owner`.
   * @throws ConfigurationError when the pool does not fit the cluster
   * @internal
   */
  public addNodes(
    owner: pulumi.ComponentResource,
    name: string,
    spec: NodeGroupSpec,
  ): ProvisionedNodeGroup {
    const { provider: kubernetes, systemPool } = this;
    const made = this.provisioned.nodeGroup(owner, name, spec, { kubernetes, systemPool });
    this.groups.push({ pool: spec.pool, made });
    return made;
  }

  /**
   * Lets a service account read models, as part of `owner`.
   * @internal
   */
  public addAccess(owner: pulumi.ComponentResource, name: string, spec: AccessSpec): void {
    this.identities.push(...this.provisioned.access(owner, name, spec));
  }

  /**
   * Gives a service account rights in the cloud, as part of `owner`.
   * @throws ConfigurationError when the service account is bound already
   * @internal
   */
  public addIdentity(
    owner: pulumi.ComponentResource,
    name: string,
    spec: IdentitySpec,
  ): readonly pulumi.Resource[] {
    const checks = new Checks(`Cluster(${this.name})`);
    const finding = this.bind(spec.namespace, spec.serviceAccount);
    if (finding) checks.require(false, name, () => finding);
    const { identity } = this.provisioned;
    checks.require(identity !== undefined, name, () => ({
      got: `rights of ${spec.namespace}/${spec.serviceAccount} in ${this.cloud.toString()}`,
      expected: 'a cloud in which software of the cluster needs some of its own',
      fix: 'leave it out: this cloud brings its own',
    }));
    checks.finish();
    const made = identity?.(owner, name, spec) ?? [];
    this.identities.push(...made);
    return made;
  }

  /**
   * What is wrong with binding a service account, undefined if nothing is; it counts as bound from then on.
   * @internal
   */
  public bind(namespace: string, serviceAccount: string): Finding | undefined {
    const account = `${namespace}/${serviceAccount}`;
    if (!this.bound.has(account)) {
      this.bound.add(account);
      return undefined;
    }
    return {
      got: `${account}, which has an identity in ${this.name} already`,
      expected: 'every service account bound once, as it has one identity',
      fix: 'give the servers service accounts of their own, or one prefix that holds all models',
    };
  }
}

function specOf(name: string, args: ClusterArgs): ClusterSpec {
  return {
    clusterName: args.clusterName ?? name,
    version: args.version,
    asOf: args.asOf ?? DEFAULTS.asOf,
    extendedSupport: args.extendedSupport ?? DEFAULTS.extendedSupport,
    releaseChannel: args.releaseChannel,
    binaryAuthorization: args.binaryAuthorization ?? DEFAULTS.binaryAuthorization,
    apiAccessFrom: args.apiAccessFrom ?? [],
    administrators: args.administrators ?? [],
    addonVersions: args.addonVersions ?? {},
    logDays: args.logDays ?? DEFAULTS.logDays,
    deletionProtection: args.deletionProtection ?? DEFAULTS.deletionProtection,
    systemPool: args.systemPool,
    network: args.network,
  };
}

function checkCluster(name: string, { definition }: Cloud, spec: ClusterSpec): void {
  const checks = new Checks(`Cluster(${name})`);
  requireName(checks, 'clusterName', spec.clusterName);
  checks.require(/^\d{4}-\d{2}-\d{2}$/.test(spec.asOf), 'asOf', () => ({
    got: `"${spec.asOf}"`,
    expected: 'a day such as 2026-11-22',
    fix: 'write it as year, month and day',
  }));
  for (const cidr of spec.apiAccessFrom) {
    const block = parseCidr(cidr);
    checks.require(block !== undefined && block.length > 0, 'apiAccessFrom', () => ({
      got: `"${cidr}"`,
      expected: 'a block of IPv4 addresses smaller than the internet, such as 203.0.113.0/24',
      fix: 'name the addresses of your offices, VPN or runners',
    }));
  }
  checks.require(
    spec.systemPool === undefined || spec.systemPool.cloud.definition.id === definition.id,
    'systemPool',
    () => ({
      got: String(spec.systemPool),
      expected: `a pool of ${definition.title}`,
      fix: `make it with NodePool.${definition.id}OnDemand`,
    }),
  );
  definition.checkCluster(checks, spec);
  checks.finish();
}
