/*
 * A chart in a cluster, pinned, with the rights it needs in the cloud and no others.
 */
import * as pulumi from '@pulumi/pulumi';
import { Checks } from '../core/checks';
import { identitySpec } from './addon-access';
import type { Cluster } from './cluster';
import type { HelmChart } from '../addons/helm-chart';
import { checkChart } from '../addons/helm-chart-checks';
import { mergedValues } from '../addons/helm-values';
import { installChart } from './install-chart';
import { placementOn } from '../nodes/system-placement';

/** Arguments of a `HelmRelease`. */
export interface HelmReleaseArgs {
  readonly cluster: Cluster;
  readonly chart: HelmChart;
  /**
   * Exact version of the chart.
   * @default - the one that the library was written for
   */
  readonly version?: string;
  /**
   * Digest of a chart in an OCI registry, `sha256:` and 64 hexadecimal digits; what the registry gives must have it.
   * @default - the version alone
   */
  readonly digest?: string;
  /**
   * Settings on top of the library's; nested objects are merged.
   * @default - none
   */
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * Software of a cluster from a chart: installed when there are nodes, waited for, rolled back when it fails, and
 * placed on the pool for control software.
 *
 * @throws ConfigurationError when the chart is for another cloud, or a version or digest is none
 * @see https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/ (4.34)
 * @example
 * import { Cloud, Cluster, HelmChart, HelmRelease, Network } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
 * const cluster = new Cluster('serving', { network });
 * new HelmRelease('load-balancers', { cluster, chart: HelmChart.AWS_LOAD_BALANCER_CONTROLLER });
 */
export class HelmRelease extends pulumi.ComponentResource {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:HelmRelease';

  /** What others may depend on: the release itself. */
  public readonly release: pulumi.Resource;

  public constructor(
    name: string,
    args: HelmReleaseArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { cluster, values = {}, digest } = args;
    const { definition } = args.chart;
    checkRelease(name, args);
    super(HelmRelease.token, name, {}, options);
    const { clusterName, region, network, systemPool, provider } = cluster;
    const { identity, namespace } = definition;
    const bound = identity ? cluster.addIdentity(this, name, identitySpec(identity, cluster)) : [];
    const own = definition.values({
      clusterName,
      region,
      networkId: network.networkId,
      placement: placementOn(systemPool),
    });
    this.release = installChart(
      `${name}-release`,
      {
        chart: digest === undefined ? definition.chart : `${definition.chart}@${digest}`,
        ...(definition.repository !== undefined && { repository: definition.repository }),
        version: args.version ?? definition.version,
        namespace,
        releaseName: definition.id,
        values: mergedValues(own, values),
      },
      { parent: this, provider, dependsOn: [...cluster.ready, ...bound] },
    );
    this.registerOutputs({});
  }
}

function checkRelease(name: string, { cluster, chart, version, digest }: HelmReleaseArgs): void {
  const { chart: address } = chart.definition;
  const checks = new Checks(`HelmRelease(${name})`);
  checkChart(checks, { chart, version, cloud: cluster.cloud });
  checks.require(
    digest === undefined || (address.startsWith('oci://') && /^sha256:[0-9a-f]{64}$/.test(digest)),
    'digest',
    () => ({
      got: `"${String(digest)}"`,
      expected: 'sha256: and 64 hexadecimal digits, of a chart in an OCI registry',
      fix: 'copy it from the registry, or leave it out',
    }),
  );
  checks.finish();
}
