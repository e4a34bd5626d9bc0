/*
 * Nodes of a cluster: the same `NodePool` that places pods says what the nodes are.
 */
import * as pulumi from '@pulumi/pulumi';
import { Checks } from '../core/checks';
import type { NodePool } from '../nodes/node-pool';
import type { Cluster } from './cluster';
import { NodeImage, type NodeGroupSpec } from './specs';
import { SpotProvisioning } from '../nodes/spot-provisioning';

/** Arguments of a `NodeGroup`. */
export interface NodeGroupArgs {
  readonly cluster: Cluster;
  /** What the nodes are; the value that `ModelServer.placement` takes. */
  readonly pool: NodePool;
  /** @default NodeImage.STANDARD */
  readonly image?: NodeImage;
  /**
   * Most nodes that are replaced at a time in an upgrade, count, 1 to 100; their pods are drained before.
   * @default 1
   */
  readonly maxUnavailable?: number;
}

/** Arguments of a `SpotNodeGroup`. */
export interface SpotNodeGroupArgs extends NodeGroupArgs {
  /**
   * Who starts, replaces and drains the nodes.
   * @default SpotProvisioning.managed()
   */
  readonly provisioning?: SpotProvisioning;
}

const DEFAULTS = { image: NodeImage.STANDARD, maxUnavailable: 1 } as const;

/** What both kinds of groups are. */
abstract class Nodes extends pulumi.ComponentResource {
  /** The pool that the nodes are of. */
  public readonly pool: NodePool;
  /** Name of the group in its cloud. */
  public readonly groupName: pulumi.Output<string>;

  protected constructor(
    token: string,
    name: string,
    args: SpotNodeGroupArgs,
    spot: boolean,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { cluster, pool } = args;
    const zones = pool.zones.length > 0 ? pool.zones : cluster.network.zones;
    const spec: NodeGroupSpec = {
      pool,
      zones,
      image: args.image ?? DEFAULTS.image,
      maxUnavailable: args.maxUnavailable ?? DEFAULTS.maxUnavailable,
      provisioning: args.provisioning,
    };
    checkNodes(`${token.split(':').pop() ?? ''}(${name})`, cluster, spec, spot);
    super(token, name, {}, options);
    for (const { at, message, fix } of pool.warnings)
      void pulumi.log.warn(`${at}: ${message}; ${fix}`, this);
    this.pool = pool;
    this.groupName = cluster.addNodes(this, name, spec).groupName;
    this.registerOutputs({ groupName: this.groupName });
  }
}

/**
 * On-demand nodes, scaled between the pool's minimum and maximum by the cluster's autoscaler. Beside spot groups
 * of the same size they are what work falls back on: their pool has a lower priority.
 *
 * @throws ConfigurationError when the pool is of another cloud, spot, or in zones that the network lacks, when its
 *   cluster has it already, or the addresses of the network cannot hold it
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html (2026-11)
 * @example
 * import { NodePool } from 'inference-constructs';
 * import { Cloud, Cluster, Network, NodeGroup } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
 * const pool = NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 });
 * const cluster = new Cluster('serving', { network, systemPool: pool });
 * new NodeGroup('control', { cluster, pool });
 */
export class NodeGroup extends Nodes {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:NodeGroup';

  public constructor(name: string, args: NodeGroupArgs, options?: pulumi.ComponentResourceOptions) {
    super(NodeGroup.token, name, args, false, options);
  }
}

/**
 * Spot nodes that drain themselves: spread over the pool's instance types and zones, replaced when AWS expects an
 * interruption, drained within the notice.
 *
 * @throws ConfigurationError when the pool is of another cloud, on demand, or in zones that the network lacks, when
 *   its cluster has it already, the provisioning does not fit, or the addresses of the network cannot hold it
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types (2026-11)
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms (2026-11)
 * @example
 * import { NodePool } from 'inference-constructs';
 * import { Cloud, Cluster, Network, SpotNodeGroup } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
 * const cluster = new Cluster('serving', { network });
 * const pool = NodePool.eksSpot('spot-4x16', {
 *   instanceTypes: ['m5.xlarge', 'm6i.xlarge', 'm7i.xlarge'],
 *   min: 0,
 *   max: 15,
 * });
 * new SpotNodeGroup('spot-4x16', { cluster, pool });
 */
export class SpotNodeGroup extends Nodes {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:SpotNodeGroup';

  public constructor(
    name: string,
    args: SpotNodeGroupArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const provisioning = args.provisioning ?? SpotProvisioning.managed();
    super(SpotNodeGroup.token, name, { ...args, provisioning }, true, options);
  }
}

function checkNodes(path: string, cluster: Cluster, spec: NodeGroupSpec, spot: boolean): void {
  const { pool } = spec;
  const { definition } = cluster.cloud;
  const checks = new Checks(path);
  const sameCloud = pool.cloud.definition.id === definition.id;
  checks.require(sameCloud, 'pool', () => ({
    got: pool.toString(),
    expected: `a pool of ${definition.title}, the cloud of the cluster`,
    fix: `make it with NodePool.${definition.id}${spot ? 'Spot' : 'OnDemand'}`,
  }));
  checks.require((pool.interruptionNotice !== undefined) === spot, 'pool', () => ({
    got: pool.toString(),
    expected: spot ? 'a spot pool' : 'an on-demand pool',
    fix: `use ${spot ? 'NodeGroup' : 'SpotNodeGroup'}`,
  }));
  checks.requireCount(spec.maxUnavailable, 'maxUnavailable', 1, 100, ' nodes');
  const { zones, spec: network } = cluster.network;
  const missing = pool.zones.filter((zone) => !zones.includes(zone));
  checks.require(missing.length === 0, 'pool', () => ({
    got: `zone ${missing.join(', ')}`,
    expected: `zones of the network: ${zones.join(', ')}`,
    fix: 'take the zone out of the pool, or add it to the network',
  }));
  checks.require(!cluster.pools.some(({ name }) => name === pool.name), 'pool', () => ({
    got: `a second group of the pool "${pool.name}"`,
    expected: 'one group for each pool of a cluster',
    fix: 'raise max of the pool, or make a pool of another name',
  }));
  if (sameCloud) definition.checkNodeGroup(checks, spec);
  if (sameCloud && network !== undefined) {
    const plan = definition.addresses(network);
    const { available, what } = plan;
    const needed = [...cluster.pools, pool].reduce(
      (sum, one) => sum + one.max * plan.perNode(one),
      0,
    );
    checks.require(needed <= available, 'pool', () => ({
      got: `${needed} addresses for all pools at their maximum (${plan.perNode(pool)} for a node of ${pool.name})`,
      expected: `at most ${available} ${what}`,
      fix: 'lower max or maxPodsPerNode of the pools, or give the network a larger block',
    }));
  }
  checks.finish();
}
