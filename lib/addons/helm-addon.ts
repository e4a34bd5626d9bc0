/*
 * A chart that a tool in the cluster installs: the same `HelmChart` that `HelmRelease` of the entry `./cloud` takes,
 * as an object in git. Assumes the tool, and the rights of the chart's account (`AddonAccess`).
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import { standardLabels } from '../core/labels';
import { requireName } from '../core/names';
import { type NodeCloud } from '../nodes/cloud';
import type { NodePool } from '../nodes/node-pool';
import { placementOn } from '../nodes/system-placement';
import { addObjects, type AddonObjects } from './addon';
import type { HelmChart } from './helm-chart';
import { checkChart } from './helm-chart-checks';
import type { HelmDelivery } from './helm-delivery';
import { mergedValues } from './helm-values';

/** Options of a chart in git. */
export interface HelmAddonProps {
  readonly chart: HelmChart;
  /** Who installs it. */
  readonly delivery: HelmDelivery;
  /** Cloud of the cluster. */
  readonly cloud: NodeCloud;
  /** Name of the cluster in its cloud. */
  readonly clusterName: string;
  /** Region of the cluster. */
  readonly region: string;
  /**
   * Id of the network, such as `vpc-0123456789abcdef0`, for charts that name it.
   * @default - none
   */
  readonly networkId?: string;
  /**
   * Pool for control software.
   * @default - any node without a taint
   */
  readonly placement?: NodePool;
  /**
   * Charts that must be there first, of the same delivery.
   * @default - none
   */
  readonly after?: readonly HelmAddon[];
  /**
   * Exact version of the chart.
   * @default - the one that the library was written for
   */
  readonly version?: string;
  /**
   * Settings on top of the library's; nested objects are merged.
   * @default - none
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * Namespace that the tool reads its objects from.
   * @default - flux-system or argocd
   */
  readonly toolNamespace?: string;
}

/**
 * A chart as an object of Flux or Argo CD, before everything that needs it: put it into a chart of its own, and let
 * the others depend on that.
 *
 * @throws ConfigurationError when the chart is for another cloud or names a network that is not given, a version or
 *   name is invalid, or it waits for a chart of another delivery
 * @example
 * import { App } from 'cdk8s';
 * import { HelmAddon, HelmChart, HelmDelivery, NodeCloud, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'software', { namespace: 'flux-system' });
 * new HelmAddon(chart, 'Keda', {
 *   chart: HelmChart.KEDA,
 *   delivery: HelmDelivery.FLUX,
 *   cloud: NodeCloud.EKS,
 *   clusterName: 'serving',
 *   region: 'eu-west-1',
 * });
 */
export class HelmAddon extends Construct {
  /** What it is made of, by ids that are kinds. */
  public readonly objects: AddonObjects;

  /** Name of the release. */
  public readonly releaseName: string;
  public readonly delivery: HelmDelivery;
  /** Length of the longest chain of charts before it. */
  public readonly depth: number;

  public constructor(scope: Construct, id: string, props: HelmAddonProps) {
    super(scope, id);
    const { chart, delivery, after = [], clusterName, region, networkId } = props;
    const { definition } = chart;
    const toolNamespace = props.toolNamespace ?? delivery.definition.namespace;
    this.releaseName = definition.id;
    this.delivery = delivery;
    this.depth = Math.max(0, ...after.map(({ depth }) => depth + 1));
    this.check(props, toolNamespace);

    const order = {
      name: definition.id,
      chart: definition.chart,
      repository: definition.repository,
      version: props.version ?? definition.version,
      namespace: definition.namespace,
      values: mergedValues(
        definition.values({
          clusterName,
          region,
          networkId,
          placement: placementOn(props.placement),
        }),
        props.values ?? {},
      ),
      labels: standardLabels({
        name: definition.id,
        instance: definition.id,
        component: 'addon',
      }),
      after: after.map(({ releaseName }) => releaseName),
      depth: this.depth,
    };
    this.objects = addObjects(this, delivery.definition.render(order, toolNamespace));
  }

  private check(props: HelmAddonProps, toolNamespace: string): void {
    const { chart, delivery, cloud, version, networkId, after = [] } = props;
    const { id, needsNetworkId } = chart.definition;
    const checks = new Checks(this.node.path);
    checkChart(checks, { chart, version, cloud });
    requireName(checks, 'clusterName', props.clusterName);
    requireName(checks, 'toolNamespace', toolNamespace);
    checks.require(needsNetworkId !== true || networkId !== undefined, 'networkId', () => ({
      got: 'nothing',
      expected: `the id of the network, which ${id} cannot find out by itself`,
      fix: 'name it, such as vpc-0123456789abcdef0',
    }));
    const others = after.filter((addon) => addon.delivery !== delivery);
    checks.require(others.length === 0, 'after', () => ({
      got: others.map(({ releaseName }) => releaseName).join(', '),
      expected: `charts that ${delivery.toString()} installs, as it waits for no others`,
      fix: 'hand all of them to one tool',
    }));
    checks.finish();
  }
}
