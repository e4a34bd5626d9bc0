/*
 * Nodes that follow pods: the cluster autoscaler of Kubernetes on EKS, which starts a node when a pod fits none and
 * ends those that are hardly used. GKE and Karpenter do without. Assumes Auto Scaling groups with the tags that
 * `NodeGroup` and `SpotNodeGroup` write, and the role of `AddonIdentity.CLUSTER_AUTOSCALER`.
 */
import type { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { NodePool } from '../nodes/node-pool';
import type { SpotProvisioning } from '../nodes/spot-provisioning';
import { addObjects, addonNames, type AddonProps, type AddonObjects } from './addon';
import { checkClusterAutoscaler } from './cluster-autoscaler-checks';
import { clusterAutoscalerObjects } from './cluster-autoscaler-objects';
import { AUTOSCALER_VERSIONS, minorOf } from './cluster-autoscaler-versions';

const DEFAULTS = {
  replicas: 2,
  maxNodeProvisionSeconds: 300,
  scaleDownUnneededSeconds: 600,
  scaleDownUtilizationPercent: 50,
} as const;

/** Options of the cluster autoscaler. */
export interface ClusterAutoscalerProps extends AddonProps {
  /** Name of the cluster in AWS; its groups are found by a tag with it. */
  readonly clusterName: string;
  /** Region of the cluster, such as `eu-west-1`. */
  readonly region: string;
  /** Minor version of the cluster, such as `1.35`. */
  readonly kubernetesVersion: string;
  /** Pools whose groups it scales. */
  readonly pools: readonly NodePool[];
  /** Pool that it runs on: on demand. */
  readonly placement: NodePool;
  /**
   * Who keeps the nodes of the spot pools.
   * @default SpotProvisioning.managed()
   */
  readonly provisioning?: SpotProvisioning;
  /**
   * Version of the autoscaler, of the same minor version as the cluster.
   * @default - the latest that the library knows for the cluster
   */
  readonly version?: string;
  /**
   * Pods of it, of which one works; count, 1 to 5.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * How long a node may take to join before the next pool is tried, 1 min to 1 h.
   * @default Duration.minutes(5)
   */
  readonly maxNodeProvisionTime?: Duration;
  /**
   * How long a node must be hardly used before it is ended, 1 min to 24 h.
   * @default Duration.minutes(10)
   */
  readonly scaleDownUnneededTime?: Duration;
  /**
   * Share of a node's requests below which it counts as hardly used, percent, 1 to 99.
   * @default 50
   */
  readonly scaleDownUtilizationPercent?: number;
  /**
   * Taints that new nodes have until they are ready for pods; they do not count against a group.
   * @default - those of the autoscaler's own prefix
   */
  readonly startupTaints?: readonly string[];
}

/** Props with nothing left open. */
export interface ResolvedClusterAutoscaler {
  readonly clusterName: string;
  readonly region: string;
  readonly minor: number | undefined;
  readonly image: string;
  readonly pools: readonly NodePool[];
  readonly placement: NodePool;
  readonly replicas: number;
  readonly maxNodeProvisionSeconds: number;
  readonly scaleDownUnneededSeconds: number;
  readonly scaleDownUtilizationPercent: number;
  readonly startupTaints: readonly string[];
}

/**
 * The cluster autoscaler of Kubernetes on EKS: spot pools before on-demand ones, the next pool after five minutes
 * without a node, and rights to nothing but what it does. Put it into a chart of the namespace `kube-system`.
 *
 * @throws ConfigurationError when a pool is of GKE, its nodes are Karpenter's, the version is not the cluster's, the
 *   autoscaler would run on spot nodes, or a name or number is invalid
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md (1.36)
 * @example
 * import { App } from 'cdk8s';
 * import { ClusterAutoscaler, NodePool, ServingChart } from 'inference-constructs';
 *
 * const control = NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 });
 * const spot = NodePool.eksSpot('spot', { instanceTypes: ['m6i.xlarge', 'm7i.xlarge'], min: 0, max: 15 });
 * const chart = new ServingChart(new App(), 'autoscaler', { namespace: 'kube-system' });
 * new ClusterAutoscaler(chart, 'ClusterAutoscaler', {
 *   clusterName: 'serving',
 *   region: 'eu-west-1',
 *   kubernetesVersion: '1.35',
 *   pools: [control, spot],
 *   placement: control,
 * });
 */
export class ClusterAutoscaler extends Construct {
  /** What it is made of, by ids that are kinds; `Resource` runs the pods. */
  public readonly objects: AddonObjects;

  public constructor(scope: Construct, id: string, props: ClusterAutoscalerProps) {
    super(scope, id);
    const resolved = resolveClusterAutoscaler(props);
    const checks = new Checks(this.node.path);
    checkClusterAutoscaler(checks, props, resolved);
    const names = addonNames(checks, this, 'cluster-autoscaler');
    checks.finish();
    const objects = clusterAutoscalerObjects(names, resolved, props.monitoring ?? []);
    this.objects = addObjects(this, objects, props.transform);
  }
}

/** @internal */
export function resolveClusterAutoscaler(props: ClusterAutoscalerProps): ResolvedClusterAutoscaler {
  const minor = minorOf(props.kubernetesVersion);
  const version = props.version ?? AUTOSCALER_VERSIONS.get(minor ?? 0) ?? '';
  return {
    clusterName: props.clusterName,
    region: props.region,
    minor,
    image: props.image ?? `registry.k8s.io/autoscaling/cluster-autoscaler:v${version}`,
    pools: props.pools,
    placement: props.placement,
    replicas: props.replicas ?? DEFAULTS.replicas,
    maxNodeProvisionSeconds:
      props.maxNodeProvisionTime?.toSeconds() ?? DEFAULTS.maxNodeProvisionSeconds,
    scaleDownUnneededSeconds:
      props.scaleDownUnneededTime?.toSeconds() ?? DEFAULTS.scaleDownUnneededSeconds,
    scaleDownUtilizationPercent:
      props.scaleDownUtilizationPercent ?? DEFAULTS.scaleDownUtilizationPercent,
    startupTaints: props.startupTaints ?? [],
  };
}
