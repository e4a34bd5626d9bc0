/*
 * Everything that can be wrong with an autoscaler, collected before anything is made.
 */
import type { IConstruct } from 'constructs';
import type { Checks } from '../core/checks';
import { warn } from '../core/warnings';
import type { AutoscalingProps } from './autoscaling-props';
import { checkCapacity } from './capacity-checks';
import type { ResolvedAutoscaling } from './resolve';
import { checkBehavior } from './scaling-behavior';

/** Most replicas of a Deployment that the library was tried with. */
const MOST_REPLICAS = 5000;

/** First minor version in which Kubernetes scales to zero by itself: HPAScaleToZero is on by default. */
const SCALES_TO_ZERO = 37;

/** Records everything that is wrong with the input of an autoscaler. */
export function checkAutoscaling(
  checks: Checks,
  props: AutoscalingProps,
  resolved: ResolvedAutoscaling,
): void {
  const { minReplicas, maxReplicas, policies, behavior, server } = resolved;
  checks.requireCount(minReplicas, 'minReplicas', 0, MOST_REPLICAS);
  checks.requireCount(maxReplicas, 'maxReplicas', 1, MOST_REPLICAS);
  checks.require(minReplicas <= maxReplicas, 'minReplicas', () => ({
    got: `${minReplicas}, above maxReplicas of ${maxReplicas}`,
    expected: 'at most maxReplicas',
    fix: 'raise maxReplicas or lower minReplicas',
  }));
  checks.require(!props.target.hasAutoscaler, 'target', () => ({
    got: `${props.target.node.path}, which has an autoscaler already`,
    expected: 'one autoscaler, as two would undo what the other does',
    fix: 'give all policies to one Autoscaling',
  }));
  for (const policy of policies) policy.check(checks, server);
  checkCombination(checks, resolved);
  checkZero(checks, props, resolved);
  checkBehavior(checks, behavior);
  checks.require(resolved.warmupSeconds > 0, 'warmup', () => ({
    got: `${resolved.warmupSeconds} s`,
    expected: 'more than 0 s',
    fix: 'measure the time from the start of a pod until it is ready',
  }));
  checks.require(!resolved.asksPrometheus || server.namespace !== '', 'target', () => ({
    got: 'a server in a chart without a namespace',
    expected: 'a namespace, by which its pods are found among the metrics',
    fix: 'use ServingChart, or give the chart a namespace',
  }));
  checkCapacity(checks, props.target, resolved);
}

/** Notes what works and is likely not meant. */
export function warnOfAutoscaling(scope: IConstruct, resolved: ResolvedAutoscaling): void {
  const { behavior, warmupSeconds, policies, server, minReplicas } = resolved;
  if (behavior.scaleDownStabilization < warmupSeconds) {
    warn(scope, 'behavior.scaleDownStabilization', {
      message: `${behavior.scaleDownStabilization} s, and a replica takes ${warmupSeconds} s to load: what is removed in a short lull is missing after it`,
      fix: `set ${warmupSeconds} s or more, or leave it out`,
    });
  }
  const { accelerators, load } = server.facts;
  if (accelerators > 0 && policies.every(({ name }) => name === 'cpu' || name === 'memory')) {
    const better = load.queued ? 'queueDepth' : 'requestsInFlight or gpuUtilization';
    warn(scope, 'policies', {
      message: `${policies.map(({ call }) => call).join(', ')} for a server on GPUs: its CPU may be idle while its GPU is full`,
      fix: `scale by ${better}`,
    });
  }
  if (minReplicas === 0) {
    warn(scope, 'minReplicas', {
      message: `no replica runs without load: the first requests are refused for about ${warmupSeconds} s`,
      fix: 'let clients retry for that long, or set minReplicas to 1',
    });
  }
}

function checkCombination(checks: Checks, { policies, scaler }: ResolvedAutoscaling): void {
  checks.require(policies.length > 0, 'policies', () => ({
    got: 'none',
    expected: 'at least one policy',
    fix: 'add ScalingPolicy.cpuUtilization(60)',
  }));
  checks.requireUnique(
    policies.map(({ name }) => name),
    'policies',
    'every metric once',
    'keep one of the two',
  );
  const calls = (chosen: typeof policies): string => chosen.map(({ call }) => call).join(', ');
  checks.require(scaler !== undefined, 'policies', () => ({
    got: `${calls(policies.filter(({ trigger }) => trigger === undefined))} with ${calls(policies.filter(({ metric }) => metric === undefined))}`,
    expected:
      "metrics of the cluster's adapter or policies that need KEDA, as a cluster has one server of external metrics and KEDA is one",
    fix: 'use prometheusQuery in place of externalMetric, or leave the others out',
  }));
}

function checkZero(
  checks: Checks,
  { kubernetesVersion }: AutoscalingProps,
  { minReplicas, policies, scaler }: ResolvedAutoscaling,
): void {
  const [, minor] = /^1\.(\d+)$/.exec(kubernetesVersion ?? '1.0') ?? [];
  checks.require(minor !== undefined, 'kubernetesVersion', () => ({
    got: `"${String(kubernetesVersion)}"`,
    expected: 'a minor version such as 1.37',
    fix: 'leave the patch out',
  }));
  if (minReplicas !== 0) return;
  const wakes = policies.some((policy) => policy.wakes);
  checks.require(wakes, 'minReplicas', () => ({
    got: `0 with ${policies.map(({ call }) => call).join(', ')}, which see nothing while no replica runs`,
    expected:
      'a policy that wakes the server: requestsInFlight counted by RequestObserver.istio, prometheusQuery with activation (the length of a queue), externalMetric, or schedule',
    fix: 'add one of them, or set minReplicas to 1',
  }));
  const can = scaler !== 'hpa' || Number(minor) >= SCALES_TO_ZERO;
  checks.require(!wakes || can, 'kubernetesVersion', () => ({
    got: `${kubernetesVersion ?? 'none'} with minReplicas of 0 and ${policies.map(({ call }) => call).join(', ')}`,
    expected: `1.${SCALES_TO_ZERO} or later, from which Kubernetes scales to zero by external metrics`,
    fix: 'name the version of the cluster, let KEDA do it with prometheusQuery in place of externalMetric, or set minReplicas to 1',
  }));
}
