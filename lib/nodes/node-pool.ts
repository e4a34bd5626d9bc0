/*
 * A node pool as one plain value, the same for the side that makes the nodes and for the side that places
 * pods on them. Nothing here touches a cluster or a cloud.
 */
import { Duration, Size } from 'cdk8s';
import { POOL_LABEL } from '../core/labels';
import { mibOf } from '../core/quantities';
import type { Warning } from '../core/warnings';
import type { Accelerator } from './accelerator';
import { CapacityKind, CpuManagerPolicy } from './capacity';
import { NodeCloud, type Allocatable } from './cloud';
import type { InstanceShape } from './instance-shape';
import { checkPool } from './node-pool-checks';
import type { Architecture, ProcessorRequirement } from './processor';
import type { Taint } from './taint';

const DEFAULTS = {
  diskSize: Size.gibibytes(100),
  cpuManagerPolicy: CpuManagerPolicy.NONE,
  spotPriority: 50,
  onDemandPriority: 10,
} as const;

/** Options of a node pool. */
export interface NodePoolProps {
  /**
   * Instance types by the cloud's name, or shapes. All must have the same vCPUs, memory and accelerators,
   * because an autoscaler sizes a group by one of them. Several types make spot capacity last.
   */
  readonly instanceTypes: readonly (string | InstanceShape)[];
  /** Fewest nodes, count, 0 to 1000. */
  readonly min: number;
  /** Most nodes, count, 1 to 1000. */
  readonly max: number;
  /**
   * Further labels of the nodes; label key → value.
   * @default - only the labels that the library and the cloud need
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Taints of the nodes, in place of the default ones.
   * @default - the cloud's spot taint on spot pools and its GPU taint on pools with accelerators
   */
  readonly taints?: readonly Taint[];
  /**
   * Zones by the cloud's names.
   * @default - all zones of the cluster's network
   */
  readonly zones?: readonly string[];
  /**
   * Processors that the pool must have; types of other vendors are refused by name.
   * @default - any
   */
  readonly processor?: ProcessorRequirement;
  /** @default CpuManagerPolicy.NONE */
  readonly cpuManagerPolicy?: CpuManagerPolicy;
  /**
   * Root disk of a node, 20 GiB to 16 TiB; images, logs and pulled models share it.
   * @default Size.gibibytes(100)
   */
  readonly diskSize?: Size;
  /**
   * Most pods of a node, count, 8 to 250.
   * @default - what the instance types take by their network interfaces
   */
  readonly maxPodsPerNode?: number;
  /**
   * Which pool gets new nodes when several could hold a pod; the highest first, 1 to 100.
   * @default - 50 for spot, 10 on demand, so that on-demand pools are what spot falls back on
   */
  readonly priority?: number;
}

/** Options of a pool that is made elsewhere. */
export interface ExistingNodePoolProps extends NodePoolProps {
  readonly cloud: NodeCloud;
  readonly capacity: CapacityKind;
  /** Labels that all nodes of the pool, and no others, carry; at least one. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Nodes of one shape. `ModelServer.placement` takes labels, taints, size and interruption notice from it;
 * `SpotNodeGroup` and `NodeGroup` of the `cloud` entry make it real.
 *
 * @example
 * import { NodePool, ProcessorRequirement } from 'inference-constructs';
 *
 * const pool = NodePool.eksSpot('spot-4x16', {
 *   instanceTypes: ['m6i.xlarge', 'm7i.xlarge', 'm5.xlarge'],
 *   processor: ProcessorRequirement.XEON,
 *   min: 0,
 *   max: 15,
 * });
 */
export class NodePool {
  /**
   * Spot instances in an EKS cluster: two minutes of notice.
   * @throws ConfigurationError when a type is unknown, shapes differ, or a number or label is invalid
   */
  public static eksSpot(name: string, props: NodePoolProps): NodePool {
    return new NodePool(name, props, NodeCloud.EKS, CapacityKind.SPOT, { [POOL_LABEL]: name });
  }

  /**
   * On-demand instances in an EKS cluster.
   * @throws ConfigurationError when a type is unknown, shapes differ, or a number or label is invalid
   */
  public static eksOnDemand(name: string, props: NodePoolProps): NodePool {
    return new NodePool(name, props, NodeCloud.EKS, CapacityKind.ON_DEMAND, { [POOL_LABEL]: name });
  }

  /**
   * Spot VMs in a GKE cluster: 30 s of notice, of which ordinary pods get 15 s.
   * @throws ConfigurationError when a type is unknown, shapes differ, or a number or label is invalid
   */
  public static gkeSpot(name: string, props: NodePoolProps): NodePool {
    return new NodePool(name, props, NodeCloud.GKE, CapacityKind.SPOT, { [POOL_LABEL]: name });
  }

