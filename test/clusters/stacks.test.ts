/*
 * What the Pulumi program declares for each stack, and what it says of a wrong configuration.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { App, Yaml } from 'cdk8s';
import { ConfigurationError } from 'inference-constructs';
import { Manifests } from 'inference-constructs/cloud';
import { PUBLIC_SUBNETS } from '../../stacks/eks-spot-resnet/ingress';
import { program } from '../../stacks/pulumi/program';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';
import { CONFIGURATIONS } from '../support/configurations';
import { ofType, record, startRecording, type Recording } from '../support/recorder';

const ROOT = resolve(__dirname, '..', '..');

beforeAll(startRecording);

/** Objects of Kubernetes that charts made. */
const CHART_OBJECT = /^kubernetes:(?!helm\.sh|karpenter)/;

describe.each(Object.entries(CONFIGURATIONS))('%s', (_, config) => {
  let recording: Recording;

  beforeAll(async () => {
    pulumi.runtime.setAllConfig({ ...config });
    recording = await record(() => void program());
  });

  test('declares these resources', () => {
    const names = recording.resources.map(({ type, name }) => `${type} ${name}`);

    expect(new Set(names).size).toBe(names.length);
    expect([...names].sort()).toMatchSnapshot();
  });

  test('warns of these', () => {
    expect(recording.warnings).toMatchSnapshot();
  });

  test('registers the objects of cdk8s, no more and no less', () => {
    const app = new App();
    stacks[config['inference:stack']]?.(
      app,
      readSettings((key) => config[`inference:${key}`]),
    );
    const synthesised = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
    const applied = recording.resources.filter(({ type }) => CHART_OBJECT.test(type));

    expect(byName(applied.map(({ inputs }) => inputs as unknown as Manifest))).toEqual(
      byName(synthesised),
    );
  });

  test('has no text of an Output anywhere', () => {
    expect(JSON.stringify(recording.resources)).not.toMatch(/Output<|\[object /);
  });
});

test.each(Object.keys(stacks))('%s: Manifests holds the committed files byte for byte', (name) => {
  const app = new App();
  stacks[name]?.(
    app,
    readSettings(() => undefined),
  );
  const { objects } = new Manifests(`${name}-bytes`, { charts: app.charts });

  const folder = join(ROOT, 'manifests', name);
  const committed = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8').split(/^---\n/m),
  );
  const held = objects.map(({ manifest }) => Yaml.stringify(manifest));
  expect(held.map((text) => text.trim()).sort()).toEqual(
    committed.map((text) => text.trim()).sort(),
  );
});

test('the load balancer is in the public subnets that the network makes', async () => {
  pulumi.runtime.setAllConfig({ ...CONFIGURATIONS['eks-spot-resnet'] });
  const recording = await record(() => void program());
  const blocks = ofType(recording, 'aws:ec2/subnet:Subnet')
    .filter(({ name }) => name.includes('-public-'))
    .map(({ inputs }) => inputs['cidrBlock']);

  expect(blocks).toEqual(PUBLIC_SUBNETS);
});

test('manifests alone go to a cluster that is there', async () => {
  pulumi.runtime.setAllConfig({ 'inference:stack': 'gke-gpu', 'inference:cluster': 'existing' });
  const { resources } = await record(() => void program());

  expect(resources.filter(({ type }) => !CHART_OBJECT.test(type)).map(({ type }) => type)).toEqual([
    'inference-constructs:clusters:Manifests',
  ]);
});

describe('a wrong configuration is told in full', () => {
  test.each<[string, Record<string, string>]>([
    ['no stack', {}],
    ['an unknown stack', { 'inference:stack': 'eks-typo' }],
    ['nothing but the stack, on EKS', { 'inference:stack': 'eks-spot-resnet' }],
    ['nothing but the stack, on GKE', { 'inference:stack': 'gke-gpu' }],
    [
      'many keys at once',
      {
        'inference:stack': 'eks-spot-resnet',
        'inference:ingress': 'nginx',
        'inference:natGateways': 'two',
        'inference:createBucket': 'maybe',
        'inference:spotProvisioning': 'fleet',
        'inference:cluster': 'none',
      },
    ],
    [
      'a queue beside a cluster that brings its own',
      { ...CONFIGURATIONS['eks-spot-resnet'], 'inference:queueUrl': 'https://sqs.test/q' },
    ],
    [
      'a region that the zones are not in',
      { ...CONFIGURATIONS['eks-spot-resnet'], 'aws:region': 'us-east-1' },
    ],
  ])('%s', (_, config) => {
    pulumi.runtime.setAllConfig(config);

    expect(messageOf(program)).toMatchSnapshot();
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(pulumi.RunError);
    expect(error).not.toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string };
}

function byName(objects: readonly Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(
    objects.map((object) => {
      const { kind, metadata } = object;
      return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, object];
    }),
  );
}
