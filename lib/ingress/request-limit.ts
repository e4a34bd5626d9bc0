import type { ResolvedRoute } from './ingress-provider-definition';

/** Whether the back ends of a route refuse large requests by themselves. */
export function serverLimits({ protocol, targets }: ResolvedRoute): boolean {
  return protocol === 'grpc' && targets.every(({ endpoint }) => endpoint.canLimitRequests);
}
