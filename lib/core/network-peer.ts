import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import { Checks } from './checks';
import { requireLabels, requireName } from './names';

/** Who is at the other end of a connection, in the terms of a NetworkPolicy. */
export class NetworkPeer {
  /**
   * Pods of a namespace, by its name.
   * @param podLabels labels that the pods carry; all pods without it
   * @throws ConfigurationError when the name or a label is invalid
   */
  public static namespace(name: string, podLabels?: Readonly<Record<string, string>>): NetworkPeer {
    const checks = new Checks('NetworkPeer.namespace');
    requireName(checks, 'name', name);
    requireLabels(checks, 'podLabels', podLabels ?? {});
    checks.finish();
    return new NetworkPeer({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
      ...(podLabels && { podSelector: { matchLabels: podLabels } }),
    });
  }

  /**
   * Pods of the same namespace, by their labels.
   * @throws ConfigurationError when no label is given or one is invalid
   */
  public static pods(labels: Readonly<Record<string, string>>): NetworkPeer {
    const checks = new Checks('NetworkPeer.pods');
    requireLabels(checks, 'labels', labels);
    checks.require(Object.keys(labels).length > 0, 'labels', () => ({
      got: 'none',
      expected: 'at least one label',
      fix: 'name the pods; without labels, every pod of the namespace would be let in',
    }));
    checks.finish();
    return new NetworkPeer({ podSelector: { matchLabels: labels } });
  }

  /**
   * Addresses outside of the cluster.
   * @param cidr an IPv4 block such as `10.20.0.0/16`
   * @throws ConfigurationError when it is no address block
   */
  public static cidr(cidr: string): NetworkPeer {
    const checks = new Checks('NetworkPeer.cidr');
    requireCidr(checks, 'cidr', cidr);
    checks.finish();
    return new NetworkPeer({ ipBlock: { cidr } });
  }

  private constructor(
    /** @internal */
    public readonly definition: NetworkPolicyPeer,
  ) {
    Object.freeze(this);
  }
}

/** Pods of a namespace, or where none is named of the same one. */
export function podsIn(
  namespace: string | undefined,
  labels: Readonly<Record<string, string>>,
): NetworkPeer {
  return namespace === undefined
    ? NetworkPeer.pods(labels)
    : NetworkPeer.namespace(namespace, labels);
}

/** Requires an IPv4 address block whose address is the first of the block. */
export function requireCidr(checks: Checks, property: string, cidr: string): void {
  checks.require(isCidr(cidr), property, () => ({
    got: `"${cidr}"`,
    expected: 'an IPv4 block such as 10.20.0.0/16, with no bits set behind the prefix',
    fix: 'correct the block',
  }));
}

function isCidr(cidr: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (!match) return false;
  const [a = 0, b = 0, c = 0, d = 0, bits = 33] = match.slice(1).map(Number);
  // `010` is read as octal by some and as decimal by others.
  const canonical =
    [a, b, c, d].join('.') === cidr.split('/')[0] && String(bits) === cidr.split('/')[1];
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return (
    canonical &&
    [a, b, c, d].every((octet) => octet <= 255) &&
    bits <= 32 &&
    address % 2 ** (32 - bits) === 0
  );
}