  /**
   * On-demand VMs in a GKE cluster.
   * @throws ConfigurationError when a type is unknown, shapes differ, or a number or label is invalid
   */
  public static gkeOnDemand(name: string, props: NodePoolProps): NodePool {
    return new NodePool(name, props, NodeCloud.GKE, CapacityKind.ON_DEMAND, { [POOL_LABEL]: name });
  }

  /**
   * A pool that somebody else makes. Pods find it by the labels given.
   * @throws ConfigurationError when a type is unknown, shapes differ, or a number or label is invalid
   */
  public static existing(name: string, props: ExistingNodePoolProps): NodePool {
    return new NodePool(name, { taints: [], ...props }, props.cloud, props.capacity, props.labels);
  }

  /** Fewest nodes. */
  public readonly min: number;
  /** Most nodes. */
  public readonly max: number;
  /** Shapes of the instance types, in the order given; all of one size. */
  public readonly shapes: readonly InstanceShape[];
  /** The size that all instance types share. */
  public readonly shape: InstanceShape;
  /** All labels of the nodes that placement may use. */
  public readonly labels: Readonly<Record<string, string>>;
  /** All taints of the nodes. */
  public readonly taints: readonly Taint[];
  /** Zones, or none for all zones of the network. */
  public readonly zones: readonly string[];
  /** Accelerators of each node. */
  public readonly accelerator: Accelerator | undefined;
  /** Instruction set of all nodes. */
  public readonly architecture: Architecture;
  public readonly cpuManagerPolicy: CpuManagerPolicy;
  /** Processors that all nodes have, if the pool asks for some. */
  public readonly processor: ProcessorRequirement | undefined;
  /** Most pods of a node, if it was set; else the instance types decide. */
  public readonly maxPodsPerNode: number | undefined;
  /** Which pool an autoscaler prefers; the highest first. */
  public readonly priority: number;
  /** Root disk of a node, in MiB. */
  public readonly diskMib: number;
  /** How long a pod lives after the cloud says that its node goes away; none on demand. */
  public readonly interruptionNotice: Duration | undefined;
  /** What pods can use of each node. */
  public readonly allocatable: Allocatable;
  /** Doubts about the pool; constructs that use it report them. */
  public readonly warnings: readonly Warning[];

  private constructor(
    /** Name of the pool and of the node group made from it. */
    public readonly name: string,
    props: NodePoolProps,
    public readonly cloud: NodeCloud,
    public readonly capacity: CapacityKind,
    /** Labels by which pods find the pool: all nodes of it carry them, and no others. */
    public readonly selector: Readonly<Record<string, string>>,
  ) {
    const { definition } = cloud;
    const spot = capacity === CapacityKind.SPOT;
    const { shapes, warnings } = checkPool({ name, props, cloud, spot, selector });
    const [first] = shapes;
    const maxPods = props.maxPodsPerNode ?? Math.min(...shapes.map((shape) => shape.maxPods));

    this.min = props.min;
    this.max = props.max;
    this.shapes = Object.freeze([...shapes]);
    this.shape = first;
    this.accelerator = first.accelerator;
    this.architecture = first.processor.architecture;
    this.zones = Object.freeze([...(props.zones ?? [])]);
    this.labels = Object.freeze({
      ...(spot && definition.spotLabels),
      ...(first.accelerator && definition.acceleratorLabels(first.accelerator)),
      ...props.labels,
      ...selector,
    });
    this.taints = Object.freeze([
      ...(props.taints ?? [
        ...(spot ? [definition.spotTaint] : []),
        ...(first.accelerator ? [definition.acceleratorTaint] : []),
      ]),
    ]);
    this.cpuManagerPolicy = props.cpuManagerPolicy ?? DEFAULTS.cpuManagerPolicy;
    this.processor = props.processor;
    this.maxPodsPerNode = props.maxPodsPerNode;
    this.priority = props.priority ?? (spot ? DEFAULTS.spotPriority : DEFAULTS.onDemandPriority);
    this.diskMib = mibOf(props.diskSize ?? DEFAULTS.diskSize);
    this.interruptionNotice = spot
      ? Duration.seconds(definition.interruptionNoticeSeconds)
      : undefined;
    this.allocatable = Object.freeze(
      definition.allocatable(first, { diskMib: this.diskMib, maxPods }),
    );
    this.warnings = Object.freeze(warnings);
    Object.freeze(this);
  }

  /** For people: `spot-4x16 (EKS spot, 4 vCPU/16 GiB)`. */
  public toString(): string {
    return `${this.name} (${this.cloud.toString()} ${this.capacity}, ${this.shape.toString()})`;
  }
}
