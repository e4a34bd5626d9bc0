import { compare } from '../../lib/review/changes/compare';
import { changesAsJson, changesAsMarkdown, changesAsText } from '../../lib/review/changes/render';
import { readManifests, type Manifest } from '../../lib/review/manifest';
import { KNOWN_CHANGES, after } from '../support/manifest-changes';
import {
  autoscaler,
  claim,
  configMap,
  deployment,
  object,
  secret,
  service,
} from '../support/small-manifests';

/** Without the numbers that keep names apart. */
const plain = (text: string): string => text.replaceAll(/([a-z])-\d+/g, '$1');

test('there are changes enough to check', () => {
  expect(KNOWN_CHANGES.length).toBeGreaterThan(60);
});

// test/lab/changes asks a real API server the same.
test.each(KNOWN_CHANGES)('$title: $impact', (known) => {
  expect(compare([known.before], [after(known)])).toMatchObject([
    { change: 'changed', impact: known.impact },
  ]);
});

test('what they do is said in words', () => {
  const all = KNOWN_CHANGES.flatMap((known) => compare([known.before], [after(known)]));

  expect(plain(changesAsText(all))).toMatchSnapshot();
});

describe('removal', () => {
  const workload = deployment();
  const pdb = object('policy/v1', 'PodDisruptionBudget', {});
  const policy = object('networking.k8s.io/v1', 'NetworkPolicy', {});
  const namespace: Manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'serving' },
  };
  const definition = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}, true);
  const removed = [
    workload,
    pdb,
    policy,
    namespace,
    definition,
    claim(),
    service(),
    service({ type: 'LoadBalancer' }),
    object('gateway.networking.k8s.io/v1', 'Gateway', {}),
    configMap(),
  ];

  test('of each kind says what is lost', () => {
    expect(plain(changesAsText(compare(removed, [])))).toMatchSnapshot();
  });

  test('of a ConfigMap that pods mount stops new pods', () => {
    const settings = configMap();
    const reader = deployment();
    const spec = {
      containers: [],
      volumes: [{ name: 'settings', configMap: { name: settings.metadata.name } }],
    };
    const mounting = { ...reader, spec: { ...(reader['spec'] as object), template: { spec } } };

    const changes = compare([settings, mounting], [mounting]);

    expect(changes).toMatchObject([{ change: 'removed', impact: 'stopped' }]);
    expect(changes[0]?.effects[0]?.words).toBe(
      `new pods of ${reader.metadata.name} do not start without it`,
    );
  });
});

test('pods are counted by their autoscaler, and paced as the controller rounds', () => {
  const workload = deployment({
    replicas: undefined,
    strategy: { rollingUpdate: { maxUnavailable: '10%', maxSurge: '25%' } },
  });
  const scaler = autoscaler();
  const scaled = {
    ...scaler,
    spec: {
      ...(scaler['spec'] as object),
      scaleTargetRef: { kind: 'Deployment', name: workload.metadata.name },
      minReplicas: 20,
      maxReplicas: 100,
    },
  };
  const changed = after({
    title: '',
    impact: '',
    before: workload,
    set: { 'spec.template.metadata.annotations': { digest: 'a' } },
  });

  const [change] = compare([workload, scaled], [changed, scaled]);

  // 10 % of 20 is 2, and 25 % 5; of 100: 10 and 25.
  expect(change?.effects[0]?.words).toBe('restarts 20–100 pods, 7–35 at a time');
});

test('the worst come first, and unchanged objects not at all', () => {
  const same = configMap();
  const pairs = [
    'the bounds of an autoscaler',
    'a Service that loses its load balancer',
    'the image of a Job',
  ].map((title) => {
    const known = KNOWN_CHANGES.find((one) => one.title === title);
    if (known === undefined) throw new Error(title);
    return [known.before, after(known)] as const;
  });

  const changes = compare(
    [same, ...pairs.map(([before]) => before)],
    [same, ...pairs.map(([, now]) => now)],
  );

  expect(changes.map(({ impact }) => impact)).toEqual(['refused', 'address moved', 'none']);
});

