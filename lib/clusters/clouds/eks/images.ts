/*
 * Images of EKS nodes by what is on the node.
 */
import type { NodePool } from '../../../nodes/node-pool';
import { NodeImage } from '../../specs';

/**
 * What managed groups call the image.
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html (2026-11, amiType)
 */
export function amiType({ architecture, accelerator }: NodePool, image: NodeImage): string {
  if (image === NodeImage.BOTTLEROCKET) {
    const suffix = accelerator ? '_NVIDIA' : '';
    return `BOTTLEROCKET_${architecture === 'arm64' ? 'ARM_64' : 'x86_64'}${suffix}`;
  }
  const suffix = accelerator ? 'NVIDIA' : 'STANDARD';
  return `AL2023_${architecture === 'arm64' ? 'ARM_64' : 'x86_64'}_${suffix}`;
}

/**
 * Where AWS publishes the id of the newest image, for launch templates.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html (2026-11)
 */
export function amiParameter({ architecture, accelerator }: NodePool, version: string): string {
  const machine = architecture === 'arm64' ? 'arm64' : 'x86_64';
  const variant = accelerator ? 'nvidia' : 'standard';
  return `/aws/service/eks/optimized-ami/${version}/amazon-linux-2023/${machine}/${variant}/recommended/image_id`;
}
