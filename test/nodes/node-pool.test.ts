import { Size } from 'cdk8s';
import {
  Accelerator,
  CapacityKind,
  CpuManagerPolicy,
  InstanceShape,
  NodeCloud,
  NodePool,
  ProcessorRequirement,
  type NodePoolProps,
} from 'inference-constructs';
import { PROCESSORS } from '../../lib/nodes/processor';
import { reservedCpuMillis } from '../../lib/nodes/reservations';

const spot = (changes: Partial<NodePoolProps> = {}): NodePool =>
  NodePool.eksSpot('spot', {
    instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
    min: 0,
    max: 15,
    ...changes,
  });

describe('NodePool', () => {
  test('carries the label by which pods find it, and those of spot nodes', () => {
    expect(spot({ labels: { intent: 'apps' } }).labels).toEqual({
      'inference-constructs/pool': 'spot',
      'aws.amazon.com/spot': 'true',
      intent: 'apps',
    });
  });

  test('keeps pods off spot nodes unless they ask for them', () => {
    expect(spot().taints).toEqual([
      { key: 'aws.amazon.com/spot', value: 'true', effect: 'NoSchedule' },
    ]);
  });

  test.each([
    [spot(), 120],
    [NodePool.gkeSpot('spot', { instanceTypes: ['n2-standard-8'], min: 0, max: 1 }), 15],
    [
      NodePool.gkeOnDemand('steady', { instanceTypes: ['n2-standard-8'], min: 0, max: 1 }),
      undefined,
    ],
  ])('knows the notice of %s', (pool, seconds) => {
    expect(pool.interruptionNotice?.toSeconds()).toBe(seconds);
  });

  test('has the accelerators of its instances, with their label and taint', () => {
    const pool = NodePool.gkeSpot('l4', { instanceTypes: ['g2-standard-8'], min: 0, max: 1 });

    expect(pool.accelerator?.toString()).toBe('1 x nvidia.com/gpu (l4)');
    expect(pool.labels['cloud.google.com/gke-accelerator']).toBe('nvidia-l4');
    expect(pool.taints.map(({ key }) => key)).toEqual([
      'cloud.google.com/gke-spot',
      'nvidia.com/gpu',
    ]);
  });

  test('is frozen', () => {
    expect(Object.isFrozen(spot())).toBe(true);
    expect(Object.isFrozen(spot().labels)).toBe(true);
  });

  test('finds an existing pool by the labels given, and adds no taints of its own', () => {
    const pool = NodePool.existing('theirs', {
      cloud: NodeCloud.EKS,
      capacity: CapacityKind.SPOT,
      instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
      labels: { team: 'vision' },
      min: 0,
      max: 3,
    });

    expect(pool.selector).toEqual({ team: 'vision' });
    expect(pool.taints).toEqual([]);
  });

  test('takes a shape that the tables lack', () => {
    const shape = InstanceShape.of({
      instanceType: 'x9.huge',
      vcpus: 32,
      memory: Size.gibibytes(64),
      processor: PROCESSORS.graniteRapids,
      accelerator: Accelerator.nvidia(2, 'h200'),
    });

    expect(spot({ instanceTypes: [shape] }).shape.toString()).toBe(
      '32 vCPU/64 GiB/2 x nvidia.com/gpu (h200)',
    );
  });

  test('warns of types that suit spot badly', () => {
    const { warnings } = spot({ instanceTypes: ['t2.xlarge', 'm5.xlarge'] });

    expect(warnings.map(({ message }) => message)).toEqual([
      't2.xlarge is burstable: its CPU is throttled under steady load',
      't2.xlarge is of a previous generation: its spot capacity shrinks',
    ]);
  });

  test('warns of a spot pool with one type, but not of one on demand', () => {
    expect(spot({ instanceTypes: ['m6i.xlarge'] }).warnings.map(({ message }) => message)).toEqual([
      'one instance type: when its spot capacity is gone, the whole pool is',
    ]);
    expect(
      NodePool.eksOnDemand('steady', { instanceTypes: ['t3.medium'], min: 1, max: 1 }).warnings,
    ).toEqual([]);
  });
});

