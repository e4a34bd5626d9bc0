/*
 * What the library says of changes, asked of a real API server and its controllers.
 */
import { compare } from '../../lib/review/changes/compare';
import { KNOWN_CHANGES, after } from '../support/manifest-changes';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { until } from './support/processes';

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
    const generation = await templateOf(known.before);

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
    if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(known.before.kind)) return;
    // Pods are replaced if, and only if, their template is another.
    const replaced = change?.effects.some(({ fields }) =>
      fields.some((field) => field.startsWith('spec.template')),
    );
    if (replaced === true)
      await until('pods are made from another template', 30, async () => {
        return (await templateOf(known.before)) !== generation;
      });
    else expect(await templateOf(known.before)).toBe(generation);
  });

  test('replicas that a manifest names no more: the API server sets 1', async () => {
    const known = KNOWN_CHANGES.find(({ title }) => title.startsWith('no replicas'));
    if (known === undefined) throw new Error('no such change');

    expect((await cluster.client.get(known.before)).spec?.['replicas']).toBe(1);
  });

  /** The revision that pods of a workload are made from, once its controller has seen the workload. */
  async function templateOf(workload: KubeObject): Promise<string | undefined> {
    const plural = {
      Deployment: 'replicasets',
      StatefulSet: 'controllerrevisions',
      DaemonSet: 'controllerrevisions',
    }[workload.kind];
    if (plural === undefined) return undefined;
    let names: string[] = [];
    await until('the controller has seen the workload', 30, async () => {
      const { status } = await cluster.client.get(workload);
      const { metadata } = await cluster.client.get(workload);
      const seen =
        status?.['observedGeneration'] === (metadata as { generation?: number }).generation;
      const revisions = await cluster.client.list(`/apis/apps/v1/namespaces/changes/${plural}`);
      names = revisions
        .map(({ metadata: { name } }) => name)
        .filter((name) => name.startsWith(`${workload.metadata.name}-`));
      return seen && names.length > 0;
    });
    return names.sort().join(' ');
  }
});
