/*
 * What the library says of changes, asked of a real API server and its controllers.
 */
import { compare } from '../../lib/review/changes/compare';
import { KNOWN_CHANGES, after } from '../support/manifest-changes';
import { controlPlane, describeWithCluster } from './support/cluster';
import { until } from './support/processes';
import { hasRevisions, revisionsOf } from './support/revisions';

const cluster = controlPlane();

describeWithCluster('a change of', () => {
  beforeAll(async () => {
    const metadata = { name: 'changes' };
    await cluster.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
  });

  afterAll(async () => {
    for (const { before } of KNOWN_CHANGES) await cluster.client.remove(before);
  });

  test.each(KNOWN_CHANGES)('$title: $impact', async (known) => {
    const now = after(known);
    const [change] = compare([known.before], [now]);
    expect(change?.impact).toBe(known.impact);
    await cluster.client.apply(known.before);
    const templates = async (): Promise<string> =>
      hasRevisions(known.before) ? revisionsOf(cluster.client, known.before) : '';
    const before = await templates();

    const refused = await cluster.client.apply(now).then(
      () => undefined,
      (error: unknown) => String(error),
    );

    if (known.impact === 'refused') {
      expect(refused).toMatch(
        /immutable|forbidden|may not change|cannot be (changed|updated)|Invalid/i,
      );
      return;
    }
    expect(refused).toBeUndefined();
    if (!hasRevisions(known.before)) return;
    // Pods are replaced if, and only if, their template is another.
    const replaced = change?.effects.some(({ fields }) =>
      fields.some((field) => field.startsWith('spec.template')),
    );
    if (replaced === true)
      await until('pods are made from another template', 30, async () => {
        return (await templates()) !== before;
      });
    else expect(await templates()).toBe(before);
  });

  test('replicas that a manifest names no more: the API server sets 1', async () => {
    const known = KNOWN_CHANGES.find(({ title }) => title.startsWith('no replicas'));
    if (known === undefined) throw new Error('no such change');

    expect((await cluster.client.get(known.before)).spec?.['replicas']).toBe(1);
  });
});
