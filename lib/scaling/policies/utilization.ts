import type { Checks } from '../../core/checks';
import type { PolicyTarget, ScalingPolicyDefinition } from '../scaling-policy-definition';

/**
 * Bounds of a share of what is requested, in percent. Below the lower one a replica that only answers probes and
 * scrapes would count as loaded; above 100 is for servers whose limits are above their requests.
 */
const BOUNDS = { least: 10, most: 200 } as const;

/** What the server's container uses of a resource, sidecars excluded, against what it requests. */
export function utilization(
  resource: 'cpu' | 'memory',
  percent: number,
  check?: (checks: Checks, call: string, target: PolicyTarget) => void,
): ScalingPolicyDefinition {
  const call = `${resource}Utilization(${percent})`;
  return {
    name: resource,
    call,
    wakes: false,
    readsPods: false,
    share: { of: resource, target: percent },
    metric: ({ facts: { container } }) => ({
      type: 'ContainerResource',
      containerResource: {
        name: resource,
        container,
        target: { type: 'Utilization', averageUtilization: percent },
      },
    }),
    trigger: ({ facts: { container } }) => ({
      type: resource,
      metricType: 'Utilization',
      metadata: { value: String(percent), containerName: container },
    }),
    check: (checks, target) => {
      const { least, most } = BOUNDS;
      const inBounds = Number.isInteger(percent) && percent >= least && percent <= most;
      checks.require(inBounds, 'policies', () => ({
        got: call,
        expected: `a whole number from ${least} to ${most} percent of what a replica requests`,
        fix: 'set a share that a busy replica exceeds and an idle one does not',
      }));
      check?.(checks, call, target);
    },
  };
}
