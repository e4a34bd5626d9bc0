/*
 * Charts that a stack needs, as objects of Flux or Argo CD: in a folder of their own, before everything that uses
 * them. With Pulumi they are releases of the cluster instead.
 */
import type { App } from 'cdk8s';
import {
  HelmAddon,
  HelmDelivery,
  ServingChart,
  type HelmAddonProps,
  type HelmChart,
} from 'inference-constructs';
import type { StackSettings } from './settings';

const DELIVERIES: Readonly<Record<StackSettings['delivery'], HelmDelivery | undefined>> = {
  pulumi: undefined,
  flux: HelmDelivery.FLUX,
  'argo-cd': HelmDelivery.ARGO_CD,
};

/** The chart with the objects; undefined where Pulumi installs them. */
export function softwareChart(
  app: App,
  partOf: string,
  { delivery: chosen, networkId, region, clusterName = partOf }: StackSettings,
  { charts, ...where }: SoftwareOptions,
): ServingChart | undefined {
  const delivery = DELIVERIES[chosen];
  if (delivery === undefined) return undefined;
  const { namespace } = delivery;
  const chart = new ServingChart(app, 'software', { namespace, partOf });
  for (const [id, value] of Object.entries(charts)) {
    new HelmAddon(chart, id, {
      ...where,
      chart: value,
      delivery,
      clusterName,
      region,
      ...(networkId !== undefined && { networkId }),
    });
  }
  return chart;
}

/** What a stack needs, and where it goes. */
export interface SoftwareOptions extends Pick<HelmAddonProps, 'cloud' | 'placement'> {
  /** Charts by the names of their releases. */
  readonly charts: Readonly<Record<string, HelmChart>>;
}
