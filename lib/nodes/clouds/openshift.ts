/*
 * Worker nodes of OpenShift, whatever they run on: their sizes come in by `InstanceShape.of`. Whoever runs the
 * cluster makes them; interruptions are those of the infrastructure, which is not known here.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/nodes/working-with-nodes (4.16)
 */
import type { Allocatable, NodeCloudDefinition, NodeSizing } from '../cloud';
import type { InstanceShape } from '../instance-shape';

/** What the kubelet keeps for the system unless told otherwise, in millicores and MiB. */
const SYSTEM = { cpuMillis: 500, memoryMib: 1024, diskMib: 1024 };

/** Memory below which pods are evicted. */
const EVICTION_MIB = 100;

/** Share of the disk below which pods are evicted. */
const EVICTION_DISK = 0.1;

/** About what OpenShift's own daemon sets request: OVN-Kubernetes, Multus, DNS, tuning, monitoring, machine config. */
const DAEMON_SETS = { cpuMillis: 400, memoryMib: 2560 };

export const openShift: NodeCloudDefinition = {
  id: 'openshift',
  title: 'OpenShift',
  // OpenShift itself marks neither; machine sets of clouds can.
  spotLabels: { 'machine.openshift.io/interruptible-instance': '' },
  spotTaint: {
    key: 'machine.openshift.io/interruptible-instance',
    value: 'true',
    effect: 'NoSchedule',
  },
  acceleratorTaint: { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' },
  acceleratorLabels: () => ({ 'nvidia.com/gpu.present': 'true' }),
  // The shortest of the clouds that OpenShift runs on.
  interruptionNoticeSeconds: 30,
  drainLimitSeconds: 3600,
  shapeOf: () => undefined,
  daemonSets: DAEMON_SETS,
  allocatable,
};

function allocatable(shape: InstanceShape, { diskMib, maxPods }: NodeSizing): Allocatable {
  return {
    cpuMillis: shape.vcpus * 1000 - SYSTEM.cpuMillis - DAEMON_SETS.cpuMillis,
    memoryMib: shape.memoryMib - SYSTEM.memoryMib - EVICTION_MIB - DAEMON_SETS.memoryMib,
    ephemeralStorageMib: Math.floor(diskMib * (1 - EVICTION_DISK)) - SYSTEM.diskMib,
    pods: maxPods,
  };
}
