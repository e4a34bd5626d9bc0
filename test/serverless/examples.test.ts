/*
 * Examples of KServe's documentation, said with our props: every field that they print is in what we render, and what
 * we render besides is one of the defaults that are listed here.
 */
import { parse } from 'yaml';
import { DeploymentMode, InferenceService } from 'inference-constructs';
import { chartOf } from '../support/charts';
import type { Example } from './examples/example';
import { features } from './examples/features';
import { frameworks } from './examples/frameworks';
import { REFUSED } from './examples/refused';

/** What we say and the examples do not, by the path below `spec`. */
const DEFAULTS: readonly (readonly [RegExp, string])[] = [
  [/^\w+\.(min|max)Replicas$/, 'bounds: no component grows without end'],
  [/^\w+\.timeout$/, 'a time limit, which is the time to end, too'],
  [/^\w+\.labels\./, 'labels, by which budgets and policies find the pods'],
  [/^\w+\.annotations\./, "deadlines, what Knative's proxy gets, a delay before replicas go"],
  [/^\w+\.serviceAccountName$/, 'an account of its own'],
  [
    /^\w+\.(automountServiceAccountToken|enableServiceLinks)$/,
    'no token, no variables by the names of Services',
  ],
  [/^\w+\.(affinity|topologySpreadConstraints)\b/, 'replicas apart from each other'],
  [
    /^\w+\.(securityContext|terminationGracePeriodSeconds|deploymentStrategy)\b/,
    'restricted, drained, no more at a time than there is room for',
  ],
  [/^\w+\.scaleMetricType$/, 'percent, as is meant'],
  [/^\w+\.volumes\b/, 'a volume at /tmp, as the root is read-only'],
  [
    /^predictor\.model\.runtime$/,
    'the runtime by its name: another in the cluster changes nothing',
  ],
  [/^predictor\.model\.protocolVersion$/, 'the protocol that is the default'],
  [
    /^\w+\.(model|art|containers\.0)\.(resources|securityContext)\b/,
    'requests, limits, and what Pod Security asks',
  ],
  [
    /^\w+\.containers\.0\.(ports|startupProbe|readinessProbe|livenessProbe|lifecycle)\b/,
    'ports, probes, a drain',
  ],
  [
    /^\w+\.containers\.0\.(imagePullPolicy|terminationMessagePolicy|volumeMounts)\b/,
    'pulled by what is there, the log as message',
  ],
  [/^predictor\.batcher\.timeout$/, 'the time limit of the service'],
];

/**
 * Values that we say otherwise on purpose: tags of images and revisions of the hub are pinned, images of models are
 * volumes in place of sidecars that share their processes.
 */
function better(printed: unknown, rendered: unknown): boolean {
  if (typeof printed !== 'string' || typeof rendered !== 'string') return false;
  if (printed.endsWith(':latest'))
    return rendered.startsWith(printed.slice(0, -'latest'.length)) && rendered !== printed;
  if (printed.startsWith('oci://')) return rendered === printed.replace('oci:', 'oci+native:');
  return printed.startsWith('hf://') && rendered === `${printed}:${'0'.repeat(40)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Paths at which what is rendered is not what is printed, nor one of the defaults. */
function differences(printed: unknown, rendered: unknown, path: string): string[] {
  if (isObject(rendered) && (isObject(printed) || printed === undefined)) {
    const keys = new Set([...Object.keys(printed ?? {}), ...Object.keys(rendered)]);
    return [...keys].flatMap((key) =>
      differences(printed?.[key], rendered[key], path === '' ? key : `${path}.${key}`),
    );
  }
  if (printed === rendered || better(printed, rendered)) return [];
  if (printed === undefined && DEFAULTS.some(([pattern]) => pattern.test(path))) return [];
  return [`${path}: printed ${JSON.stringify(printed)}, rendered ${JSON.stringify(rendered)}`];
}

function render({ name, props }: Pick<Example, 'name' | 'props'>): { spec: unknown } {
  const { inferenceService } = new InferenceService(chartOf(), 'Service', {
    name,
    mode: DeploymentMode.KNATIVE,
    ...props,
  });
  return inferenceService.toJson() as { spec: unknown };
}

const examples = [...frameworks, ...features];

test('there are at least 60 examples, each once', () => {
  expect(examples.length).toBeGreaterThanOrEqual(60);
  expect(new Set(examples.map(({ name }) => name)).size).toBe(examples.length);
});

test.each(examples.map((example) => [example.name, example] as const))('%s', (_, example) => {
  expect(differences(parse(example.spec), render(example).spec, '')).toEqual([]);
});

test('a field that is missing, other or new is found', () => {
  const [example] = frameworks;
  if (example === undefined) throw new Error('no examples');
  const { spec } = render(example);

  expect(
    differences(
      { predictor: { model: { modelFormat: { name: 'onnx' } }, tolerations: [] } },
      spec,
      '',
    ),
  ).toEqual([
    'predictor.model.modelFormat.name: printed "onnx", rendered "sklearn"',
    expect.stringMatching(/^predictor\.model\.storageUri: printed undefined/) as string,
    'predictor.tolerations: printed [], rendered undefined',
  ]);
});

test('every default that is listed is needed by an example', () => {
  const paths = examples.flatMap((example) => extra(parse(example.spec), render(example).spec, ''));
  const unused = DEFAULTS.filter(([pattern]) => !paths.some((path) => pattern.test(path)));

  expect(unused.map(([pattern]) => String(pattern))).toEqual([]);
});

function extra(printed: unknown, rendered: unknown, path: string): string[] {
  if (!isObject(rendered)) return printed === undefined ? [path] : [];
  return Object.keys(rendered).flatMap((key) =>
    extra(
      isObject(printed) ? printed[key] : undefined,
      rendered[key],
      path === '' ? key : `${path}.${key}`,
    ),
  );
}

test.each(REFUSED)('$example is not said, and why: $reason', ({ props, refusal }) => {
  const attempt = (): unknown => (props ? render({ name: 'example', props }) : undefined);

  if (refusal === undefined) expect(attempt()).toBeUndefined();
  else expect(attempt).toThrow(refusal);
});
