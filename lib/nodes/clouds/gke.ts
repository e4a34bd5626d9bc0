/*
 * Nodes of Google Kubernetes Engine in Standard mode: Compute Engine machines with Container-Optimized OS.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes (2026-11)
 */
import type { Allocatable, NodeCloudDefinition, NodeSizing } from '../cloud';
import type { InstanceShape } from '../instance-shape';
import { EVICTION_MIB, reservedBy, reservedCpuMillis, type Tier } from '../reservations';
import { gceShape } from './gce-machines';

const GIB = 1024;

/** Memory that GKE reserves, in MiB. */
const MEMORY: readonly Tier[] = [
  { upTo: 4 * GIB, share: 0.25 },
  { upTo: 4 * GIB, share: 0.2 },
  { upTo: 8 * GIB, share: 0.1 },
  { upTo: 112 * GIB, share: 0.06 },
  { upTo: Infinity, share: 0.02 },
];

/** Share of the nominal memory that the kernel keeps; what GKE publishes as capacity is nominal less about this. */
const KERNEL_OVERHEAD = 0.02;

/** Requests of GKE's own daemon sets: Dataplane V2, logging, metrics, metadata server, CSI. */
const DAEMON_SETS = { cpuMillis: 350, memoryMib: 500 };

/** @see https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms (2026-11) */
export const gke: NodeCloudDefinition = {
  id: 'gke',
  title: 'GKE',
  spotLabels: { 'cloud.google.com/gke-spot': 'true' },
  spotTaint: { key: 'cloud.google.com/gke-spot', value: 'true', effect: 'NoSchedule' },
  acceleratorTaint: { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' },
  // GKE sets it on its own; naming it here lets the placement be checked.
  acceleratorLabels: ({ model }) => ({
    'cloud.google.com/gke-accelerator': `nvidia-${model ?? 'gpu'}`,
  }),
  // 30 s from the notice; the kubelet keeps the last 15 s for system-critical pods.
  interruptionNoticeSeconds: 15,
  // An upgrade or a repair respects grace periods of up to an hour.
  drainLimitSeconds: 3600,
  shapeOf: gceShape,
  daemonSets: DAEMON_SETS,
  allocatable,
};

function allocatable(shape: InstanceShape, { diskMib, maxPods }: NodeSizing): Allocatable {
  const capacityMib = Math.floor(shape.memoryMib * (1 - KERNEL_OVERHEAD));
  return {
    cpuMillis: shape.vcpus * 1000 - reservedCpuMillis(shape.vcpus) - DAEMON_SETS.cpuMillis,
    memoryMib: capacityMib - reservedBy(MEMORY, capacityMib) - EVICTION_MIB - DAEMON_SETS.memoryMib,
    ephemeralStorageMib: Math.floor(diskMib * 0.9) - systemDiskMib(diskMib),
    pods: maxPods,
  };
}

/** GKE keeps half of a boot disk, at most 6 GiB plus 35 % of it and never more than 100 GiB, for the system. */
function systemDiskMib(diskMib: number): number {
  return Math.min(diskMib * 0.5, 6 * GIB + diskMib * 0.35, 100 * GIB);
}
