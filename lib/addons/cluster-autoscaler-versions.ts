/*
 * Versions of the cluster autoscaler. It simulates the scheduler of its own minor version: another one decides
 * otherwise than the cluster does.
 * @see https://github.com/kubernetes/autoscaler/releases (2026-07-22)
 */

/** Minor version of Kubernetes → latest version of the autoscaler. */
export const AUTOSCALER_VERSIONS: ReadonlyMap<number, string> = new Map([
  [33, '1.33.6'],
  [34, '1.34.5'],
  [35, '1.35.2'],
  [36, '1.36.1'],
]);

/** Number of a minor version such as `1.35`; undefined if it is none. */
export function minorOf(version: string): number | undefined {
  const [, minor] = /^1\.(\d+)$/.exec(version) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
