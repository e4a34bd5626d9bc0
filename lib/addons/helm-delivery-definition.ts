/*
 * The contract of a delivery: how a tool in the cluster is told to install a chart. The registry is in
 * `helm-delivery.ts`; the variants are in `deliveries/`.
 */
import type { AddonObject } from './addon-parts';
import type { HelmValues } from './helm-values';

/** A chart with nothing left open. */
export interface ChartOrder {
  readonly name: string;
  /** OCI address, or name in `repository`. */
  readonly chart: string;
  readonly repository: string | undefined;
  readonly version: string;
  /** Namespace that it is installed in; made if it is not there. */
  readonly namespace: string;
  readonly values: HelmValues;
  readonly labels: Record<string, string>;
  /** Names of the charts that must be there first. */
  readonly after: readonly string[];
  /** Length of the longest chain of charts before it. */
  readonly depth: number;
}

/** How one tool is told. */
export interface HelmDeliveryDefinition {
  readonly id: string;
  /** Name for people. */
  readonly title: string;
  /** Namespace that the tool reads its objects from, unless told otherwise. */
  readonly namespace: string;
  render(order: ChartOrder, namespace: string): readonly AddonObject[];
}
