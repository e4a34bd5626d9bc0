/*
 * A cloud that takes spot nodes back: it gives notice, somebody drains the nodes through the eviction API as managed
 * groups and handlers do, and at the end of the notice whatever is left is gone with its node.
 */
import type { KubeClient, KubeObject } from './kube-client';
import { pause } from './processes';

/** What became of the pods of the nodes. */
export interface Outcome {
  /** Pods that ended by themselves, and seconds from their eviction until they were gone. */
  readonly drained: readonly { readonly name: string; readonly seconds: number }[];
  /** Pods that were still there when their node ended. */
  readonly killed: readonly string[];
  /** Evictions that the disruption budget put off. */
  readonly putOff: number;
  /** Seconds from the notice until the last node was empty or ended. */
  readonly seconds: number;
}

/** Takes nodes back with a notice of so many seconds. */
export async function interrupt(
  client: KubeClient,
  nodes: readonly string[],
  noticeSeconds: number,
): Promise<Outcome> {
  const noticed = performance.now();
  const elapsed = (): number => (performance.now() - noticed) / 1000;
  for (const node of nodes) await cordon(client, node);
  const evictedAt = new Map<string, number>();
  const drained: { name: string; seconds: number }[] = [];
  let putOff = 0;
  let left = await podsOn(client, nodes);
  while (left.length > 0 && elapsed() < noticeSeconds) {
    for (const pod of left) {
      const { name } = pod.metadata;
      if (pod.metadata.deletionTimestamp !== undefined || evictedAt.has(name)) continue;
      const status = await evict(client, pod);
      if (status === 429) putOff += 1;
      else if (status < 300) evictedAt.set(name, elapsed());
    }
    await pause(250);
    left = await podsOn(client, nodes);
    const there = new Set(left.map(({ metadata }) => metadata.name));
    for (const [name, at] of evictedAt) {
      if (there.has(name) || drained.some((one) => one.name === name)) continue;
      drained.push({ name, seconds: elapsed() - at });
    }
  }
  const seconds = elapsed();
  for (const pod of left) await client.remove(pod);
  for (const name of nodes) await client.remove(nodeNamed(name));
  return { drained, killed: left.map(({ metadata }) => metadata.name), putOff, seconds };
}

function nodeNamed(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } };
}

async function cordon(client: KubeClient, node: string): Promise<void> {
  await client.request(
    'PATCH',
    `/api/v1/nodes/${node}`,
    { spec: { unschedulable: true } },
    'application/merge-patch+json',
  );
}

async function evict(client: KubeClient, { metadata }: KubeObject): Promise<number> {
  const { name, namespace = 'default' } = metadata;
  const { status } = await client.request(
    'POST',
    `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
  );
  return status;
}

/** Pods on the nodes, whatever their namespace. */
export async function podsOn(
  client: KubeClient,
  nodes: readonly string[],
): Promise<readonly KubeObject[]> {
  const pods = (await client.list('/api/v1/pods')).map((pod) => ({
    ...pod,
    apiVersion: 'v1',
    kind: 'Pod',
  }));
  return pods.filter(({ spec }) => nodes.includes(String(spec?.['nodeName'])));
}
