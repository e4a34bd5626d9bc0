import type { ScalingPolicyDefinition } from '../scaling-policy-definition';
import { requireUtilization } from './utilization';

/** CPU that the server's container uses, sidecars excluded, against what it requests. */
export function cpuUtilization(percent: number): ScalingPolicyDefinition {
  const call = `cpuUtilization(${percent})`;
  return {
    name: 'cpu',
    call,
    wakes: false,
    readsPods: false,
    metric: ({ facts: { container } }) => ({
      type: 'ContainerResource',
      containerResource: {
        name: 'cpu',
        container,
        target: { type: 'Utilization', averageUtilization: percent },
      },
    }),
    trigger: ({ facts: { container } }) => ({
      type: 'cpu',
      metricType: 'Utilization',
      metadata: { value: String(percent), containerName: container },
    }),
    check: (checks) => requireUtilization(checks, call, percent),
  };
}
