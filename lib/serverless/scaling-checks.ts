/*
 * What can be wrong with how a component scales.
 */
import type { Checks } from '../core/checks';
import { poolCapacityText, capacityOf, podsPerNode } from '../serving/placement';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps } from './inference-service-props';
import type { ComponentScaling, KnativeScaling } from './component-scaling-props';
import type { ResolvedComponent, ResolvedService } from './resolve';
import { hasAutoscalerOfKnative } from './resolve-scaling';

/** Most replicas that the library was tried with. */
const MOST_REPLICAS = 5000;

/** Bounds of whole seconds, by Knative's webhook. */
const HOUR = 3600;

/** Records everything that is wrong with the scaling of a component. */
export function checkScaling(
  checks: Checks,
  props: InferenceServiceProps,
  { mode }: ResolvedService,
  component: ResolvedComponent,
): void {
  const { role, scaling, server } = component;
  const at = role === 'predictor' ? 'scaling' : `${role}.scaling`;
  const { minReplicas, maxReplicas } = scaling;
  checks.requireCount(minReplicas, `${at}.minReplicas`, 0, MOST_REPLICAS);
  checks.requireCount(maxReplicas, `${at}.maxReplicas`, 1, MOST_REPLICAS);
  checks.require(minReplicas <= maxReplicas, `${at}.minReplicas`, () => ({
    got: `${minReplicas}, above maxReplicas of ${maxReplicas}`,
    expected: 'at most maxReplicas',
    fix: 'raise maxReplicas or lower minReplicas',
  }));
  const { demand, pools } = server;
  const capacity = capacityOf(demand, pools);
  // What does not fit at all is said of the placement.
  checks.require(capacity === 0 || maxReplicas <= capacity, `${at}.maxReplicas`, () => ({
    got: `${maxReplicas}`,
    expected: `at most ${capacity}: ${pools.map((pool) => poolCapacityText(podsPerNode(demand, pool), pool)).join(', ')}`,
    fix: "raise the pools' max, add a pool, or lower maxReplicas",
  }));
  checkPolicy(checks, mode, at, component);
  const given = role === 'predictor' ? props.scaling : props[role]?.scaling;
  if (given) checkKnativeOnly(checks, mode, at, given, component);
}

function checkPolicy(
  checks: Checks,
  mode: DeploymentMode,
  at: string,
  { scaling }: ResolvedComponent,
): void {
  const { policy, minReplicas } = scaling;
  const share = policy?.definition.share;
  const knative = mode === DeploymentMode.KNATIVE;
  checks.require(policy === undefined || share !== undefined, `${at}.policy`, () => ({
    got: String(policy),
    expected: knative
      ? 'requestsInFlight, requestsPerSecond, cpuUtilization or memoryUtilization'
      : 'cpuUtilization or memoryUtilization',
    fix: knative
      ? 'choose one of those; for others use mode STANDARD with Autoscaling'
      : 'leave it out, and attach Autoscaling',
  }));
  if (share === undefined) {
    checkZero(checks, mode, at, minReplicas, undefined);
    return;
  }
  const byRequests = share.of === 'concurrency' || share.of === 'rps';
  checks.require(knative || !byRequests, `${at}.policy`, () => ({
    got: `${String(policy)} in mode STANDARD, where KServe counts no requests`,
    expected: 'cpuUtilization or memoryUtilization',
    fix: 'leave it out, and attach Autoscaling with that policy; or use mode KNATIVE',
  }));
  const most = byRequests ? 10_000 : 200;
  const least = byRequests ? 1 : 10;
  checks.require(
    Number.isInteger(share.target) && share.target >= least && share.target <= most,
    `${at}.policy`,
    () => ({
      got: String(policy),
      expected: `a whole number from ${least} to ${most}`,
      fix: byRequests
        ? 'round it; knative.targetUtilizationPercent leaves room'
        : 'set a share that a busy replica exceeds and an idle one does not',
    }),
  );
  checkZero(checks, mode, at, minReplicas, share.of);
}

