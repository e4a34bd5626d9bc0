/*
 * What a synthesis found out and manifests do not say: for `inference-constructs report`, beside the stacks.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'cdk8s';
import { warningsOf } from 'inference-constructs';
import { serversOf } from './summary';

/** Name of the file, which is replaced with the manifests. */
export const CHECKS_FILE = 'checks.json';

/** What is told of a stack. */
export interface StackChecks {
  readonly warnings: ReturnType<typeof warningsOf>;
  /** Server (namespace and name) → pool → pods that a node of it holds. */
  readonly podsPerNode: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Asks a synthesised app. */
export function checksOf(app: App): StackChecks {
  const podsPerNode = serversOf(app).map((server) => [
    `${server.namespace ?? 'default'}/${server.toScalingTarget().name}`,
    Object.fromEntries(server.placement.map((pool) => [pool.name, server.podsPerNode(pool)])),
  ]);
  return {
    warnings: warningsOf(app),
    podsPerNode: Object.fromEntries(podsPerNode) as StackChecks['podsPerNode'],
  };
}

/** Writes what is told of all stacks. */
export function writeChecks(folder: string, checks: Readonly<Record<string, StackChecks>>): void {
  writeFileSync(join(folder, CHECKS_FILE), `${JSON.stringify(checks, undefined, 2)}\n`);
}
