import { exportedSeries } from '../../core/promql';
import { perReplica, type ScalingPolicyDefinition } from '../scaling-policy-definition';

/**
 * Share of the time in which the GPUs of the server compute, as the DCGM exporter tells it.
 * @see https://docs.nvidia.com/datacenter/dcgm/latest/dcgm-api/dcgm-api-field-ids.html (DCGM_FI_DEV_GPU_UTIL)
 */
export function gpuUtilization(percent: number): ScalingPolicyDefinition {
  const call = `gpuUtilization(${percent})`;
  return {
    name: 'gpu-utilization',
    call,
    wakes: false,
    readsPods: false,
    trigger: ({ pods }) =>
      perReplica(
        `sum(avg by (pod, exported_pod) (${exportedSeries('DCGM_FI_DEV_GPU_UTIL', pods)}))`,
        percent,
      ),
    check: (checks, { facts: { accelerators, engine } }) => {
      checks.require(
        Number.isInteger(percent) && percent >= 10 && percent <= 95,
        'policies',
        () => ({
          got: call,
          expected: 'a whole number from 10 to 95 percent of the time',
          fix: 'set a share that a busy GPU exceeds and an idle one does not',
        }),
      );
      checks.require(accelerators > 0, 'policies', () => ({
        got: `${call} for ${engine} without a GPU`,
        expected: 'a server with an accelerator',
        fix: 'set accelerator of the server, or scale by cpuUtilization',
      }));
    },
  };
}
