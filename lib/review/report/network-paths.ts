/*
 * Who may talk to whom, by NetworkPolicies.
 */
import { at, listAt, textAt, type JsonObject, type Manifest, objectAt } from '../manifest';
import { selects, type Workload } from './workload';

/** Connections that a policy lets through. */
export interface NetworkPath {
  readonly namespace: string;
  /** Workloads that the policy selects, or its selector. */
  readonly pods: string;
  readonly direction: 'in' | 'out';
  readonly peer: string;
  /** Such as `8500`, `53/UDP`; `all` where none is named. */
  readonly ports: string;
}

/** A line for each peer; of what lets nobody through, a line that says so. */
export function networkPathsOf(
  all: readonly Manifest[],
  workloads: readonly Workload[],
): readonly NetworkPath[] {
  return all
    .filter(
      ({ kind, apiVersion }) =>
        kind === 'NetworkPolicy' && apiVersion.startsWith('networking.k8s.io'),
    )
    .flatMap((policy) => {
      const namespace = policy.metadata.namespace ?? 'default';
      const selector = objectAt(policy, 'spec', 'podSelector');
      const selected = workloads.filter(
        (one) => one.namespace === namespace && selects(selector, one.podLabels),
      );
      const isAll = Object.keys(selector ?? {}).length === 0;
      const pods = isAll
        ? 'all pods'
        : selected.map(({ name }) => name).join(', ') || selectorText(selector);
      const types = (at(policy, 'spec', 'policyTypes') ?? ['Ingress']) as readonly string[];
      return types.flatMap((type): readonly NetworkPath[] => {
        const [direction, peers] =
          type === 'Ingress' ? (['in', 'from'] as const) : (['out', 'to'] as const);
        const rules = listAt(policy, 'spec', type === 'Ingress' ? 'ingress' : 'egress');
        if (rules.length === 0)
          return [{ namespace, pods, direction, peer: 'nobody', ports: 'none' }];
        return rules.flatMap((rule) => {
          const named = listAt(rule, peers);
          const texts =
            named.length === 0 ? ['everybody'] : named.map((peer) => peerText(peer, namespace));
          return texts.map((peer) => ({
            namespace,
            pods,
            direction,
            peer,
            ports: portsText(rule),
          }));
        });
      });
    });
}

function peerText(peer: JsonObject, namespace: string): string {
  const block = objectAt(peer, 'ipBlock');
  if (block !== undefined) {
    const except = (at(block, 'except') ?? []) as readonly string[];
    const cidr = textAt(block, 'cidr') ?? '';
    if (cidr === '0.0.0.0/0' && except.length > 0) return 'the internet, private networks excepted';
    return cidr + (except.length > 0 ? ` except ${except.join(', ')}` : '');
  }
  const spaces = objectAt(peer, 'namespaceSelector');
  const pods = selectorText(objectAt(peer, 'podSelector'));
  if (spaces === undefined) return `${pods} in ${namespace}`;
  const name = textAt(spaces, 'matchLabels', 'kubernetes.io/metadata.name');
  return `${pods} in ${name ?? (Object.keys(spaces).length === 0 ? 'all namespaces' : `namespaces with ${selectorText(spaces)}`)}`;
}

function selectorText(selector: JsonObject | undefined): string {
  const labels = Object.entries(objectAt(selector, 'matchLabels') ?? {}).map(
    ([key, value]) => `${key.replace(/^app\.kubernetes\.io\//, '')}=${value as string}`,
  );
  const expressions = listAt(selector, 'matchExpressions').map((one) =>
    `${textAt(one, 'key') ?? ''} ${textAt(one, 'operator') ?? ''} ${((at(one, 'values') ?? []) as readonly string[]).join()}`.trim(),
  );
  return [...labels, ...expressions].join(', ') || 'all pods';
}

function portsText(rule: JsonObject): string {
  const ports = listAt(rule, 'ports').map((port) => {
    const end = textAt(port, 'endPort');
    const number = `${textAt(port, 'port') ?? 'all'}${end === undefined ? '' : `–${end}`}`;
    const protocol = textAt(port, 'protocol') ?? 'TCP';
    return protocol === 'TCP' ? number : `${number}/${protocol}`;
  });
  return ports.join(', ') || 'all';
}
