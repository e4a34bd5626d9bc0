import { Size } from 'cdk8s';
import { InstanceShape, NodeCloud } from 'inference-constructs';
import { isLabelKey } from '../../lib/core/names';

/** A machine that no table has. */
const WORKER = InstanceShape.of({
  instanceType: 'xeon-16x64',
  vcpus: 16,
  memory: Size.gibibytes(64),
  processor: { vendor: 'Intel', architecture: 'amd64', generation: 'Sapphire Rapids', amx: true },
});

const TYPES: Readonly<Record<string, readonly (string | InstanceShape)[]>> = {
  openshift: [WORKER],
  eks: ['m5.xlarge', 'm7i.2xlarge', 'c7i.8xlarge', 'g6.xlarge', 'm7g.large', 't3.medium'],
  gke: ['n2-standard-4', 'c3-standard-22', 'n4-highcpu-16', 'g2-standard-8', 'c4a-standard-8'],
};

describe.each(NodeCloud.all().map((cloud) => [cloud.definition.id, cloud.definition] as const))(
  '%s',
  (id, cloud) => {
    test('has spot labels and taints that Kubernetes takes', () => {
      const keys = [
        ...Object.keys(cloud.spotLabels),
        cloud.spotTaint.key,
        cloud.acceleratorTaint.key,
      ];
      expect(keys.filter((key) => !isLabelKey(key))).toEqual([]);
    });

    test('gives notice before it gives up', () => {
      expect(cloud.interruptionNoticeSeconds).toBeGreaterThan(0);
      expect(cloud.interruptionNoticeSeconds).toBeLessThan(cloud.drainLimitSeconds);
    });

    test.each(TYPES[id] ?? [])('leaves less of %s than it has, and most of it', (type) => {
      const shape = typeof type === 'string' ? cloud.shapeOf(type) : type;
      if (shape === undefined) throw new Error(`${String(type)} is not in the table`);
      const diskMib = 100 * 1024;

      const left = cloud.allocatable(shape, { diskMib, maxPods: shape.maxPods });

      expect(left.cpuMillis).toBeLessThan(shape.vcpus * 1000);
      expect(left.cpuMillis).toBeGreaterThan(shape.vcpus * 800);
      expect(left.memoryMib).toBeLessThan(shape.memoryMib);
      expect(left.memoryMib).toBeGreaterThan(shape.memoryMib * 0.6);
      expect(left.ephemeralStorageMib).toBeLessThan(diskMib);
    });

    test('knows no type that does not exist', () => {
      expect(
        ['', 'm5', 'm5.', '.xlarge', 'n2-standard', 'n2-standard-0', 'g2-standard-7'].map((type) =>
          cloud.shapeOf(type),
        ),
      ).toEqual(Array.from({ length: 7 }, () => undefined));
    });
  },
);
