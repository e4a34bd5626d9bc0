import type { Checks } from '../core/checks';
import type { ModelEndpoint } from './endpoint';

/** Records endpoints whose requests must pass something that proxies of ours would lead around. */
export function requireDirect(
  checks: Checks,
  property: string,
  endpoints: readonly ModelEndpoint[],
): void {
  for (const { node, activator } of endpoints)
    checks.require(activator === undefined, property, () => ({
      got: `${node.path}, which is reached through ${String(activator)} only: it counts the requests, and starts the first replica`,
      expected: 'endpoints whose pods can be called',
      fix: 'use DeploymentMode.STANDARD, or call it by the host name that KServe gives it; canary of the service shifts requests',
    }));
}
