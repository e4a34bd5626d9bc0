/*
 * What all add-ons have in common: where they are put, and how their objects are made.
 */
import { Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { DaemonSetSpec, DeploymentSpec } from 'kubernetes-types/apps/v1';
import type { Checks } from '../core/checks';
import { ClusterScopedObject, KubernetesObject } from '../core/kubernetes-object';
import type { NetworkPeer } from '../core/network-peer';
import { CapacityKind } from '../nodes/capacity';
import type { NodePool } from '../nodes/node-pool';
import { namesOf, type AddonNames, type AddonObject } from './addon-parts';

/** Changes of the rendered specs, applied last: for what the props cannot say. */
export interface AddonTransforms {
  readonly deployment?: (spec: DeploymentSpec) => DeploymentSpec;
  readonly daemonSet?: (spec: DaemonSetSpec) => DaemonSetSpec;
}

/** Options of all add-ons. */
export interface AddonProps {
  /**
   * Image, pinned by digest or fixed tag.
   * @default - the one that the library was written for
   */
  readonly image?: string;
  /**
   * Peers that may read the metrics.
   * @default - none
   */
  readonly monitoring?: readonly NetworkPeer[];
  /** @default - no changes */
  readonly transform?: AddonTransforms;
}

const CLUSTER_SCOPED = ['ClusterRole', 'ClusterRoleBinding', 'APIService'];

/** Names of an add-on in the chart around it. */
export function addonNames(checks: Checks, scope: Construct, name: string): AddonNames {
  const { namespace } = Chart.of(scope);
  checks.require(namespace !== undefined, 'namespace', () => ({
    got: 'a chart without a namespace',
    expected: 'one, as rights are given to an account of a namespace',
    fix: "put it into new ServingChart(app, 'addons', { namespace: 'kube-system' })",
  }));
  return namesOf(name, namespace ?? '');
}

/** The objects of an add-on by their ids: their kinds, and `Resource` for what runs the pods. */
export type AddonObjects = Readonly<Record<string, KubernetesObject<AddonObject>>>;

/** Makes the objects of an add-on. */
export function addObjects(
  scope: Construct,
  objects: readonly AddonObject[],
  transform: AddonTransforms = {},
): AddonObjects {
  const made: Record<string, KubernetesObject<AddonObject>> = {};
  for (const object of objects) {
    const { kind, metadata } = object;
    const runs = kind === 'Deployment' || kind === 'DaemonSet';
    const change = (kind === 'Deployment' ? transform.deployment : transform.daemonSet) as
      ((spec: unknown) => unknown) | undefined;
    const id = runs ? 'Resource' : kind in made ? `${kind}-${metadata.name}` : kind;
    const Scoped = CLUSTER_SCOPED.includes(kind) ? ClusterScopedObject : KubernetesObject;
    made[id] = new Scoped<AddonObject>(scope, id, {
      ...object,
      ...(runs && change && { spec: change(object['spec']) }),
    });
  }
  return made;
}

/** Requires a pool for control software whose nodes nobody reclaims. */
export function requireStableNodes(
  checks: Checks,
  placement: NodePool | undefined,
  what: string,
): void {
  checks.require(placement?.capacity !== CapacityKind.SPOT, 'placement', () => ({
    got: String(placement),
    expected: `an on-demand pool, as ${what} must outlive the nodes it looks after`,
    fix: 'place it on the pool for control software',
  }));
}
