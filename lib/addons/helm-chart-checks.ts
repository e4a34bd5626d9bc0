/*
 * What can be wrong with a chart, whoever installs it.
 */
import type { Checks } from '../core/checks';
import type { NodeCloud } from '../nodes/cloud';
import type { HelmChart } from './helm-chart';

/** What is installed where. */
export interface ChartChoice {
  readonly chart: HelmChart;
  readonly version: string | undefined;
  /** Cloud of the cluster. */
  readonly cloud: Pick<NodeCloud, 'toString'> & { readonly definition: { readonly id: string } };
}

/** Records a chart that is for another cloud, and a version that is none. */
export function checkChart(checks: Checks, { chart, version, cloud }: ChartChoice): void {
  const { id, clouds } = chart.definition;
  checks.require(clouds?.includes(cloud.definition.id) ?? true, 'chart', () => ({
    got: `${id} on ${cloud.toString()}`,
    expected: `a cluster of ${(clouds ?? []).join(', ')}`,
    fix: 'leave it out: this cloud brings its own',
  }));
  checks.require(version === undefined || /^v?\d+\.\d+\.\d+/.test(version), 'version', () => ({
    got: `"${String(version)}"`,
    expected: 'an exact version, such as 1.21.2',
    fix: 'pin one, so that the same program installs the same software',
  }));
}
