/*
 * Whether the pods of a server can run on every pool they may land on.
 */
import type { IConstruct } from 'constructs';
import type { Checks } from '../core/checks';
import { coresText, memoryText } from '../core/quantities';
import { warn, warnAt } from '../core/warnings';
import { CapacityKind, CpuManagerPolicy } from '../nodes/capacity';
import type { NodePool } from '../nodes/node-pool';
import { capacityOf, podsPerNode, poolCapacityText } from './placement';
import type { ResolvedModelServer } from './resolve';

/** Records every pool on which a pod would stay pending or would not get what it was promised. */
export function checkPlacement(checks: Checks, resolved: ResolvedModelServer): void {
  const { pools, replicas, demand } = resolved;
  for (const pool of pools) {
    checkFit(checks, pool, resolved);
    checkAccelerator(checks, pool, resolved);
    checkExclusiveCores(checks, pool, resolved);
  }
  const names = pools.map((pool) => pool.name);
  checks.requireUnique(names, 'placement', 'every pool once', 'remove the repeated pool');
  const clouds = new Set(pools.map((pool) => pool.cloud));
  checks.require(clouds.size <= 1, 'placement', () => ({
    got: `pools of ${[...clouds].join(' and ')}`,
    expected: 'pools of one cluster',
    fix: 'make a server for each cluster',
  }));
  const capacity = capacityOf(demand, pools);
  checks.require(capacity === 0 || replicas <= capacity, 'replicas', () => ({
    got: `${replicas}`,
    expected: `at most ${capacity}: ${pools.map((pool) => poolCapacityText(podsPerNode(demand, pool), pool)).join(', ')}`,
    fix: "raise the pools' max, add a pool, or lower replicas",
  }));
}

/** Notes what works and is likely not meant. */
export function warnOfPlacement(scope: IConstruct, resolved: ResolvedModelServer): void {
  const { pools, demand, replicas } = resolved;
  for (const warning of pools.flatMap((pool) => pool.warnings)) warnAt(scope, warning);
  for (const { name, accelerator } of pools) {
    if (accelerator === undefined || demand.accelerator !== undefined) continue;
    warn(scope, 'placement', {
      message: `${name} has ${accelerator.toString()}, and no GPU is asked for`,
      fix: 'set accelerator, or place it on a pool without GPUs',
    });
  }
  warnOfSlowDrains(scope, resolved);
  const spot = pools.length > 0 && pools.every((pool) => pool.capacity === CapacityKind.SPOT);
  if (spot && replicas === 1) {
    warn(scope, 'replicas', {
      message: 'one replica on spot nodes only: every interruption is an outage',
      fix: 'run two or more replicas, or add an on-demand pool to placement',
    });
  }
}

/**
 * A whole zone may go at one notice. Evictions wait for the budget, and that for replicas that load elsewhere: what
 * is left when the notice is over is killed.
 */
function warnOfSlowDrains(scope: IConstruct, resolved: ResolvedModelServer): void {
  const { pools, budget, replicas, drain, loadSeconds } = resolved;
  const notice = Math.min(
    ...pools.map(({ interruptionNotice }) => interruptionNotice?.toSeconds() ?? Infinity),
  );
  if (notice === Infinity) return;
  const rounds = 1 + Math.floor(Math.max(0, notice - drain.totalSeconds) / loadSeconds);
  const drained = rounds * budget.allowedDisruptions(replicas);
  const inZone = Math.floor(replicas / 3);
  if (drained >= inZone) return;
  warn(scope, 'podDisruptionBudget', {
    message: `within the notice of ${notice} s it lets ${drained} of ${replicas} replicas drain, and a zone holds ${inZone}: the others are killed with it`,
    fix: "leave it out, or use DisruptionBudget.maxUnavailable('33%')",
  });
}

function checkFit(checks: Checks, pool: NodePool, { demand, mesh }: ResolvedModelServer): void {
  const pod = mesh?.sidecar ? 'one pod with its proxy' : 'one pod';
  const { allocatable } = pool;
  const at = `(${pool.name}: ${pool.shape.instanceType} after reservations)`;
  checks.require(demand.cpuMillis <= allocatable.cpuMillis, 'placement', () => ({
    got: `${coresText(demand.cpuMillis)} for ${pod}`,
    expected: `at most ${coresText(allocatable.cpuMillis)} ${at}`,
    fix: 'lower cpu or use a pool of larger instances',
  }));
  checks.require(demand.memoryMib <= allocatable.memoryMib, 'placement', () => ({
    got: `${memoryText(demand.memoryMib)} for ${pod}`,
    expected: `at most ${memoryText(allocatable.memoryMib)} ${at}`,
    fix: 'lower memory or use a pool of larger instances',
  }));
  checks.require(
    demand.ephemeralStorageMib <= allocatable.ephemeralStorageMib,
    'placement',
    () => ({
      got: `${memoryText(demand.ephemeralStorageMib)} of disk for one pod`,
      expected: `at most ${memoryText(allocatable.ephemeralStorageMib)} ${at}`,
      fix: "name the model's size, raise the pool's diskSize, or keep the model on a claim with modelCache",
    }),
  );
}

function checkAccelerator(
  checks: Checks,
  { name, accelerator }: NodePool,
  { demand }: ResolvedModelServer,
): void {
  const wanted = demand.accelerator;
  checks.require(
    wanted === undefined || (accelerator?.provides(wanted) ?? false),
    'placement',
    () => ({
      got: `${String(wanted)} for one pod`,
      expected: accelerator
        ? `at most ${accelerator.toString()} (${name})`
        : `none, as ${name} has no accelerators`,
      fix: 'place it on a pool with such accelerators, or ask for less',
    }),
  );
}

function checkExclusiveCores(
  checks: Checks,
  pool: NodePool,
  { requests, limits }: ResolvedModelServer,
): void {
  if (pool.cpuManagerPolicy !== CpuManagerPolicy.STATIC) return;
  checks.require(
    limits.cpuMillis === requests.cpuMillis && limits.memoryMib === requests.memoryMib,
    'qualityOfService',
    () => ({
      got: 'limits above requests',
      expected: `QualityOfService.GUARANTEED, as ${pool.name} gives whole cores to such pods only (CPU policy static)`,
      fix: 'drop qualityOfService, or use a pool without the static policy',
    }),
  );
  checks.require(requests.cpuMillis % 1000 === 0, 'cpu', () => ({
    got: coresText(requests.cpuMillis),
    expected: `whole cores, as ${pool.name} gives them out one by one (CPU policy static)`,
    fix: 'round cpu',
  }));
}
