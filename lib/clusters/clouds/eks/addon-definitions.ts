/*
 * The add-ons of a cluster, as data.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html (2026-11)
 */
import type { PodPlacement } from '../../../nodes/system-placement';

/** Where an add-on's own service account gets its rights from. */
export interface AddonIdentity {
  readonly serviceAccount: string;
  /** Name of the policy that AWS keeps for it. */
  readonly policyName: string;
}

/** One add-on. */
export interface AddonDefinition {
  readonly addonName: string;
  /** Settings of the add-on; `placement` puts its pods on the pool for control software. */
  configuration?(placement: PodPlacement): object;
  /** @default - none: the add-on does nothing in AWS */
  readonly identity?: AddonIdentity;
}

/** Run on every node, and must be there before the first one joins. */
export const CORE_ADDONS: readonly AddonDefinition[] = [
  { addonName: 'eks-pod-identity-agent' },
  { addonName: 'kube-proxy' },
  {
    addonName: 'vpc-cni',
    // Without it the cluster accepts NetworkPolicies and enforces none.
    configuration: () => ({ enableNetworkPolicy: 'true' }),
    identity: { serviceAccount: 'aws-node', policyName: 'AmazonEKS_CNI_Policy' },
  },
];

/** Run on some nodes, and become ready with the first ones. */
export const WORKLOAD_ADDONS: readonly AddonDefinition[] = [
  { addonName: 'coredns', configuration: (placement) => placement },
  { addonName: 'metrics-server', configuration: (placement) => placement },
  {
    addonName: 'aws-ebs-csi-driver',
    configuration: (placement) => ({ controller: placement }),
    identity: {
      serviceAccount: 'ebs-csi-controller-sa',
      policyName: 'service-role/AmazonEBSCSIDriverPolicy',
    },
  },
];

/** Names of the add-ons whose versions can be set. */
export const ADDON_NAMES = [...CORE_ADDONS, ...WORKLOAD_ADDONS].map(({ addonName }) => addonName);
