/*
 * Nodes of Amazon EKS: EC2 instances with the AL2023 image, whose nodeadm computes the reservations.
 * @see https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go (2026-11)
 */
import type { Allocatable, NodeCloudDefinition, NodeSizing } from '../cloud';
import type { InstanceShape } from '../instance-shape';
import { EVICTION_MIB, reservedCpuMillis } from '../reservations';
import { ec2Shape } from './ec2-instances';

/**
 * Share of the nominal memory that the hypervisor and the kernel keep.
 * @see https://karpenter.sh/docs/reference/settings/ (1.14, VM_MEMORY_OVERHEAD_PERCENT)
 */
const VM_MEMORY_OVERHEAD = 0.075;

/** Requests of the daemon sets that every node of ours runs: VPC CNI, kube-proxy, EBS CSI, Pod Identity agent. */
const DAEMON_SETS = { cpuMillis: 180, memoryMib: 200 };

/** @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html (2026-11) */
export const eks: NodeCloudDefinition = {
  id: 'eks',
  title: 'EKS',
  spotLabels: { 'aws.amazon.com/spot': 'true' },
  spotTaint: { key: 'aws.amazon.com/spot', value: 'true', effect: 'NoSchedule' },
  acceleratorTaint: { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' },
  // The cluster autoscaler tells GPU nodes by this label.
  acceleratorLabels: ({ model }) => ({
    'k8s.amazonaws.com/accelerator': `nvidia-${model ?? 'gpu'}`,
  }),
  // Two minutes from the interruption notice to the end of the instance.
  interruptionNoticeSeconds: 120,
  // A managed group evicts for 15 minutes, then ends the instance.
  drainLimitSeconds: 900,
  shapeOf: ec2Shape,
  daemonSets: DAEMON_SETS,
  allocatable,
};

function allocatable(shape: InstanceShape, { diskMib, maxPods }: NodeSizing): Allocatable {
  const capacityMib = Math.floor(shape.memoryMib * (1 - VM_MEMORY_OVERHEAD));
  const kubeReservedMib = 255 + 11 * maxPods;
  return {
    cpuMillis: shape.vcpus * 1000 - reservedCpuMillis(shape.vcpus) - DAEMON_SETS.cpuMillis,
    memoryMib: capacityMib - kubeReservedMib - EVICTION_MIB - DAEMON_SETS.memoryMib,
    // 1 GiB for the system, and nothing is left to pods once less than 10 % of the disk is free.
    ephemeralStorageMib: Math.floor(diskMib * 0.9) - 1024,
    pods: maxPods,
  };
}
