import type { RequestObserver } from '../request-observer';
import {
  perReplica,
  requireTarget,
  type ScalingPolicyDefinition,
} from '../scaling-policy-definition';
import { requireEngineMetric } from './engine-metric';

/** More than any engine takes at a time. */
const MOST_REQUESTS = 10_000;

/** Requests that are open at a time, for each replica. */
export function requestsInFlight(
  target: number,
  { definition: observer }: RequestObserver,
): ScalingPolicyDefinition {
  const policy: ScalingPolicyDefinition = {
    name: 'requests-in-flight',
    call: `requestsInFlight(${target})`,
    wakes: observer.wakes,
    readsPods: observer.readsPods,
    share: { of: 'concurrency', target },
    trigger: (server) => perReplica(observer.query(server) ?? '', target),
    check: (checks, server) => {
      requireTarget(checks, policy, target, MOST_REQUESTS);
      if (observer.readsPods) requireEngineMetric(checks, policy, server, 'inFlight');
      observer.check?.(checks);
    },
  };
  return policy;
}
