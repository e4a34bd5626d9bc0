/*
 * Whether the pools hold what an autoscaler may ask for, and what is left when spot capacity is gone.
 */
import type { IConstruct } from 'constructs';
import type { Checks } from '../core/checks';
import { coresText, memoryText } from '../core/quantities';
import { warn } from '../core/warnings';
import { CapacityKind } from '../nodes/capacity';
import type { NodePool } from '../nodes/node-pool';
import type { ScaleTarget } from '../serving/endpoint';
import { poolCapacityText } from '../serving/placement';
import type { ResolvedAutoscaling } from './resolve';

/** Records a maximum that the pools cannot hold, with the numbers. */
export function checkCapacity(
  checks: Checks,
  target: ScaleTarget,
  { maxReplicas }: ResolvedAutoscaling,
): void {
  const { placement, podRequests } = target;
  const capacity = capacityOf(target, placement);
  checks.require(maxReplicas <= capacity, 'maxReplicas', () => ({
    got: `${maxReplicas} replicas = ${coresText(maxReplicas * podRequests.cpuMillis)}, ${memoryText(maxReplicas * podRequests.memoryMib)}`,
    expected: `at most ${capacity}: ${placement.map((pool) => poolCapacityText(target.podsPerNode(pool), pool)).join(', ')}`,
    fix: "raise the pools' max, add a pool, or lower maxReplicas",
  }));
}

/** Notes what is left of the least capacity when spot nodes are gone, and pools that several autoscalers count on. */
export function warnOfCapacity(
  scope: IConstruct,
  target: ScaleTarget,
  { minReplicas, maxReplicas, name }: ResolvedAutoscaling,
): void {
  const { placement } = target;
  const spot = placement.filter(({ capacity }) => capacity === CapacityKind.SPOT);
  const onDemand = placement.filter(({ capacity }) => capacity !== CapacityKind.SPOT);
  const floor = capacityOf(target, onDemand);
  if (spot.length > 0 && minReplicas > floor) {
    const held =
      onDemand.length === 0
        ? 'no on-demand pool'
        : `on demand ${onDemand.map((pool) => poolCapacityText(target.podsPerNode(pool), pool)).join(', ')}`;
    warn(scope, 'minReplicas', {
      message: `${minReplicas}, and ${held}: ${floor} of them run when spot capacity is gone`,
      fix: 'add an on-demand pool at the end of placement, or raise its max',
    });
  }
  warnOfSharing(scope, target, maxReplicas, name);
}

function capacityOf(target: ScaleTarget, pools: readonly NodePool[]): number {
  if (target.placement.length === 0) return Infinity;
  return pools.reduce((sum, pool) => sum + pool.max * target.podsPerNode(pool), 0);
}

/** Share of a set of pools that autoscalers of one app count on, and who does. */
interface Claim {
  share: number;
  readonly names: string[];
}

/** By the root of the tree, so that every app is judged by itself. */
const claims = new WeakMap<IConstruct, Map<string, Claim>>();

/** Notes when the maxima of all servers on the same pools are more than the pools hold. */
function warnOfSharing(
  scope: IConstruct,
  target: ScaleTarget,
  maxReplicas: number,
  name: string,
): void {
  const { placement } = target;
  if (placement.length === 0) return;
  const ofApp = claims.get(scope.node.root) ?? new Map<string, Claim>();
  claims.set(scope.node.root, ofApp);
  const pools = placement.map((pool) => pool.name).sort();
  const claim = ofApp.get(pools.join()) ?? { share: 0, names: [] };
  ofApp.set(pools.join(), claim);
  claim.share += maxReplicas / capacityOf(target, placement);
  claim.names.push(name);
  if (claim.share <= 1 || claim.names.length < 2) return;
  warn(scope, 'maxReplicas', {
    message: `${claim.names.join(' and ')} at their maxima are ${Math.ceil(claim.share * 100)} % of what ${pools.join(' and ')} hold together`,
    fix: "raise the pools' max, or accept that not all of them reach their maxima at the same time",
  });
}
