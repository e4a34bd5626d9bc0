import type { Construct, IConstruct } from 'constructs';
import { ConfigurationError, type Problem } from '../core/configuration-error';

/** Hosts that a routing decides about, and servers whose pods it configures. */
interface Claim {
  readonly routing: Construct;
  readonly kind: 'host' | 'server';
  readonly name: string;
}

const claims = new WeakMap<IConstruct, Claim[]>();

/** Makes synthesis of the app fail when two routings decide about the same host, or configure the same server. */
export function guardRouting(
  routing: Construct,
  of: { readonly hosts: readonly string[]; readonly servers: readonly string[] },
): void {
  const { root } = routing.node;
  const added = [
    ...of.hosts.map((name) => ({ routing, kind: 'host' as const, name })),
    ...of.servers.map((name) => ({ routing, kind: 'server' as const, name })),
  ];
  const known = claims.get(root);
  if (known) {
    known.push(...added);
    return;
  }
  claims.set(root, added);
  root.node.addValidation({ validate: () => requireOneRouting(added) });
}

/** @throws ConfigurationError naming everything that two routings claim */
function requireOneRouting(all: readonly Claim[]): string[] {
  const first = new Map<string, Claim>();
  const problems: Problem[] = [];
  for (const claim of all) {
    const earlier = first.get(`${claim.kind} ${claim.name}`);
    if (earlier === undefined) first.set(`${claim.kind} ${claim.name}`, claim);
    else
      problems.push({
        at: `${claim.routing.node.path}.${claim.kind === 'host' ? 'hosts' : 'routes'}`,
        got: `${claim.name}, which ${earlier.routing.node.path} ${claim.kind === 'host' ? 'routes' : 'configures'} too`,
        expected: `every ${claim.kind} in one routing only: meshes take any of two, or both by halves`,
        fix: 'put the routes of both into one routing',
      });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return [];
}
