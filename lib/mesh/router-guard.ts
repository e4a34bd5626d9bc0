import type { Construct, IConstruct } from 'constructs';
import type { Checks } from '../core/checks';

/** What a routing decides about: hosts, and servers whose pods it configures. */
export interface Claims {
  readonly hosts: readonly string[];
  readonly servers: readonly string[];
}

/** The routings of an app by what they claim. */
const routings = new WeakMap<IConstruct, Map<string, Construct>>();

/** Records every host and every server that another routing of the app has claimed already. */
export function requireUnclaimed(checks: Checks, routing: Construct, claims: Claims): void {
  const known = routings.get(routing.node.root);
  for (const [property, kind, names] of kinds(claims))
    for (const name of names) {
      const earlier = known?.get(`${kind} ${name}`);
      checks.require(earlier === undefined, property, () => ({
        got: `${name}, which ${earlier?.node.path ?? ''} has, too`,
        expected: `every ${kind} in one routing only: of two, proxies take any, or halves of both`,
        fix: 'put the routes of both into one routing',
      }));
    }
}

/** Makes the hosts and servers those of this routing. */
export function claim(routing: Construct, claims: Claims): void {
  const { root } = routing.node;
  const known = routings.get(root) ?? new Map<string, Construct>();
  routings.set(root, known);
  for (const [, kind, names] of kinds(claims))
    for (const name of names) known.set(`${kind} ${name}`, routing);
}

function kinds({
  hosts,
  servers,
}: Claims): readonly (readonly [property: string, kind: string, names: readonly string[]])[] {
  return [
    ['hosts', 'host', hosts],
    ['routes', 'server', servers],
  ];
}
