import {
  perReplica,
  requireTarget,
  type ScalingPolicyDefinition,
} from '../scaling-policy-definition';

/** A query of your own. */
export interface PrometheusQueryOptions {
  /** Name of the metric, unique among the policies; lower case with "-". */
  readonly name: string;
  /** PromQL with one result: the total over all replicas. Write `or vector(0)` where no series means no load. */
  readonly query: string;
  /** How much of it each replica takes; above 0. */
  readonly target: number;
  /**
   * Value above which a server without replicas gets its first one; 0 or more. Say it only of a query that has
   * values while no replica runs, such as the length of a queue outside of the server.
   * @default - it wakes no server
   */
  readonly activation?: number;
}

/** Whatever Prometheus knows. */
export function prometheusQuery(options: PrometheusQueryOptions): ScalingPolicyDefinition {
  const { name, query, target, activation } = options;
  const policy: ScalingPolicyDefinition = {
    name,
    call: `prometheusQuery("${name}")`,
    wakes: activation !== undefined,
    readsPods: false,
    trigger: () => {
      const trigger = perReplica(query, target);
      if (activation === undefined) return trigger;
      const metadata = { ...trigger.metadata, activationThreshold: String(activation) };
      return { ...trigger, metadata };
    },
    check: (checks) => {
      requireTarget(checks, policy, target);
      checks.require(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name), 'policies', () => ({
        got: `the name "${name}" of a query`,
        expected: 'lower-case letters, digits and "-", starting with a letter',
        fix: 'rename it',
      }));
      checks.require(query.trim() !== '', 'policies', () => ({
        got: `${policy.call} without a query`,
        expected: 'PromQL with one result',
        fix: 'write the query',
      }));
      checks.require((activation ?? 0) >= 0, 'policies', () => ({
        got: `an activation of ${String(activation)} in ${policy.call}`,
        expected: '0 or more',
        fix: 'set the value above which the first replica starts',
      }));
    },
  };
  return policy;
}
