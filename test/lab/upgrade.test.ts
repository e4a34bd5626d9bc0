/*
 * What an upgrade does to people who run the stacks: the manifests of the last release on a real API server, then those
 * of today. What restarts pods must be told in CHANGELOG.md, and nothing may be refused, replaced or moved.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compare, type ObjectChange } from '../../lib/review/changes/compare';
import { Impact } from '../../lib/review/changes/impact';
import { readManifests, type Manifest } from '../../lib/review/manifest';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import { hasRevisions, revisionsOf } from './support/revisions';

const cluster = controlPlane();

const ROOT = resolve(__dirname, '..', '..');

/** What an upgrade may do, if it is told. */
const TOLD = [Impact.RESTARTED, Impact.STOPPED, Impact.WEAKENED];

function manifestsIn(folder: string): readonly Manifest[] {
  return readManifests(
    readdirSync(folder)
      .sort()
      .map((file) => ({ path: file, text: readFileSync(join(folder, file), 'utf8') })),
  );
}

/** What CHANGELOG.md says of upgrades since the last release: its first section. */
function toldInChangelog(): string {
  const text = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
  return /^What restarts pods.*$/m.exec(text.split(/^## /m)[1] ?? '')?.[0] ?? '';
}

/** Changes that must not be, or of which nobody is told. */
function complaints(changes: readonly ObjectChange[], told: string): readonly string[] {
  return changes
    .filter(({ impact, object: { metadata } }) => {
      if (impact === Impact.NONE) return false;
      return !(TOLD.includes(impact) && told.includes(`\`${metadata.name}\``));
    })
    .map(({ impact, object: { kind, metadata } }) => `${impact}: ${kind} ${metadata.name}`);
}

test('an upgrade that restarts pods must be told, and one that moves an address must not be', () => {
  const [server, way] = manifestsIn(join(ROOT, 'manifests', 'eks-spot-resnet')).filter(
    ({ kind, metadata }) => ['Deployment', 'Ingress'].includes(kind) && metadata.name === 'resnet',
  );
  if (server === undefined || way === undefined) throw new Error('no such objects');
  const text = JSON.stringify(server).replaceAll(
    'tensorflow/serving:2.20.0',
    'tensorflow/serving:2.21.0',
  );
  const newer = JSON.parse(text) as Manifest;
  const restarts = compare([server], [newer]);
  const moved = compare(
    [way],
    [{ ...way, spec: { ...(way['spec'] as object), ingressClassName: 'other' } }],
  );

  expect(complaints(restarts, '')).toEqual(['restarted: Deployment resnet']);
  expect(complaints(restarts, 'What restarts pods: `resnet`, for its newer image.')).toEqual([]);
  expect(complaints(moved, '`resnet`')).toEqual(['address moved: Ingress resnet']);
});

describeWithCluster('from the last release', () => {
  const work = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const [release = ''] = readdirSync(join(__dirname, 'released'));
  execFileSync('tar', ['-xzf', join(__dirname, 'released', release), '-C', work]);
  const stacks = readdirSync(join(work, 'manifests')).filter((name) => !name.includes('.'));

  beforeAll(async () => {
    await installDefinitions(cluster.client);
  });

  afterAll(() => {
    rmSync(work, { recursive: true });
  });

  test.each(stacks)('stack %s is upgraded in place', async (stack) => {
    const before = manifestsIn(join(work, 'manifests', stack));
    const after = manifestsIn(join(ROOT, 'manifests', stack));
    const changes = compare(before, after);
    expect(complaints(changes, toldInChangelog())).toEqual([]);

    const made = before
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ metadata }) => metadata.name);
    const namespaces = new Set(
      [...before, ...after].flatMap(({ metadata }) => metadata.namespace ?? []),
    );
    for (const name of namespaces)
      if (!made.includes(name) && name !== 'kube-system')
        await cluster.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const object of before) await cluster.client.apply(object);
    const workloads = before.filter(hasRevisions);
    const old = new Map<string, string>();
    for (const workload of workloads) {
      old.set(workload.metadata.name, await revisionsOf(cluster.client, workload));
    }
    const uids = await Promise.all(
      before.map(async (object) => (await cluster.client.get(object)).metadata.uid),
    );

    for (const object of after) await cluster.client.apply(object);

    // What the cluster has is what the manifests say, whatever it has filled in besides.
    const live = await Promise.all(after.map((object) => cluster.client.get(object)));
    expect(compare(live as unknown as Manifest[], after)).toEqual([]);

    // Nothing was replaced: the objects are the ones that were there.
    expect(
      await Promise.all(
        before.map(async (object) => (await cluster.client.get(object)).metadata.uid),
      ),
    ).toEqual(uids);
    const restarted: string[] = [];
    for (const workload of workloads) {
      if ((await revisionsOf(cluster.client, workload)) !== old.get(workload.metadata.name))
        restarted.push(workload.metadata.name);
    }
    expect(restarted.sort()).toEqual(
      changes
        .filter(
          ({ object, effects }) =>
            hasRevisions(object) &&
            effects.some(({ fields }) => fields.some((field) => field.startsWith('spec.template'))),
        )
        .map(({ object }) => object.metadata.name)
        .sort(),
    );
  });
});