function checkZero(
  checks: Checks,
  mode: DeploymentMode,
  at: string,
  minReplicas: number,
  of: string | undefined,
): void {
  if (minReplicas !== 0) return;
  checks.require(mode === DeploymentMode.KNATIVE, `${at}.minReplicas`, () => ({
    got: '0 in mode STANDARD, where nothing holds the first requests and KServe makes it 1',
    expected: '1 or more',
    fix: 'use mode KNATIVE, or attach Autoscaling with a policy that wakes the service by KEDA',
  }));
  checks.require(of !== 'cpu' && of !== 'memory', `${at}.minReplicas`, () => ({
    got: `0 with ${String(of)}, of which nothing is used while no replica runs`,
    expected: '1 or more, or a policy that counts requests',
    fix: 'scale by requestsInFlight, or set minReplicas to 1',
  }));
}

/** What Knative alone knows; for its autoscaler, or for its proxies. */
function checkKnativeOnly(
  checks: Checks,
  mode: DeploymentMode,
  at: string,
  given: ComponentScaling,
  { scaling }: ResolvedComponent,
): void {
  const knative = mode === DeploymentMode.KNATIVE;
  const elsewhere: readonly (readonly [keyof ComponentScaling, string])[] = [
    ['concurrencyLimit', 'bound requests by circuitBreaker.maxRequests of ServiceMeshRouting'],
    ['scaleDownDelay', 'attach Autoscaling, and set behavior.scaleDownStabilization'],
    ['knative', 'attach Autoscaling'],
  ];
  for (const [property, instead] of elsewhere)
    checks.require(knative || given[property] === undefined, `${at}.${property}`, () => ({
      got: 'a value in mode STANDARD, where Knative has no part in it',
      expected: 'none',
      fix: `${instead}; or use mode KNATIVE`,
    }));
  if (!knative) return;
  if (given.concurrencyLimit !== undefined)
    checks.requireCount(given.concurrencyLimit, `${at}.concurrencyLimit`, 1, 1000, ' requests');
  const share = scaling.policy?.definition.share;
  checks.require(
    share?.of !== 'concurrency' || share.target <= (given.concurrencyLimit ?? Infinity),
    `${at}.concurrencyLimit`,
    () => ({
      got: `${String(given.concurrencyLimit)}, below the target of ${String(scaling.policy)}`,
      expected: 'at least the target, which replicas would never reach',
      fix: 'raise concurrencyLimit, or lower the target',
    }),
  );
  if (scaling.scaleDownDelaySeconds !== undefined)
    checks.requireCount(scaling.scaleDownDelaySeconds, `${at}.scaleDownDelay`, 0, HOUR, ' s');
  checkKnativeScaling(checks, `${at}.knative`, given.knative ?? {}, scaling.maxReplicas);
  checks.require(
    given.knative === undefined || hasAutoscalerOfKnative(mode, scaling.policy),
    `${at}.knative`,
    () => ({
      got: `settings of Knative's autoscaler beside ${String(scaling.policy)}, which Kubernetes scales by`,
      expected: 'a policy that counts requests',
      fix: 'drop knative, or scale by requestsInFlight',
    }),
  );
}

function checkKnativeScaling(
  checks: Checks,
  at: string,
  knative: KnativeScaling,
  maxReplicas: number,
): void {
  const count = (
    property: keyof KnativeScaling,
    value: number | undefined,
    least: number,
    most: number,
    unit = '',
  ): void => {
    if (value !== undefined) checks.requireCount(value, `${at}.${property}`, least, most, unit);
  };
  count('targetUtilizationPercent', knative.targetUtilizationPercent, 1, 100, ' %');
  count('window', knative.window?.toSeconds({ integral: false }), 6, HOUR, ' s');
  count('panicWindowPercent', knative.panicWindowPercent, 1, 100, ' %');
  count('panicThresholdPercent', knative.panicThresholdPercent, 110, 1000, ' %');
  count('targetBurstCapacity', knative.targetBurstCapacity, -1, 1_000_000);
  count('initialReplicas', knative.initialReplicas, 1, maxReplicas);
  count('activationReplicas', knative.activationReplicas, 1, maxReplicas);
  const retention = knative.lastReplicaRetention?.toSeconds({ integral: false });
  count('lastReplicaRetention', retention, 0, HOUR, ' s');
}
