/*
 * The Pulumi program: applies the manifests of one stack, the same that `npm run synth` writes, to the
 * cluster of the current kubeconfig context.
 *
 *   pulumi config set inference:stack eks-spot-resnet && pulumi up
 */
import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { ConfigurationError } from 'inference-constructs';
import { Manifests } from 'inference-constructs/cloud';
import { readSettings } from './settings';
import { stacks } from './stacks';

/** Declares the objects of the configured stack, chart after chart in the order of their dependencies. */
export function program(): void {
  const config = new pulumi.Config('inference');
  const name = config.get('stack') ?? '';
  try {
    const build = stacks[name];
    if (build === undefined) throw new ConfigurationError([unknownStack(name)]);
    const app = new App();
    build(
      app,
      readSettings((key) => config.get(key)),
    );
    let before: readonly Manifests[] = [];
    for (const chart of app.charts) {
      before = [new Manifests(`${name}-${chart.node.id}`, { chart }, { dependsOn: [...before] })];
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

function unknownStack(name: string): ConfigurationError['problems'][number] {
  return {
    at: 'inference:stack',
    got: name === '' ? 'nothing' : `"${name}"`,
    expected: Object.keys(stacks).join(', '),
    fix: 'choose one with: pulumi config set inference:stack NAME',
  };
}

if (pulumi.runtime.hasEngine()) program();
