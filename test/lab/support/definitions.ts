/* The custom resources of `imports/`, as the API server has to know them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { KubeClient, KubeObject } from './kube-client';
import { until } from './processes';

const FOLDER = resolve(__dirname, '..', '..', '..', 'imports', 'definitions');

/** Definitions of what the library knows without a binding: those of Karpenter 1.14.1. */
export const KARPENTER = resolve(__dirname, '..', 'definitions');

/** What is made by other means of OpenShift, which the library knows without a binding, too. */
const OPENSHIFT = join(KARPENTER, 'openshift');

/** Installs all definitions of folders; an established one is applied again without a change. */
export async function installDefinitions(
  client: KubeClient,
  ...folders: readonly string[]
): Promise<void> {
  const definitions = (folders.length > 0 ? folders : [FOLDER, OPENSHIFT]).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => parse(readFileSync(join(folder, name), 'utf8')) as KubeObject),
  );
  for (const definition of definitions) await client.apply(definition);
  await until('the definitions are established', 60, async () => {
    const states = await Promise.all(definitions.map((definition) => client.get(definition)));
    return states.every(({ status }) => isEstablished(status));
  });
}

function isEstablished(status: KubeObject['status']): boolean {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status: holds }) => type === 'Established' && holds === 'True');
}
