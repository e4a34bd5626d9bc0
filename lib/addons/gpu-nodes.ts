/*
 * Daemon sets for nodes with NVIDIA GPUs, whatever else is on them.
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { Checks } from '../core/checks';
import type { NodePool } from '../nodes/node-pool';
import { poolTerms } from '../nodes/pool-terms';
import { metadataOf, type AddonNames, type AddonObject } from './addon-parts';

/** Requires pools of EKS, each with GPUs. */
export function requireGpuPools(
  checks: Checks,
  pools: readonly NodePool[],
  gkeBrings: string,
): void {
  const without = pools.filter(({ accelerator }) => accelerator === undefined);
  checks.require(pools.length > 0 && without.length === 0, 'pools', () => ({
    got: without.map(String).join(', ') || 'none',
    expected: 'pools with accelerators',
    fix: 'name the GPU pools of the cluster',
  }));
  const foreign = pools.filter(({ cloud }) => cloud.definition.id !== 'eks');
  checks.require(foreign.length === 0, 'pools', () => ({
    got: foreign.map(String).join(', '),
    expected: `pools of EKS, as GKE brings ${gkeBrings}`,
    fix: 'leave it out on GKE',
  }));
}

/** One pod on every node of the pools. */
export function gpuDaemonSet(
  names: AddonNames,
  pools: readonly NodePool[],
  {
    container,
    volumes,
  }: { readonly container: Container; readonly volumes: NonNullable<PodSpec['volumes']> },
): AddonObject {
  const pod: PodSpec = {
    serviceAccountName: names.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: 'system-node-critical',
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: poolTerms(pools) },
      },
    },
    // GPUs do not wait for whatever else keeps pods off a node.
    tolerations: [{ operator: 'Exists' }],
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadataOf(names),
    spec: {
      revisionHistoryLimit: 3,
      selector: { matchLabels: names.selector },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: { metadata: { labels: names.labels }, spec: pod },
    },
  };
}
