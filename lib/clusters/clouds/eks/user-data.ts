/*
 * What a node is told when it starts: pure functions from a pool to text.
 */
import { CpuManagerPolicy } from '../../../nodes/capacity';
import type { NodePool } from '../../../nodes/node-pool';
import { NodeImage } from '../../specs';

/** What a node that EKS does not manage must know of its cluster. */
export interface JoinDetails {
  readonly name: string;
  readonly apiServerEndpoint: string;
  /** Base64, as the API gives it. */
  readonly certificateAuthority: string;
  /** Addresses of Services. */
  readonly cidr: string;
}

/** What a node that its cluster knows is told, by its image; undefined where there is nothing to say. */
export function userDataOf(pool: NodePool, image: NodeImage): string | undefined {
  return image === NodeImage.BOTTLEROCKET ? bottlerocket(pool) : nodeadm(pool);
}

const BOUNDARY = 'inference-constructs';

/**
 * User data of Amazon Linux 2023: nodeadm merges it with what EKS adds to managed groups.
 * @returns the text; undefined where there is nothing to say
 * @see https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/ (2026-11)
 */
export function nodeadm(pool: NodePool, join?: JoinDetails): string | undefined {
  const kubelet = { ...kubeletConfig(pool), ...(join && { flags: kubeletFlags(pool) }) };
  if (join === undefined && Object.keys(kubelet).length === 0) return undefined;
  const config = {
    apiVersion: 'node.eks.aws/v1alpha1',
    kind: 'NodeConfig',
    spec: { ...(join && { cluster: join }), kubelet },
  };
  // JSON is YAML.
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    '',
    `--${BOUNDARY}`,
    'Content-Type: application/node.eks.aws',
    '',
    JSON.stringify(config, null, 2),
    `--${BOUNDARY}--`,
    '',
  ].join('\n');
}

function kubeletConfig({ cpuManagerPolicy, maxPodsPerNode }: NodePool): { config?: object } {
  const config = {
    // nodeadm reserves CPU for the system, without which the kubelet refuses the static policy.
    ...(cpuManagerPolicy === CpuManagerPolicy.STATIC && { cpuManagerPolicy: 'static' }),
    ...(maxPodsPerNode !== undefined && { maxPods: maxPodsPerNode }),
  };
  return Object.keys(config).length > 0 ? { config } : {};
}

function kubeletFlags({ labels, taints }: NodePool): string[] {
  const labelList = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const taintList = taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`);
  return [
    `--node-labels=${labelList.join(',')}`,
    ...(taintList.length > 0 ? [`--register-with-taints=${taintList.join(',')}`] : []),
  ];
}

/**
 * User data of Bottlerocket.
 * @returns the text; undefined where there is nothing to say
 * @see https://bottlerocket.dev/en/os/latest/api/settings/kubernetes/ (2026-11)
 */
export function bottlerocket({ cpuManagerPolicy, maxPodsPerNode }: NodePool): string | undefined {
  const settings = [
    ...(cpuManagerPolicy === CpuManagerPolicy.STATIC ? ['cpu-manager-policy = "static"'] : []),
    ...(maxPodsPerNode === undefined ? [] : [`max-pods = ${maxPodsPerNode}`]),
  ];
  if (settings.length === 0) return undefined;
  return ['[settings.kubernetes]', ...settings, ''].join('\n');
}
