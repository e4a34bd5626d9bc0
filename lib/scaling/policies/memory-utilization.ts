import { memoryText } from '../../core/quantities';
import type { ScalingPolicyDefinition } from '../scaling-policy-definition';
import { utilization } from './utilization';

/** Memory that the server's container uses, against what it requests. */
export function memoryUtilization(percent: number): ScalingPolicyDefinition {
  return utilization('memory', percent, (checks, call, { facts, podRequests }) => {
    const target = Math.floor((podRequests.memoryMib * percent) / 100);
    // Models stay in memory: a target below them is exceeded for ever, whatever the number of replicas.
    checks.require(target > facts.modelMib, 'policies', () => ({
      got: `${call}: ${memoryText(target)} for each replica`,
      expected: `more than the ${memoryText(facts.modelMib)} of models that an idle replica holds`,
      fix: 'raise the target or memory, or scale by cpuUtilization or requestsInFlight',
    }));
  });
}
