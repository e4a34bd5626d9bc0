/*
 * What differs between the nodes of clouds, as data and pure functions: the contract of a cloud and the
 * registry of those that ship with the library. A new cloud is one file in `clouds/` and one line here.
 */
import type { Amounts } from '../core/quantities';
import type { Accelerator } from './accelerator';
import { eks } from './clouds/eks';
import { gke } from './clouds/gke';
import { openShift } from './clouds/openshift';
import type { InstanceShape } from './instance-shape';
import type { Taint } from './taint';

/** What pods can use of one node, after reservations. */
export interface Allocatable {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly ephemeralStorageMib: number;
  readonly pods: number;
}

/** How large the disk of a node is and how many pods it may hold. */
export interface NodeSizing {
  readonly diskMib: number;
  readonly maxPods: number;
}

/** Everything about nodes that differs between clouds. */
export interface NodeCloudDefinition {
  readonly id: string;
  /** Name for people. */
  readonly title: string;
  /** Labels that spot nodes of this cloud carry. */
  readonly spotLabels: Readonly<Record<string, string>>;
  /** Taint that keeps pods off spot nodes unless they ask for them. */
  readonly spotTaint: Taint;
  /** Taint that keeps pods off nodes with NVIDIA GPUs unless they ask for one. */
  readonly acceleratorTaint: Taint;
  /** Labels that nodes with such accelerators carry. */
  acceleratorLabels(accelerator: Accelerator): Readonly<Record<string, string>>;
  /** Seconds between the notice and the end of an ordinary pod on a spot node. */
  readonly interruptionNoticeSeconds: number;
  /** Seconds that an ordinary pod gets when an on-demand node is drained; what the cloud's own drains allow at most. */
  readonly drainLimitSeconds: number;
  /** The shape of an instance type, if the cloud has such a family in our table. */
  shapeOf(instanceType: string): InstanceShape | undefined;
  /** What the daemon sets of the cloud request on every node. */
  readonly daemonSets: Amounts;
  /** What is left for pods besides those daemon sets. */
  allocatable(shape: InstanceShape, sizing: NodeSizing): Allocatable;
}

/** The clouds whose nodes a `NodePool` can describe. */
export class NodeCloud {
  private static readonly registered = new Map<string, NodeCloud>();

  /** Amazon Elastic Kubernetes Service on EC2. */
  public static readonly EKS = NodeCloud.register(eks);
  /** Google Kubernetes Engine, Standard mode, on Compute Engine. */
  public static readonly GKE = NodeCloud.register(gke);
  /** Worker nodes of OpenShift, for pools that are there: `NodePool.existing`. */
  public static readonly OPENSHIFT = NodeCloud.register(openShift);

  /** Every cloud that ships with the library; contract tests run over these. */
  public static all(): readonly NodeCloud[] {
    return [...this.registered.values()];
  }

  private static register(definition: NodeCloudDefinition): NodeCloud {
    if (this.registered.has(definition.id))
      throw new Error(`cloud "${definition.id}" is registered twice`);
    const cloud = new NodeCloud(definition);
    this.registered.set(definition.id, cloud);
    return cloud;
  }

  private constructor(
    /** @internal */
    public readonly definition: NodeCloudDefinition,
  ) {}

  /** For people: `EKS`. */
  public toString(): string {
    return this.definition.title;
  }
}
