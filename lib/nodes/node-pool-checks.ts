/*
 * Everything that can be wrong with a node pool, collected before the pool exists.
 */
import { Checks } from '../core/checks';
import { isLabelKey, isLabelValue, requireLabels, requireName } from '../core/names';
import { memoryText, mibOf } from '../core/quantities';
import type { Warning } from '../core/warnings';
import type { NodeCloud } from './cloud';
import type { InstanceShape } from './instance-shape';
import type { NodePoolProps } from './node-pool';
import { meets } from './processor';

const LEAST_DISK_MIB = 20 * 1024;
const MOST_DISK_MIB = 16 * 1024 * 1024;

/** What is checked: the props and what the factory adds to them. */
export interface PoolInput {
  readonly name: string;
  readonly props: NodePoolProps;
  readonly cloud: NodeCloud;
  readonly spot: boolean;
  readonly selector: Readonly<Record<string, string>>;
}

type AtLeastOne = readonly [InstanceShape, ...InstanceShape[]];

/** The shapes of a pool without problems, at least one, and what is doubtful. */
export interface CheckedPool {
  readonly shapes: AtLeastOne;
  readonly warnings: readonly Warning[];
}

/** @throws ConfigurationError with every problem of the pool */
export function checkPool(input: PoolInput): CheckedPool {
  const { name, props, cloud, selector } = input;
  const path = `NodePool(${name})`;
  const checks = new Checks(path);
  requireName(checks, 'name', name);
  checks.requireCount(props.min, 'min', 0, 1000, ' nodes');
  checks.requireCount(props.max, 'max', Math.max(1, props.min), 1000, ' nodes');
  if (props.priority !== undefined) checks.requireCount(props.priority, 'priority', 1, 100);
  requireLabels(checks, 'labels', props.labels ?? {});
  requireTaints(checks, props);
  requireSizes(checks, props);
  checks.require(Object.keys(selector).length > 0, 'labels', () => ({
    got: 'none',
    expected: 'at least one label that all nodes of the pool, and no others, carry',
    fix: 'name it, so that pods find the pool',
  }));
  const shapes = shapesOf(checks, props, cloud);
  requireOneShape(checks, shapes);
  requireProcessors(checks, props, shapes);
  checks.finish();
  // An empty list, or an unknown type in it, has been thrown by now.
  return { shapes: shapes as AtLeastOne, warnings: warningsOf(path, input, shapes) };
}

function shapesOf(
  checks: Checks,
  props: NodePoolProps,
  cloud: NodeCloud,
): readonly InstanceShape[] {
  const { instanceTypes } = props;
  checks.require(instanceTypes.length > 0, 'instanceTypes', () => ({
    got: 'none',
    expected: 'at least one instance type',
    fix: 'name the types that the pool may use',
  }));
  return instanceTypes.flatMap((type) => {
    const shape = typeof type === 'string' ? cloud.definition.shapeOf(type) : type;
    checks.require(shape !== undefined, 'instanceTypes', () => ({
      got: `"${String(type)}"`,
      expected: `an instance type of ${cloud.toString()} that the library knows`,
      fix: 'correct the name, or describe the type with InstanceShape.of(...)',
    }));
    return shape ?? [];
  });
}

function requireOneShape(checks: Checks, shapes: readonly InstanceShape[]): void {
  const [first, ...others] = shapes;
  for (const other of others) {
    checks.require(first?.hasSameSizeAs(other) ?? true, 'instanceTypes', () => ({
      got: `${other.instanceType} (${other.toString()}) beside ${String(first?.instanceType)} (${String(first)})`,
      expected: 'types of one size, because the cluster autoscaler plans with the first type only',
      fix: 'make a pool for each size',
    }));
    checks.require(
      first?.processor.architecture === other.processor.architecture,
      'instanceTypes',
      () => ({
        got: `${other.instanceType} (${other.processor.architecture}) beside ${String(first?.instanceType)} (${String(first?.processor.architecture)})`,
        expected: 'types of one architecture, because an image may not run on the other',
        fix: 'make a pool for each architecture',
      }),
    );
  }
  const names = shapes.map((shape) => shape.instanceType);
  checks.requireUnique(names, 'instanceTypes', 'every type once', 'remove the repeated type');
}

function requireProcessors(
  checks: Checks,
  { processor }: NodePoolProps,
  shapes: readonly InstanceShape[],
): void {
  if (processor === undefined) return;
  for (const { instanceType, processor: found } of shapes) {
    checks.require(meets(found, processor), 'processor', () => ({
      got: `${instanceType} (${found.vendor} ${found.generation})`,
      expected: processor,
      fix: `take ${instanceType} out of the pool, or drop the requirement`,
    }));
  }
}

function requireTaints(checks: Checks, { taints = [] }: NodePoolProps): void {
  for (const { key, value } of taints) {
    checks.require(isLabelKey(key) && isLabelValue(value), 'taints', () => ({
      got: `"${key}=${value}"`,
      expected: 'a key and a value in the syntax of labels',
      fix: 'correct the taint',
    }));
  }
}

function requireSizes(checks: Checks, { diskSize, maxPodsPerNode }: NodePoolProps): void {
  if (maxPodsPerNode !== undefined)
    checks.requireCount(maxPodsPerNode, 'maxPodsPerNode', 8, 250, ' pods');
  if (diskSize === undefined) return;
  const mib = mibOf(diskSize);
  checks.require(mib >= LEAST_DISK_MIB && mib <= MOST_DISK_MIB, 'diskSize', () => ({
    got: memoryText(mib),
    expected: `${memoryText(LEAST_DISK_MIB)} to ${memoryText(MOST_DISK_MIB)}`,
    fix: 'set a size within that range',
  }));
}

function warningsOf(
  path: string,
  { spot }: PoolInput,
  shapes: readonly InstanceShape[],
): Warning[] {
  if (!spot) return [];
  const at = `${path}.instanceTypes`;
  const perType = shapes.flatMap(({ instanceType, burstable, previousGeneration }) => [
    ...(burstable
      ? [
          {
            at,
            message: `${instanceType} is burstable: its CPU is throttled under steady load`,
            fix: 'use a type of fixed performance',
          },
        ]
      : []),
    ...(previousGeneration
      ? [
          {
            at,
            message: `${instanceType} is of a previous generation: its spot capacity shrinks`,
            fix: 'use a current type of the same size',
          },
        ]
      : []),
  ]);
  const single = shapes.length === 1 && shapes[0]?.accelerator === undefined;
  return [
    ...perType,
    ...(single
      ? [
          {
            at,
            message: 'one instance type: when its spot capacity is gone, the whole pool is',
            fix: 'add types of the same size, or on GKE, where a pool has one, a pool of another type',
          },
        ]
      : []),
  ];
}
