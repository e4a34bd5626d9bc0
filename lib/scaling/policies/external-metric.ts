import { requireLabels } from '../../core/names';
import { requireTarget, type ScalingPolicyDefinition } from '../scaling-policy-definition';

/** A metric of the cluster's metrics adapter. */
export interface ExternalMetricOptions {
  /** Name by which the adapter serves it. */
  readonly name: string;
  /**
   * Labels of the series; label key → value.
   * @default - all series of the name
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** How much of it each replica takes; above 0. */
  readonly target: number;
}

/** What an adapter in the cluster serves as external metric: those of Google Cloud, Datadog or prometheus-adapter. */
export function externalMetric(options: ExternalMetricOptions): ScalingPolicyDefinition {
  const { name, labels = {}, target } = options;
  const policy: ScalingPolicyDefinition = {
    name,
    call: `externalMetric("${name}")`,
    // It is measured outside of the pods: it goes on when there are none.
    wakes: true,
    readsPods: false,
    metric: () => ({
      type: 'External',
      external: {
        metric: {
          name,
          ...(Object.keys(labels).length > 0 && { selector: { matchLabels: { ...labels } } }),
        },
        target: { type: 'AverageValue', averageValue: String(target) },
      },
    }),
    check: (checks) => {
      requireTarget(checks, policy, target);
      requireLabels(checks, 'policies', labels);
      checks.require(name !== '', 'policies', () => ({
        got: 'externalMetric without a name',
        expected: 'the name by which the adapter serves the metric',
        fix: 'name it',
      }));
    },
  };
  return policy;
}
