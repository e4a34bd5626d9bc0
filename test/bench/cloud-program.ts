/*
 * One measured program, in a process of its own: the Pulumi side of `eks-spot-resnet` without an engine. Prints what
 * it measured as JSON.
 */
import { join } from 'node:path';
import type * as pulumiTypes from '@pulumi/pulumi';
import type * as programs from '../../stacks/pulumi/program';

async function main(): Promise<void> {
  const pulumi = require('@pulumi/pulumi') as typeof pulumiTypes;
  let resources = 0;
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      resources += 1;
      const resourcesOfGroup = [{ autoscalingGroups: [{ name }] }];
      return { id: name, state: { resources: resourcesOfGroup, ...(inputs as object) } };
    },
    call: () => ({ version: 'v1' }),
  });
  pulumi.runtime.setAllConfig({
    'aws:region': 'eu-west-1',
    'inference:stack': 'eks-spot-resnet',
    'inference:ingress': 'envoy-gateway',
    'inference:zones': 'eu-west-1a,eu-west-1b,eu-west-1c',
  });
  const { program } = require(
    join(__dirname, '..', '..', 'stacks', 'pulumi', 'program'),
  ) as typeof programs;
  program();
  // By itself, once every registration is through.
  process.once('exit', () => {
    const gcp = Object.keys(require.cache).filter((file) => file.includes('@pulumi/gcp')).length;
    const maxRssMib = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ resources, gcp, maxRssMib }));
  });
}

void main();
