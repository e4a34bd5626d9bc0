import type { NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import { Platform } from './platform';

/** Address of NodeLocal DNSCache, where a cluster runs it. */
const NODE_LOCAL_DNS = '169.254.20.10/32';

/** Lets pods resolve names, by the DNS of the cluster or the cache on their node. */
export const TO_DNS: NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
    { ipBlock: { cidr: NODE_LOCAL_DNS } },
  ],
  // Answers that do not fit a datagram come over TCP.
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};

/** The same on OpenShift, whose DNS pods listen on a port of their own. */
const TO_OPENSHIFT_DNS: NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
      podSelector: { matchLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
    },
  ],
  ports: [
    { port: 5353, protocol: 'UDP' },
    { port: 5353, protocol: 'TCP' },
  ],
};

/** Lets pods resolve names on a platform. */
export function toDns(platform: Platform): NetworkPolicyEgressRule {
  return platform === Platform.OPENSHIFT ? TO_OPENSHIFT_DNS : TO_DNS;
}
