/*
 * The bridge from charts to Pulumi: applies the very objects that `cdk8s synth` writes, each as a resource of its
 * own, so that a preview shows them one by one. No value that Pulumi knows only while it deploys flows into them.
 */
import * as pulumi from '@pulumi/pulumi';
import { Checks } from '../core/checks';
import { ConfigurationError, type Problem } from '../core/configuration-error';
import type { NodePool } from '../nodes/node-pool';
import { AppliedObject, type KubernetesManifest } from './applied-object';
import type { ICluster } from './cluster';
import { loadBalancerHostOf } from './load-balancer-host';
import { podOf, takes } from './scheduling';

/** What a chart is to Pulumi. */
export interface ManifestSource {
  /** The objects, complete and in the order in which they should be applied. */
  toJson(): unknown[];
}

/** Arguments of `Manifests`. */
export interface ManifestsArgs {
  /** Charts of cdk8s, or anything else that gives objects; all that the cluster should run. */
  readonly charts: readonly ManifestSource[];
  /**
   * Where they are applied, once it has nodes; the pools of the cluster are checked against them.
   * @default - the cluster of the Kubernetes provider in the options, or of the current kubeconfig context
   */
  readonly cluster?: ICluster;
  /**
   * How long each object may take to become ready, in Pulumi's notation.
   * @default 15m
   */
  readonly timeout?: string;
}

const DEFAULTS = { timeout: '15m' } as const;

/** What others of the same app need to be there first, and then what keeps pods in bounds from their first second. */
const STAGES: readonly (readonly string[])[] = [
  ['CustomResourceDefinition', 'Namespace', 'PriorityClass', 'StorageClass'],
  [
    'ServiceAccount',
    'NetworkPolicy',
    'ResourceQuota',
    'LimitRange',
    'Role',
    'ClusterRole',
    'ConfigMap',
  ],
];

/**
 * The objects of charts in a cluster: custom resource definitions and namespaces first, network policies, quotas
 * and accounts before the pods they are for, the rest when the cluster has nodes. Deleted in the opposite order.
 * An object's kind, namespace and name are its identity, not the chart it came from.
 *
 * @throws ConfigurationError when there is no object, one lacks its identity or is given twice, or a pod finds no
 *   nodes in the pools of the cluster
 * @see https://www.pulumi.com/registry/packages/kubernetes/ (4.34)
 * @example
 * import { App, Size } from 'cdk8s';
 * import { Cpu, ServingChart, ServingNamespace } from 'inference-constructs';
 * import { Manifests } from 'inference-constructs/cloud';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * new ServingNamespace(chart, 'Namespace', {
 *   name: 'serving',
 *   quota: { cpu: Cpu.units(64), memory: Size.gibibytes(64), pods: 20 },
 * });
 * new Manifests('serving', { charts: [chart] });
 */
export class Manifests extends pulumi.ComponentResource {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:Manifests';

  /** The objects, in the order of the charts. */
  public readonly objects: readonly AppliedObject[];
  /**
   * Where clients reach the workloads: address of the first Ingress, Gateway or Service of type LoadBalancer that
   * has one; undefined until one has.
   */
  public readonly loadBalancerHost: pulumi.Output<string | undefined>;

  public constructor(name: string, args: ManifestsArgs, options?: pulumi.ComponentResourceOptions) {
    const { cluster, timeout = DEFAULTS.timeout } = args;
    const path = `Manifests(${name})`;
    checkTimeout(path, timeout);
    const objects = completeObjects(path, args.charts);
    if (cluster) requireSystemNodes(path, cluster);
    const unused = cluster ? unusedPools(path, cluster, objects) : [];
    super(
      Manifests.token,
      name,
      {},
      {
        ...options,
        ...(cluster && { providers: [cluster.provider] }),
      },
    );
    for (const pool of unused)
      void pulumi.log.warn(
        `${path}: no pod of the charts can run on the pool ${pool}; place a server on it, or take it out of the cluster`,
        this,
      );

    const stages = new Map<number, AppliedObject[]>();
    this.objects = objects.map((manifest) => {
      const stage = stageOf(manifest);
      const earlier = [...stages].flatMap(([number, made]) => (number < stage ? made : []));
      const object = new AppliedObject(`${name}-${idOf(manifest)}`, manifest, {
        parent: this,
        ...(cluster && { provider: cluster.provider }),
        dependsOn: [...earlier, ...(stage > 0 ? (cluster?.ready ?? []) : [])],
        customTimeouts: { create: timeout, update: timeout, delete: timeout },
      });
      stages.set(stage, [...(stages.get(stage) ?? []), object]);
      return object;
    });
    this.loadBalancerHost = loadBalancerHostOf(this.objects);
    this.registerOutputs({ loadBalancerHost: this.loadBalancerHost });
  }
}

