import * as pulumi from '@pulumi/pulumi';
import { Manifests } from '../../lib/cloud';
import { serverOf } from '../support/charts';
import type { ServingChart } from 'inference-constructs';

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: { readonly objs?: unknown };
}

const registered: Registered[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs: inputs as Registered['inputs'] });
      return { id: name, state: inputs as Record<string, unknown> };
    },
    call: ({ inputs }) => inputs as Record<string, unknown>,
  });
});

test('applies exactly the objects that are synthesised', async () => {
  const chart = serverOf().node.scope as ServingChart;

  const manifests = new Manifests('serving', { chart });
  await new Promise((done) => manifests.urn.apply(done));
  await new Promise((done) => manifests.group.urn.apply(done));

  expect(registered.map(({ type, name }) => [type, name])).toEqual([
    ['inference-constructs:clusters:Manifests', 'serving'],
    ['kubernetes:yaml/v2:ConfigGroup', 'serving-objects'],
  ]);
  expect(registered[1]?.inputs.objs).toEqual(chart.toJson());
});

test('fails on a chart without objects', () => {
  expect(() => new Manifests('none', { chart: { toJson: () => [] } })).toThrow(
    'Manifests(none).chart: got no objects, expected a chart with at least one object; add constructs to the chart before it is given to Manifests',
  );
});

test('fails on objects without an identity', () => {
  const objects = [
    null,
    { kind: 'Pod' },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } },
  ];

  expect(() => new Manifests('odd', { chart: { toJson: () => objects } })).toThrow(
    'Manifests(odd).chart: got null, expected objects with apiVersion, kind and metadata.name; give a chart whose objects are complete\n' +
      'Manifests(odd).chart: got {"kind":"Pod"}, expected objects with apiVersion, kind and metadata.name; give a chart whose objects are complete',
  );
});
