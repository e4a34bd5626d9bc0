/*
 * The ready stacks through Pulumi's own engine: what a person sees who types `pulumi up`. Objects go to a real API
 * server, calls of AWS to moto and to the models of its services.
 */
import { App } from 'cdk8s';
import { program } from '../../stacks/pulumi/program';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';
import { CONFIGURATIONS } from '../support/configurations';
import { startAwsApi, type AwsApi } from './support/aws-api';
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

  test('the API of AWS was asked for what maps to it', () => {
    const operations = new Set(api.calls.map(({ operation }) => operation));

    expect([...operations].sort()).toMatchSnapshot();
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
