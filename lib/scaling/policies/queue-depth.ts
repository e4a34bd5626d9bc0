import {
  orIdle,
  perReplica,
  requireTarget,
  type ScalingPolicyDefinition,
} from '../scaling-policy-definition';
import { requireEngineMetric } from './engine-metric';

/** More than any engine takes at a time. */
const MOST_REQUESTS = 10_000;

/** Requests that wait in the engine, for each replica. */
export function queueDepth(target: number): ScalingPolicyDefinition {
  const policy: ScalingPolicyDefinition = {
    name: 'queue-depth',
    call: `queueDepth(${target})`,
    wakes: false,
    readsPods: true,
    trigger: (server) =>
      perReplica(orIdle(server.facts.load.queued?.(server.pods) ?? '', server), target),
    check: (checks, server) => {
      requireTarget(checks, policy, target, MOST_REQUESTS);
      requireEngineMetric(checks, policy, server, 'queued');
    },
  };
  return policy;
}
