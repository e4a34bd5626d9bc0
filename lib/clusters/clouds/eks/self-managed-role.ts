/** Name of the role of nodes that EKS does not manage: a name, as node classes in the cluster refer to it. */
export function selfManagedRoleName(clusterName: string): string {
  return `${clusterName}-self-managed-nodes`;
}
