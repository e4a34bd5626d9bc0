/* The custom resources of `imports/`, as the API server has to know them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { KubeClient, KubeObject } from './kube-client';
import { until } from './processes';

const FOLDER = resolve(__dirname, '..', '..', '..', 'imports', 'definitions');

/** Installs all definitions; an established one is applied again without a change. */
export async function installDefinitions(client: KubeClient): Promise<void> {
  const definitions = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(join(FOLDER, name), 'utf8')) as KubeObject);
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
