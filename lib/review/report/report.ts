import type { Manifest } from '../manifest';
import { rangeText, type Range } from '../quantity';
import { findingsOf, type Finding } from './findings';
import { networkPathsOf, type NetworkPath } from './network-paths';
import { topologyOf, type Topology } from './topology';
import { workloadsOf, type Workload } from './workload';

/** What a synthesis found out and manifests do not say; the stacks write it to `checks.json`. */
export interface SynthChecks {
  readonly warnings: readonly {
    readonly at: string;
    readonly message: string;
    readonly fix: string;
  }[];
  /** Server (namespace and name) → pool → pods that a node of it holds. */
  readonly podsPerNode: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** All that is said of a folder of manifests. */
export interface Report {
  readonly title: string;
  readonly objects: number;
  readonly workloads: readonly WorkloadRow[];
  readonly topology: Topology;
  readonly networkPaths: readonly NetworkPath[];
  readonly findings: readonly Finding[];
  /** None where nobody said what was checked. */
  readonly checks: SynthChecks | undefined;
}

/** What runs where. */
export interface WorkloadRow {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Pods; none where nodes or runs decide. */
  readonly pods: Range | undefined;
  /** Of one pod: cores, bytes, GPUs. */
  readonly requests: Workload['requests'];
  readonly limits: Workload['limits'];
  readonly pools: readonly string[];
  /** Pool → nodes that all of its pods would take there; none where nobody knows what a node holds. */
  readonly nodes: Readonly<Record<string, Range>> | undefined;
  readonly images: readonly string[];
}

/** Puts a report together. */
export function reportOf(
  title: string,
  all: readonly Manifest[],
  checks: SynthChecks | undefined,
): Report {
  const workloads = workloadsOf(all);
  return {
    title,
    objects: all.length,
    workloads: workloads.map((one) => rowOf(one, checks)),
    topology: topologyOf(all, workloads),
    networkPaths: networkPathsOf(all, workloads),
    findings: findingsOf(all, workloads),
    checks,
  };
}

function rowOf(one: Workload, checks: SynthChecks | undefined): WorkloadRow {
  const { kind, namespace, name, replicas, requests, limits, pools, manifest } = one;
  const held = checks?.podsPerNode[`${namespace}/${manifest.metadata.name}`];
  const nodes =
    held === undefined || replicas === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(held).map(([pool, pods]) => [
            pool,
            { min: Math.ceil(replicas.min / pods), max: Math.ceil(replicas.max / pods) },
          ]),
        );
  const images = [...one.containers, ...one.initContainers].flatMap(({ image }) =>
    typeof image === 'string' ? [image] : [],
  );
  return {
    kind,
    namespace,
    name,
    pods: replicas,
    requests,
    limits,
    pools,
    nodes,
    images: [...new Set(images)],
  };
}

/** Nodes for people, such as `7–34 of spot-4x16 or 4–17 of spot-8x32`. */
export function nodesText({ nodes, pools }: WorkloadRow): string {
  if (nodes === undefined) return pools.join(' or ') || 'any';
  return Object.entries(nodes)
    .map(([pool, range]) => `${rangeText(range)} of ${pool}`)
    .join(' or ');
}
