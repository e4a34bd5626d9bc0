import type { Checks } from '../../core/checks';
import type { EngineLoad } from '../../serving/engine-definition';
import type { PolicyTarget, ScalingPolicyDefinition } from '../scaling-policy-definition';

/** Policies by what the engine must tell for them. */
const POLICIES = {
  inFlight: 'requestsInFlight',
  succeeded: 'requestsPerSecond',
  queued: 'queueDepth',
} as const satisfies Partial<Record<keyof EngineLoad, string>>;

type AskedMetric = keyof typeof POLICIES;

/** Requires an engine that tells of it; otherwise names the policies that work for it. */
export function requireEngineMetric(
  checks: Checks,
  { call }: ScalingPolicyDefinition,
  { facts }: PolicyTarget,
  metric: AskedMetric,
): void {
  const { engine, load, accelerators } = facts;
  checks.require(load[metric] !== undefined, 'policies', () => ({
    got: `${call} for ${engine}, which exports no such metric`,
    expected: `one of ${[
      ...(Object.keys(POLICIES) as AskedMetric[])
        .filter((key) => load[key] !== undefined)
        .map((key) => POLICIES[key]),
      'cpuUtilization',
      ...(accelerators > 0 ? ['gpuUtilization'] : []),
      'requestsInFlight by a proxy',
      'prometheusQuery',
    ].join(', ')}`,
    fix: 'choose a policy that works for this engine',
  }));
}