describe('the allocatable of a node', () => {
  test('follows the formula of nodeadm on EKS', () => {
    const { allocatable } = spot({ instanceTypes: ['m5.2xlarge', 'm6i.2xlarge'] });

    expect(allocatable).toEqual({
      // 8 cores less 60 + 10 + 2 x 5 + 4 x 2.5 millicores, and 180 for daemon sets.
      cpuMillis: 8000 - 90 - 180,
      // 92.5 % of 32 GiB less 255 + 11 x 58 MiB, 100 MiB for eviction, and 200 for daemon sets.
      memoryMib: Math.floor(32 * 1024 * 0.925) - (255 + 11 * 58) - 100 - 200,
      ephemeralStorageMib: 100 * 1024 * 0.9 - 1024,
      pods: 58,
    });
  });

  test('follows the published formula on GKE', () => {
    const { allocatable } = NodePool.gkeOnDemand('p', {
      instanceTypes: ['n2-standard-4'],
      min: 0,
      max: 1,
    });

    const capacity = Math.floor(16 * 1024 * 0.98);
    const reserved = Math.ceil(4096 * 0.25 + 4096 * 0.2 + (capacity - 8192) * 0.1);
    expect(allocatable.memoryMib).toBe(capacity - reserved - 100 - 500);
    expect(allocatable.cpuMillis).toBe(4000 - 80 - 350);
  });

  test.each([
    [1, 60],
    [2, 70],
    [4, 80],
    [8, 90],
    [96, 310],
  ])('reserves CPU of %d cores as published', (cores, millis) => {
    expect(reservedCpuMillis(cores)).toBe(millis);
  });
});

describe('a pool is refused', () => {
  test.each<[string, () => unknown]>([
    ['without types', () => spot({ instanceTypes: [] })],
    ['with a type that nobody knows', () => spot({ instanceTypes: ['m6i.xlarge', 'q1.xlarge'] })],
    ['with sizes that differ', () => spot({ instanceTypes: ['m6i.xlarge', 'm6i.2xlarge'] })],
    ['with architectures that differ', () => spot({ instanceTypes: ['m6i.xlarge', 'm7g.xlarge'] })],
    ['with a type twice', () => spot({ instanceTypes: ['m6i.xlarge', 'm6i.xlarge'] })],
    [
      'with AMD and Arm where Xeon is asked for',
      () =>
        spot({ instanceTypes: ['m6a.xlarge', 'm6i.xlarge'], processor: ProcessorRequirement.XEON }),
    ],
    [
      'with Xeon without AMX where that is asked for',
      () => spot({ processor: ProcessorRequirement.XEON_AMX }),
    ],
    [
      'with numbers out of range',
      () => spot({ min: 3, max: 2, maxPodsPerNode: 7, diskSize: Size.gibibytes(10) }),
    ],
    [
      'with a bad name, label and taint',
      () =>
        NodePool.eksSpot('Spot', {
          instanceTypes: ['m6i.xlarge'],
          min: 0,
          max: 1,
          labels: { a: 'b c' },
          taints: [{ key: 'a b', value: '', effect: 'NoSchedule' }],
        }),
    ],
    [
      'without a label to find it by',
      () =>
        NodePool.existing('x', {
          cloud: NodeCloud.GKE,
          capacity: CapacityKind.ON_DEMAND,
          instanceTypes: ['n2-standard-4'],
          labels: {},
          min: 0,
          max: 1,
        }),
    ],
    [
      'with an impossible shape',
      () =>
        InstanceShape.of({
          instanceType: 'x',
          vcpus: 0,
          memory: Size.mebibytes(1),
          processor: PROCESSORS.milan,
          maxPods: 1,
          threadsPerCore: 3,
        }),
    ],
    ['with no GPUs where GPUs are named', () => Accelerator.nvidia(0)],
  ])('%s', (_, build) => {
    expect(build).toThrowErrorMatchingSnapshot();
  });
});

test("the CPU policy is the pool's own", () => {
  expect(spot().cpuManagerPolicy).toBe(CpuManagerPolicy.NONE);
  expect(spot({ cpuManagerPolicy: CpuManagerPolicy.STATIC }).cpuManagerPolicy).toBe(
    CpuManagerPolicy.STATIC,
  );
});
