import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { program } from '../../stacks/index';
import { stacks } from '../../stacks/stacks';

const groups = new Map<string, unknown>();

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      if (type === 'kubernetes:yaml/v2:ConfigGroup')
        groups.set(name, (inputs as { objs: unknown }).objs);
      return { id: name, state: inputs as Record<string, unknown> };
    },
    call: ({ inputs }) => inputs as Record<string, unknown>,
  });
});

test('applies what the stack synthesises, chart by chart', async () => {
  pulumi.runtime.setAllConfig({
    'inference:stack': 'eks-spot-resnet',
    'inference:ingress': 'envoy-gateway',
  });
  const app = new App();
  stacks['eks-spot-resnet']?.(app, { ingress: 'envoy-gateway' });

  program();
  await new Promise((done) => setTimeout(done, 500));

  expect([...groups]).toEqual(
    app.charts.map((chart) => [`eks-spot-resnet-${chart.node.id}-objects`, chart.toJson()]),
  );
});

test.each([
  ['eks-typo', '"eks-typo"'],
  [undefined, 'nothing'],
])('fails on the stack %s with the names that there are', (name, got) => {
  pulumi.runtime.setAllConfig(name === undefined ? {} : { 'inference:stack': name });

  expect(program).toThrow(
    `inference:stack: got ${got}, expected eks-spot-resnet, gke-gpu, secure-xeon; choose one with: pulumi config set inference:stack NAME`,
  );
});
