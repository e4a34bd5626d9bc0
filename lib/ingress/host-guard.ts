import type { Construct, IConstruct } from 'constructs';
import { ConfigurationError, type Problem } from '../core/configuration-error';
import { matchesHost } from './ingress-checks';

/** The hosts of the ingresses of an app, and the controllers that answer them. */
interface Claim {
  readonly ingress: Construct;
  readonly host: string;
  readonly className: string;
}

const claims = new WeakMap<IConstruct, Claim[]>();

/** Makes synthesis of the app fail when two ingresses of one controller answer the same host. */
export function guardHosts(ingress: Construct, hosts: readonly string[], className: string): void {
  const { root } = ingress.node;
  const known = claims.get(root);
  const added = hosts.map((host) => ({ ingress, host, className }));
  if (known) {
    known.push(...added);
    return;
  }
  claims.set(root, added);
  root.node.addValidation({ validate: () => requireOneIngressPerHost(added) });
}

/** @throws ConfigurationError naming every host that two ingresses claim */
function requireOneIngressPerHost(all: readonly Claim[]): string[] {
  const problems: Problem[] = [];
  for (const [index, claim] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      const clash =
        claim.className === other.className &&
        (matchesHost(claim.host, other.host) || matchesHost(other.host, claim.host));
      if (!clash) continue;
      problems.push({
        at: `${other.ingress.node.path}.hosts`,
        got: `${other.host}, which ${claim.ingress.node.path} answers as ${claim.host}`,
        expected: 'hosts that no other ingress of the same controller answers',
        fix: 'give one of them another host, or put both into one ingress',
      });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return [];
}
