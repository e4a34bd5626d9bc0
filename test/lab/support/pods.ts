import type { KubeObject } from './kube-client';

/** Whether a pod answers. */
export function isReady({ status }: KubeObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
}
