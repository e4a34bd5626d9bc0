/*
 * What `pulumi up` declares: the cluster of one stack, and on it the very manifests that `npm run synth` writes.
 */
import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { ConfigurationError, warningsOf } from 'inference-constructs';
import { Manifests } from 'inference-constructs/cloud';
import { clusters } from '../clusters';
import { imageLock } from '../image-lock';
import { stacks } from '../stacks';
import { readProgramSettings, type ConfigOf } from './cluster-settings';

/** What people need of a deployed stack; only the last of it of a cluster that was there. */
export interface StackOutputs {
  readonly kubeconfigCommand: string | undefined;
  readonly endpoint: pulumi.Output<string> | undefined;
  readonly pools: readonly string[] | undefined;
  readonly bucket: string | undefined;
  /** Address to which the host names of the stack's clients must resolve. */
  readonly loadBalancerHost: pulumi.Output<string | undefined>;
}

/** Declares the configured stack. */
export function program(): StackOutputs {
  try {
    return declare(configOf);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

function declare(config: ConfigOf): StackOutputs {
  const name = config('inference:stack') ?? '';
  const charts = stacks[name];
  const cluster = clusters[name];
  if (charts === undefined) throw unknownStack(name);
  const today = new Date().toISOString().slice(0, 10);
  const settings = readProgramSettings(name, cluster?.cloudOf, config, today);

  const app = new App({ resolvers: [imageLock()] });
  charts(app, settings.stack);
  for (const { at, message, fix } of warningsOf(app))
    void pulumi.log.warn(`${at}: ${message}; ${fix}`);
  const side = settings.cluster && cluster?.build({ ...settings, cluster: settings.cluster });
  const { loadBalancerHost } = new Manifests(
    name,
    { charts: app.charts, ...(side && { cluster: side.cluster }) },
    { dependsOn: [...(side?.software ?? [])] },
  );
  return {
    kubeconfigCommand: side?.cluster.kubeconfigCommand,
    endpoint: side?.cluster.endpoint,
    pools: side?.cluster.pools.map(({ name: pool }) => pool),
    bucket: side?.bucket.url,
    loadBalancerHost,
  };
}

/** Reads a key by its full name, such as `aws:region`. */
function configOf(key: string): string | undefined {
  const [namespace = '', name = ''] = key.split(':');
  return new pulumi.Config(namespace).get(name);
}

function unknownStack(name: string): ConfigurationError {
  return new ConfigurationError([
    {
      at: 'inference:stack',
      got: name === '' ? 'nothing' : `"${name}"`,
      expected: Object.keys(stacks).join(', '),
      fix: 'choose one with: pulumi config set inference:stack NAME',
    },
  ]);
}
