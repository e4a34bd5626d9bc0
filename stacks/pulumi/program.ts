/*
 * What `pulumi up` declares: the cluster of one stack, and on it the very manifests that `npm run synth` writes.
 */
import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { ConfigurationError, warningsOf } from 'inference-constructs';
import { Manifests } from 'inference-constructs/cloud';
import { eksSpotResNetCluster } from '../eks-spot-resnet/cluster';
import { gkeGpuCluster } from '../gke-gpu/cluster';
import { kserveServerlessCluster } from '../kserve-serverless/cluster';
import { secureXeonCluster } from '../secure-xeon/cluster';
import type { StackSettings } from '../settings';
import { stacks } from '../stacks';
import { readProgramSettings, type ConfigOf } from './cluster-settings';
import type { ClusterInput, ClusterSide } from './foundation';

/** The clusters of the ready stacks by name, and the cloud each is in; the others go to a cluster that is there. */
const clusters: Readonly<
  Record<
    string,
    {
      readonly cloudOf: (settings: StackSettings) => 'eks' | 'gke';
      readonly build: (input: ClusterInput) => ClusterSide;
    }
  >
> = {
  'eks-spot-resnet': { cloudOf: () => 'eks', build: eksSpotResNetCluster },
  'gke-gpu': { cloudOf: () => 'gke', build: gkeGpuCluster },
  'kserve-serverless': { cloudOf: () => 'gke', build: kserveServerlessCluster },
  'secure-xeon': { cloudOf: ({ cloud }) => cloud, build: secureXeonCluster },
};

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

  const app = new App();
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
