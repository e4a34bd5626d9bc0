import { isObject, type Json, type Manifest } from '../manifest';

/** A field that is not what it was. */
export interface FieldChange {
  /** Such as `spec.template.spec.containers[server].image`; keys with dots are in quotes. */
  readonly path: string;
  /** Undefined where the field was not there. */
  readonly before: Json | undefined;
  /** Undefined where the field is gone. */
  readonly after: Json | undefined;
}

/** Fields of list items that tell them apart, as the API merges such lists. */
const KEYS = ['name', 'containerPort', 'port', 'mountPath', 'topologyKey', 'key'] as const;

/** What the server decides itself. */
const OF_THE_SERVER =
  /^(status|metadata\.(uid|resourceVersion|generation|creationTimestamp|managedFields))(\.|$)/;

/** Maps whose entries count one by one, even where the whole map is new or gone. */
const MAPS = ['metadata.annotations', 'metadata.labels', 'data', 'stringData'];

/** Fields in which two states of an object differ, in the order of their paths. */
export function fieldChanges(before: Manifest, after: Manifest): readonly FieldChange[] {
  return differences('', before, after)
    .filter(({ path }) => !OF_THE_SERVER.test(path))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function differences(
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly FieldChange[] {
  const [old, now] = MAPS.includes(path) ? [before ?? {}, after ?? {}] : [before, after];
  if (isObject(old) && isObject(now)) {
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
      differences(join(path, key), old[key], now[key]),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [left, right] = [keyed(before as readonly Json[]), keyed(after as readonly Json[])];
    if (left !== undefined && right !== undefined)
      return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
        differences(`${path}[${key}]`, left.get(key), right.get(key)),
      );
  }
  return same(before, after) ? [] : [{ path, before, after }];
}

/** Items by what tells them apart; undefined unless something does. */
function keyed(items: readonly Json[]): ReadonlyMap<string, Json> | undefined {
  const objects = items.filter(isObject);
  if (objects.length !== items.length) return undefined;
  const key = KEYS.find((one) => objects.every((object) => object[one] !== undefined));
  if (key === undefined) return items.length === 0 ? new Map() : undefined;
  const byKey = new Map(objects.map((object) => [String(object[key] as string), object as Json]));
  return byKey.size === items.length ? byKey : undefined;
}

function join(path: string, key: string): string {
  const name = key.includes('.') ? `"${key}"` : key;
  return path === '' ? name : `${path}.${name}`;
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  return canonical(left) === canonical(right);
}

/** JSON with sorted keys: the order of keys means nothing. */
function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
