import { memoryText } from '../../core/quantities';
import type { ScalingPolicyDefinition } from '../scaling-policy-definition';
import { requireUtilization } from './utilization';

/** Memory that the server's container uses, sidecars excluded, against what it requests. */
export function memoryUtilization(percent: number): ScalingPolicyDefinition {
  const call = `memoryUtilization(${percent})`;
  return {
    name: 'memory',
    call,
    wakes: false,
    readsPods: false,
    metric: ({ facts: { container } }) => ({
      type: 'ContainerResource',
      containerResource: {
        name: 'memory',
        container,
        target: { type: 'Utilization', averageUtilization: percent },
      },
    }),
    trigger: ({ facts: { container } }) => ({
      type: 'memory',
      metricType: 'Utilization',
      metadata: { value: String(percent), containerName: container },
    }),
    check: (checks, { facts: { modelMib }, podRequests: { memoryMib } }) => {
      requireUtilization(checks, call, percent);
      // Models stay in memory: a target below them is exceeded for ever, whatever the number of replicas.
      checks.require((memoryMib * percent) / 100 > modelMib, 'policies', () => ({
        got: `${call}: ${memoryText(Math.floor((memoryMib * percent) / 100))} for each replica`,
        expected: `more than the ${memoryText(modelMib)} of models that an idle replica holds`,
        fix: 'raise the target or memory, or scale by cpuUtilization or requestsInFlight',
      }));
    },
  };
}
