/*
 * Custom resources before the API server, with the definitions that `imports/` is generated from.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Duration } from 'cdk8s';
import { parse } from 'yaml';
import { ExternalCredentials } from 'inference-constructs';
import { chartOf } from '../support/charts';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { until } from './support/processes';

const cluster = controlPlane();

const ROOT = resolve(__dirname, '..', '..');

/** The definitions named in cdk8s.yaml, from the folder beside the repository or from upstream. */
async function definitions(): Promise<KubeObject[]> {
  const { imports } = parse(readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8')) as {
    imports: string[];
  };
  return Promise.all(
    imports.map(async (entry) => {
      const url = entry.split(':=')[1] ?? '';
      const local = join(ROOT, '..', 'shared', 'crds', basename(url));
      const text = existsSync(local)
        ? readFileSync(local, 'utf8')
        : await (await fetch(url)).text();
      return parse(text) as KubeObject;
    }),
  );
}

describeWithCluster('custom resources', () => {
  let installed: KubeObject[] = [];

  beforeAll(async () => {
    installed = await definitions();
    for (const definition of installed) await cluster.client.create(definition);
    await until('the definitions are established', 30, async () => {
      const states = await Promise.all(
        installed.map((definition) => cluster.client.get(definition)),
      );
      return states.every(({ status }) => established(status));
    });
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'custom' },
    });
  });

  afterAll(async () => {
    for (const definition of installed) await cluster.client.remove(definition);
  });

  test('external credentials are accepted with strict validation and without a warning', async () => {
    const chart = chartOf('custom');
    new ExternalCredentials(chart, 'Hub', {
      name: 'hub',
      store: 'vault',
      keys: { token: { entry: 'ml/hub', field: 'token' }, other: { entry: 'ml/other' } },
      refreshInterval: Duration.minutes(5),
    });

    for (const object of chart.toJson() as KubeObject[]) {
      expect((await cluster.client.apply(object)).warnings).toEqual([]);
    }
  });
});

function established(status: KubeObject['status']): boolean {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status: holds }) => type === 'Established' && holds === 'True');
}