function checkTimeout(path: string, timeout: string): void {
  const checks = new Checks(path);
  checks.require(/^([0-9]+(s|m|h))+$/.test(timeout), 'timeout', () => ({
    got: `"${timeout}"`,
    expected: 'a duration such as 15m',
    fix: 'correct it',
  }));
  checks.finish();
}

/** Position among the stages; what is in none comes last. */
function stageOf({ kind }: KubernetesManifest): number {
  const stage = STAGES.findIndex((kinds) => kinds.includes(kind));
  return stage < 0 ? STAGES.length : stage;
}

/** Name of the object's resource in the program: `deployment-serving-resnet`. */
function idOf({ kind, metadata: { name, namespace } }: KubernetesManifest): string {
  return [kind.toLowerCase(), namespace, name].filter((part) => part !== undefined).join('-');
}

/**
 * The objects of charts in the order of their stages, each with its identity.
 * @throws ConfigurationError when there is none, or one is incomplete or given twice
 * @internal
 */
export function completeObjects(
  path: string,
  charts: readonly ManifestSource[],
): readonly KubernetesManifest[] {
  const objects = charts.flatMap((chart) => chart.toJson());
  const problems: Problem[] = objects
    .filter((object) => !isComplete(object))
    .map((object) => ({
      at: `${path}.charts`,
      got: JSON.stringify(object)?.slice(0, 80) ?? String(object),
      expected: 'objects with apiVersion, kind and metadata.name',
      fix: 'give charts whose objects are complete',
    }));
  const complete = objects.filter(isComplete);
  const seen = new Set<string>();
  for (const object of complete) {
    const id = `${object.apiVersion} ${idOf(object)}`;
    if (seen.has(id)) {
      problems.push({
        at: `${path}.charts`,
        got: `${object.kind} "${object.metadata.name}" twice`,
        expected: 'every object once, as the later would overwrite the earlier',
        fix: 'give one of the two another name or namespace',
      });
    }
    seen.add(id);
  }
  if (objects.length === 0) {
    problems.push({
      at: `${path}.charts`,
      got: 'no objects',
      expected: 'a chart with at least one object',
      fix: 'add constructs to the chart before it is given to Manifests',
    });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Stable: within a stage the order of the charts holds.
  return [...complete].sort((one, other) => stageOf(one) - stageOf(other));
}

function isComplete(object: unknown): object is KubernetesManifest {
  if (typeof object !== 'object' || object === null) return false;
  const { apiVersion, kind, metadata } = object as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown };
  };
  return [apiVersion, kind, metadata?.name].every(
    (part) => typeof part === 'string' && part !== '',
  );
}

/** @throws ConfigurationError when DNS and the like would wait for nodes for ever */
function requireSystemNodes(path: string, { pools, systemPool, clusterName }: ICluster): void {
  const checks = new Checks(path);
  checks.require(systemPool === undefined || pools.includes(systemPool), 'cluster', () => ({
    got: `${clusterName} without nodes of its systemPool ${String(systemPool)}`,
    expected: 'nodes for DNS, metrics and controllers',
    fix: 'declare a NodeGroup of that pool before Manifests',
  }));
  const open = ({ taints }: NodePool): boolean =>
    taints.every(({ effect }) => effect === 'PreferNoSchedule');
  checks.require(systemPool !== undefined || pools.some(open), 'cluster', () => ({
    got: `${clusterName}, all of whose pools are tainted: ${pools.map(({ name }) => name).join(', ')}`,
    expected: 'a pool that takes DNS, metrics and controllers',
    fix: 'set systemPool of the cluster, whose taints they tolerate, or add a pool without taints',
  }));
  checks.finish();
}

/**
 * Pools that none of the pods can run on, for people.
 * @throws ConfigurationError when a pod can run on none of the pools
 */
function unusedPools(
  path: string,
  { pools, systemPool, clusterName }: ICluster,
  objects: readonly KubernetesManifest[],
): readonly string[] {
  const pods = objects.flatMap((object) => {
    const pod = podOf(object);
    return pod ? [{ object, pod }] : [];
  });
  const homeless = pods.filter(({ pod }) => !pools.some((pool) => takes(pool, pod)));
  if (homeless.length > 0) {
    throw new ConfigurationError(
      homeless.map(({ object, pod }) => ({
        at: `${path}: ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
        got: `a pod for nodes with ${JSON.stringify(pod.nodeSelector ?? pod.affinity?.nodeAffinity ?? 'no taint')}`,
        expected: `one of the pools of ${clusterName}: ${pools.map(({ name }) => name).join(', ') || 'none'}`,
        fix: 'declare a NodeGroup or SpotNodeGroup of its pool before Manifests, or place it on another pool',
      })),
    );
  }
  return pools
    .filter((pool) => pool !== systemPool && !pods.some(({ pod }) => takes(pool, pod)))
    .map(String);
}
