import {
  orIdle,
  perReplica,
  requireTarget,
  type ScalingPolicyDefinition,
} from '../scaling-policy-definition';
import { requireEngineMetric } from './engine-metric';

/** More than any engine answers in a second. */
const MOST_REQUESTS = 100_000;

/** Requests that are answered in a second, for each replica. */
export function requestsPerSecond(target: number): ScalingPolicyDefinition {
  const policy: ScalingPolicyDefinition = {
    name: 'requests-per-second',
    call: `requestsPerSecond(${target})`,
    wakes: false,
    readsPods: true,
    share: { of: 'rps', target },
    trigger: (server) =>
      perReplica(orIdle(server.facts.load.succeeded?.(server.pods, '1m') ?? '', server), target),
    check: (checks, server) => {
      requireTarget(checks, policy, target, MOST_REQUESTS);
      requireEngineMetric(checks, policy, server, 'succeeded');
    },
  };
  return policy;
}
