/*
 * The bridge from charts to Pulumi: applies the very objects that `cdk8s synth` writes. No value that Pulumi
 * knows only while it deploys ever flows into them.
 */
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ConfigurationError } from '../core/configuration-error';

/** What a chart is to Pulumi. */
export interface ManifestSource {
  /** The objects, complete and in the order in which they should be applied. */
  toJson(): unknown[];
}

/** Arguments of `Manifests`. */
export interface ManifestsArgs {
  /** A cdk8s chart, or anything else that gives objects. */
  readonly chart: ManifestSource;
}

/**
 * The objects of a chart in a cluster, namespaces and custom resource definitions first. The cluster is that
 * of the Kubernetes provider in the options, or of the current kubeconfig context.
 *
 * @throws ConfigurationError when the chart is empty or an object lacks its identity
 * @see https://www.pulumi.com/registry/packages/kubernetes/api-docs/yaml/v2/configgroup/ (4.34)
 * @example
 * import { App } from 'cdk8s';
 * import { ServingChart } from 'inference-constructs';
 * import { Manifests } from 'inference-constructs/cloud';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * new Manifests('serving', { chart });
 */
export class Manifests extends pulumi.ComponentResource {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:Manifests';

  /** The group that holds the objects. */
  public readonly group: kubernetes.yaml.v2.ConfigGroup;

  public constructor(name: string, args: ManifestsArgs, options?: pulumi.ComponentResourceOptions) {
    super(Manifests.token, name, {}, options);
    this.group = new kubernetes.yaml.v2.ConfigGroup(
      `${name}-objects`,
      { objs: completeObjects(name, args.chart) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** The objects of a chart, each with its identity. @internal */
export function completeObjects(name: string, chart: ManifestSource): object[] {
  const objects = chart.toJson();
  const problems = objects
    .filter((object) => !isComplete(object))
    .map((object) => ({
      at: `Manifests(${name}).chart`,
      got: JSON.stringify(object)?.slice(0, 80) ?? String(object),
      expected: 'objects with apiVersion, kind and metadata.name',
      fix: 'give a chart whose objects are complete',
    }));
  if (objects.length === 0) {
    problems.push({
      at: `Manifests(${name}).chart`,
      got: 'no objects',
      expected: 'a chart with at least one object',
      fix: 'add constructs to the chart before it is given to Manifests',
    });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return objects as object[];
}

function isComplete(object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return false;
  const { apiVersion, kind, metadata } = object as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown };
  };
  return [apiVersion, kind, metadata?.name].every(
    (part) => typeof part === 'string' && part !== '',
  );
}
