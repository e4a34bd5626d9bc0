import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1';

/** Ports of TCP, as a NetworkPolicy names them. */
export function tcp(...ports: readonly number[]): NetworkPolicyPort[] {
  return ports.map((port) => ({ port, protocol: 'TCP' }));
}