test('the order of keys and another version of the API mean nothing', () => {
  const before = configMap({ data: { a: '1', b: '2' } });
  const now = {
    metadata: before.metadata,
    data: { b: '2', a: '1' },
    kind: before.kind,
    apiVersion: before.apiVersion,
  };
  expect(compare([before], [now])).toEqual([]);

  const budget = object('policy/v1beta1', 'PodDisruptionBudget', { spec: { maxUnavailable: 1 } });
  expect(compare([budget], [{ ...budget, apiVersion: 'policy/v1' }])).toMatchObject([
    { change: 'changed', impact: 'none' },
  ]);
});

describe('of what a cluster has', () => {
  const manifest = deployment();
  const metadata = { ...manifest.metadata, uid: '1' };
  // As the API server gives it: amounts in short, defaults filled in.
  const live = {
    ...after({
      title: '',
      impact: '',
      before: manifest,
      set: {
        'spec.template.spec.containers.0.resources.requests.cpu': '1000m',
        'spec.template.spec.containers.0.terminationMessagePath': '/dev/termination-log',
        'spec.template.spec.dnsPolicy': 'ClusterFirst',
        'spec.progressDeadlineSeconds': 600,
      },
    }),
    metadata,
    status: { replicas: 4 },
  };

  test('defaults are no change, and changes are what they are', () => {
    const image = { 'spec.template.spec.containers.0.image': 'registry.example.com/server:1.1.0' };
    const changed = after({ title: '', impact: '', before: manifest, set: image });

    expect(compare([live], [manifest])).toEqual([]);
    expect(compare([live], [changed])).toMatchObject([
      { impact: 'restarted', fields: [{ path: 'spec.template.spec.containers[server].image' }] },
    ]);
  });

  test('only what is ours is gone when no manifest has it', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'inference-constructs' };
    const ours = { ...live, metadata: { ...metadata, name: 'ours', labels } };

    expect(compare([live, ours], [])).toMatchObject([
      { change: 'removed', object: { metadata: { name: 'ours' } } },
    ]);
  });
});

test('values of Secrets are in no output', () => {
  const plain = secret({ data: { key: 'b2xk', gone: 'Z29uZQ==' } });
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(plain) };
  const before = { ...plain, metadata: { ...plain.metadata, annotations: applied } };
  const changes = compare([before], [{ ...plain, data: { key: 'bmV3', added: 'YWRkZWQ=' } }]);

  const outputs = [changesAsText(changes), changesAsMarkdown(changes), changesAsJson(changes)].join(
    '\n',
  );

  expect(outputs).toContain('data.key');
  for (const value of ['b2xk', 'bmV3', 'Z29uZQ', 'YWRkZWQ']) expect(outputs).not.toContain(value);
});

test('a pull request gets a table', () => {
  const known = KNOWN_CHANGES.find(({ title }) => title === 'a Service that becomes headless');
  if (known === undefined) throw new Error('no such change');
  const added = configMap({ data: { pipe: 'a|b' } });

  expect(
    plain(changesAsMarkdown(compare([known.before, configMap()], [after(known), added]))),
  ).toMatchSnapshot();
});

describe('reading', () => {
  test('takes documents and lists apart', () => {
    const text =
      '---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n';

    expect(readManifests([{ path: 'a.yaml', text }]).map(({ metadata }) => metadata.name)).toEqual([
      'a',
    ]);
  });

  test('leaves out what is for tools, and takes names that the cluster completes', () => {
    const text =
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\n';

    expect(
      readManifests([{ path: 'a.yaml', text }]).map(
        ({ kind, metadata }) => `${kind} ${metadata.name}`,
      ),
    ).toEqual(['Job run-']);
  });

  test('tells all that is no manifest, with the line', () => {
    const files = [
      { path: 'broken.yaml', text: 'a: 1\nb: [1\n' },
      { path: 'values.yaml', text: 'replicas: 3\n' },
    ];

    expect(() => readManifests(files)).toThrowErrorMatchingSnapshot();
  });
});
