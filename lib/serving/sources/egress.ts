/*
 * Network paths to object stores. Their public addresses change without notice, so that port 443 is opened
 * to every address but those inside private networks, unless the caller names blocks of a private endpoint.
 */
import { Checks } from '../../core/checks';
import { requireCidr } from '../../core/network-peer';
import type { Egress } from '../model-source';

/** Addresses that a download never needs: private networks and the link-local metadata services. */
const PRIVATE = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];

/**
 * HTTPS to the blocks given, or to every public address.
 * @throws ConfigurationError when one of them is no address block
 */
export function httpsEgress(call: string, cidrs?: readonly string[]): Egress[] {
  if (cidrs === undefined) return [{ cidr: '0.0.0.0/0', except: PRIVATE, ports: [443] }];
  const checks = new Checks(call);
  for (const cidr of cidrs) requireCidr(checks, 'egressCidrs', cidr);
  checks.finish();
  return cidrs.map((cidr) => ({ cidr, ports: [443] }));
}

/**
 * The EKS Pod Identity agent of the node, from which pods get short-lived AWS credentials.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html (2026-11)
 */
export const EKS_POD_IDENTITY: Egress = { cidr: '169.254.170.23/32', ports: [80] };

/**
 * The GKE metadata server of the node, from which pods get short-lived Google credentials; the second
 * address is the one that network policies see without Dataplane V2.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity (2026-11)
 */
export const GKE_METADATA: readonly Egress[] = [
  { cidr: '169.254.169.254/32', ports: [80] },
  { cidr: '169.254.169.252/32', ports: [988] },
];
