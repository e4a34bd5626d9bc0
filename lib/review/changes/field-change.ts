import { isObject, type Json, type Manifest } from '../manifest';
import { amountOf } from '../quantity';

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

/** What servers and kubectl write for themselves; the last of it holds the values of Secrets. */
const OF_THE_SERVER = [
  /^status(\.|$)/,
  /^metadata\.(uid|resourceVersion|generation|creationTimestamp|managedFields)(\.|\[|$)/,
  /^metadata\.annotations\."(deployment\.kubernetes\.io\/revision|kubectl\.kubernetes\.io\/last-applied-configuration)"$/,
];

/** Maps whose entries count one by one, even where the whole map is new or gone. */
const MAPS = ['metadata.annotations', 'metadata.labels', 'data', 'stringData'];

/**
 * Fields in which two states of an object differ, in the order of their paths. Of an object as a cluster has it, only
 * what the manifest names: on all else it is silent, and the cluster keeps its defaults.
 */
export function fieldChanges(before: Manifest, after: Manifest): readonly FieldChange[] {
  return new Comparison(isLive(before))
    .of('', before, after)
    .filter(({ path }) => !OF_THE_SERVER.some((one) => one.test(path)))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Whether an object comes from a cluster. */
export function isLive({ metadata }: Manifest): boolean {
  return metadata['uid'] !== undefined;
}

class Comparison {
  /** @param silent whether what is only in the first state does not count */
  public constructor(private readonly silent: boolean) {}

  public of(
    path: string,
    before: Json | undefined,
    after: Json | undefined,
  ): readonly FieldChange[] {
    if (this.silent && (after === undefined || (before === undefined && isZero(after)))) return [];
    const [old, now] = MAPS.includes(path) ? [before ?? {}, after ?? {}] : [before, after];
    if (isObject(old) && isObject(now)) {
      return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
        this.of(join(path, key), old[key], now[key]),
      );
    }
    if (Array.isArray(before) && Array.isArray(after)) {
      const [left, right] = this.matched(before as readonly Json[], after as readonly Json[]);
      if (left !== undefined && right !== undefined)
        return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
          this.of(`${path}[${key}]`, left.get(key), right.get(key)),
        );
    }
    return same(before, after) ? [] : [{ path, before, after }];
  }

  private matched(
    before: readonly Json[],
    after: readonly Json[],
  ): readonly (ReadonlyMap<string, Json> | undefined)[] {
    const [left, right] = [keyed(before), keyed(after)];
    if ((left !== undefined && right !== undefined) || !this.silent) return [left, right];
    // Items that nothing tells apart, with defaults in them: one by one, if they are as many.
    if (before.length !== after.length) return [undefined, undefined];
    return [before, after].map(
      (items) => new Map(items.map((item, index) => [String(index), item])),
    );
  }
}

/** Whether a cluster leaves a value out, as it is what is meant without it. */
function isZero(value: Json): boolean {
  return ['false', '0', '""', '[]', '{}', 'null'].includes(JSON.stringify(value));
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
  if (canonical(left) === canonical(right)) return true;
  // Clusters write amounts as short as they can: 1500m, 1.5.
  const [first, second] = [amountOf(left), amountOf(right)];
  return !Number.isNaN(first) && first === second;
}

/** JSON with sorted keys: the order of keys means nothing. */
function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
