/*
 * The ready stacks through Pulumi's own engine: what a person sees who types `pulumi up`. Objects go to a real API
 * server, calls of AWS to moto and to the models of its services.
 */
import { App } from 'cdk8s';
import { program } from '../../stacks/pulumi/program';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';
import { CONFIGURATIONS } from '../support/configurations';
import { MAPPED_TYPES, startAwsApi, type AwsApi } from './support/aws-api';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import { KubernetesProvider } from './support/kubernetes-provider';
import type { KubeObject } from './support/kube-client';
import { installed } from './support/lab-home';
import { startEngine, type Engine, type EngineStack } from './support/pulumi-engine';
import { SimulatedCloud } from './support/simulated-cloud';

const describeWithEngine = installed('pulumi', 'moto') ? describeWithCluster : describe.skip;

describeWithEngine('with the engine of Pulumi', () => {
  const plane = controlPlane();
  let api: AwsApi;

  beforeAll(async () => {
    await installDefinitions(plane.client);
    api = startAwsApi();
  });

  afterAll(() => api.stop());

  describe.each(Object.entries(CONFIGURATIONS))('%s', (title, config) => {
    let cloud: SimulatedCloud;
    let kubernetes: KubernetesProvider;
    let engine: Engine;
    let stack: EngineStack;

    beforeAll(async () => {
      cloud = new SimulatedCloud(api.backend);
      kubernetes = new KubernetesProvider(() => plane.client);
      engine = await startEngine({ aws: cloud, gcp: cloud, kubernetes });
      stack = await engine.stack('lab', () => Promise.resolve({ ...program() }));
      await stack.configure(config);
    });

    afterAll(() => engine.stop());

    test('is previewed in full before anything is there', async () => {
      const started = performance.now();
      const preview = await stack.preview();
      console.log(`preview of ${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);

      expect(preview.error).toBeUndefined();
      expect(Object.keys(preview.counts)).toEqual(['create']);
      expect(cloud.resources.size).toBe(0);
    });

    test('comes up, and then nothing is left to do', async () => {
      const first = await stack.up();
      expect(first.error).toBeUndefined();
      expect(first.outputs).toMatchObject({
        pools: expect.arrayContaining(['control']) as unknown,
      });

      const second = await stack.up();
      expect(second.counts).toEqual({ same: first.counts['create'] });
    });

    test('every resource belongs to a component, and every object to the cluster', async () => {
      const resources = (await stack.state()).filter(
        ({ type }) => !/^pulumi:(pulumi:Stack|providers:(aws|gcp|pulumi))/.test(type),
      );
      const components = resources.filter(({ type }) => type.startsWith('inference-constructs:'));
      const owners = new Set(components.map(({ urn }) => urn));
      const rest = resources.filter(({ urn }) => !owners.has(urn));

      expect(rest.filter(({ parent = '' }) => !owners.has(parent))).toEqual([]);
      expect(
        rest.filter(
          ({ type, provider = '' }) =>
            type.startsWith('kubernetes:') && !/-kubernetes::[^:]+$/.test(provider),
        ),
      ).toEqual([]);
    });

    test('starts no pod before its nodes and its identity are there', async () => {
      const resources = await stack.state();
      const waits = resources
        .filter(({ type }) => type === 'kubernetes:apps/v1:Deployment')
        .map(({ dependencies = [] }) => dependencies.join(' '));

      expect(waits.length).toBeGreaterThan(0);
      for (const one of waits) {
        expect(one).toMatch(/NodeGroup|NodePool|autoscaling\/group:Group/);
        expect(one).toMatch(/PodIdentityAssociation|BucketIAMMember/);
        expect(one).toMatch(/NetworkPolicy/);
      }
    });

    test('applies the objects that are synthesised from the same settings', () => {
      const app = new App();
      stacks[config['inference:stack']]?.(
        app,
        readSettings((key) => config[`inference:${key}`]),
      );
      const synthesised = app.charts.flatMap((chart) => chart.toJson() as object[]);
      const applied = [...kubernetes.resources.values()]
        .filter(({ type }) => !/helm.sh|karpenter/.test(type))
        .map(({ inputs }) => inputs);

      expect(byName(applied)).toEqual(byName(synthesised));
    });

    test('is the same after a refresh', async () => {
      const refreshed = await stack.refresh();

      expect(refreshed.error).toBeUndefined();
      expect(Object.keys(refreshed.counts)).toEqual(['same']);
    });

    test('goes in the order of what uses what, and leaves nothing', async () => {
      const destroyed = await stack.destroy();

      expect(destroyed.error).toBeUndefined();
      expect([...cloud.resources.values(), ...kubernetes.resources.values()]).toEqual([]);
      expect(await stack.state()).toEqual([]);
    });
  });

  test.each([
    [
      'an image that EKS lacks',
      'aws:eks/nodeGroup:NodeGroup',
      { amiType: 'AL2023_x86_64' },
      /amiType/,
    ],
    [
      'a hop limit that is no number',
      'aws:ec2/launchTemplate:LaunchTemplate',
      { metadataOptions: { httpPutResponseHopLimit: 'one' } },
      /HttpPutResponseHopLimit/,
    ],
    [
      'a policy that is none',
      'aws:iam/rolePolicy:RolePolicy',
      { policy: '{"Statement":[{"Effect":"Allow"}]}' },
      /MalformedPolicyDocument/,
    ],
  ])('the API of AWS refuses %s', async (_, type, change, reason) => {
    const good: Record<string, Record<string, unknown>> = {
      'aws:eks/nodeGroup:NodeGroup': {
        clusterName: 'lab',
        nodeGroupNamePrefix: 'lab-',
        nodeRoleArn: 'arn:aws:iam::111122223333:role/nodes',
        subnetIds: ['subnet-1'],
        amiType: 'AL2023_x86_64_STANDARD',
      },
      'aws:ec2/launchTemplate:LaunchTemplate': {
        namePrefix: 'lab-',
        blockDeviceMappings: [],
        tagSpecifications: [],
        metadataOptions: { httpPutResponseHopLimit: 1 },
      },
      'aws:iam/rolePolicy:RolePolicy': {
        policy:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::models/*"}]}',
      },
    };

    expect(await api.backend(type, good[type] ?? {})).toEqual([]);
    expect((await api.backend(type, { ...good[type], ...change })).join()).toMatch(reason);
  });

  test('the API of AWS was asked for what maps to it', () => {
    const operations = new Set(api.calls.map(({ operation }) => operation));

    expect(operations.size).toBe(MAPPED_TYPES.length);
  });
});

/** Kind, namespace and name → object. */
function byName(objects: readonly object[]): Record<string, object> {
  return Object.fromEntries(
    objects.map((object) => {
      const { kind, metadata } = object as KubeObject;
      return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, object];
    }),
  );
}
