import {
  perReplica,
  requireTarget,
  type ScalingPolicyDefinition,
} from '../scaling-policy-definition';
import { requireEngineMetric } from './engine-metric';

/** Requests that wait in the engine, for each replica. */
export function queueDepth(target: number): ScalingPolicyDefinition {
  const policy: ScalingPolicyDefinition = {
    name: 'queue-depth',
    call: `queueDepth(${target})`,
    wakes: false,
    readsPods: true,
    trigger: ({ facts: { load }, pods }) => perReplica(load.queued?.(pods) ?? '', target),
    check: (checks, server) => {
      requireTarget(checks, policy, target, 10_000, 'requests for each replica');
      requireEngineMetric(checks, policy, server, 'queued');
    },
  };
  return policy;
}
