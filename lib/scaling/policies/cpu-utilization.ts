import type { ScalingPolicyDefinition } from '../scaling-policy-definition';
import { utilization } from './utilization';

/** CPU that the server's container uses, against what it requests. */
export function cpuUtilization(percent: number): ScalingPolicyDefinition {
  return utilization('cpu', percent);
}
