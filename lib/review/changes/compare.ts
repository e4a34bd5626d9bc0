import { groupKindOf, type Manifest } from '../manifest';
import { effectsOf, effectsOfRemoval } from './effects';
import { fieldChanges, isLive, type FieldChange } from './field-change';
import { isRefused } from './immutable';
import { Impact, rankOf, worstOf, type Effect } from './impact';

/** What became of an object. */
export interface ObjectChange {
  readonly change: 'added' | 'removed' | 'changed';
  /** The object as it is, or was. */
  readonly object: Manifest;
  /** Values of Secrets are never among them. */
  readonly fields: readonly FieldChange[];
  /** The worst first. */
  readonly effects: readonly Effect[];
  readonly impact: Impact;
}

/** Compares what was applied with what is to be applied; unchanged objects are left out, the worst come first. */
export function compare(
  before: readonly Manifest[],
  after: readonly Manifest[],
): readonly ObjectChange[] {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((identity) => {
      const [was, is] = [old.get(identity), now.get(identity)];
      if (was !== undefined && is !== undefined) return changed(was, is, after);
      if (is !== undefined) return made('added', is, [], []);
      return was !== undefined && isOurs(was)
        ? made('removed', was, [], effectsOfRemoval(was, before, after))
        : undefined;
    })
    .filter((change) => change !== undefined)
    .sort((left, right) => rankOf(left.impact) - rankOf(right.impact));
}

function changed(
  before: Manifest,
  after: Manifest,
  all: readonly Manifest[],
): ObjectChange | undefined {
  const fields = fieldChanges(before, after);
  if (fields.length === 0) return undefined;
  const effects = effectsOfChange(before, after, fields, all);
  return made('changed', after, fields.map(withoutSecrets(after)), effects);
}

/** Whether an object is gone when no manifest has it any more: a cluster has much that is of others. */
function isOurs(object: Manifest): boolean {
  return (
    !isLive(object) ||
    object.metadata.labels?.['app.kubernetes.io/managed-by'] === 'inference-constructs'
  );
}

function effectsOfChange(
  before: Manifest,
  after: Manifest,
  fields: readonly FieldChange[],
  all: readonly Manifest[],
): readonly Effect[] {
  const refused = fields.filter((change) => isRefused(groupKindOf(before), change, before, after));
  if (refused.length === 0) return effectsOf({ before, after, fields, all });
  // An object is taken as a whole or not at all: what else it changes does not happen, either.
  return [
    {
      impact: Impact.REFUSED,
      words: 'is refused by the cluster: the field is immutable',
      fix: replacementOf(before),
      fields: refused.map(({ path }) => path),
    },
  ];
}

/** How to get what is wanted all the same, and what that costs. */
function replacementOf(object: Manifest): string {
  switch (groupKindOf(object)) {
    case 'Service':
      return 'delete it first; nobody reaches its pods by this name until it is made anew';
    case 'apps/Deployment':
    case 'apps/DaemonSet':
    case 'apps/StatefulSet':
      return 'give it another name, move traffic, then delete the old one; or delete it first, and go without it until new pods are ready';
    case 'batch/Job':
      return 'give it another name, or delete the old one first, with its pods and logs';
    case 'PersistentVolumeClaim':
      return 'make a claim of another name and copy the data; deleting it deletes the volume';
    case 'ConfigMap':
    case 'Secret':
      return 'give it another name and let pods refer to that, which restarts them';
    default:
      return 'delete it first, or give it another name';
  }
}

function made(
  change: ObjectChange['change'],
  object: Manifest,
  fields: readonly FieldChange[],
  effects: readonly Effect[],
): ObjectChange {
  return { change, object, fields, effects, impact: worstOf(effects.map(({ impact }) => impact)) };
}

const HIDDEN = '(hidden)';

function withoutSecrets({ kind }: Manifest): (change: FieldChange) => FieldChange {
  return (change) =>
    kind === 'Secret' && /^(data|stringData)(\.|$)/.test(change.path)
      ? {
          path: change.path,
          before: change.before === undefined ? undefined : HIDDEN,
          after: change.after === undefined ? undefined : HIDDEN,
        }
      : change;
}

function byIdentity(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(
    manifests.map((manifest) => [
      [groupKindOf(manifest), manifest.metadata.namespace ?? '', manifest.metadata.name].join(' '),
      manifest,
    ]),
  );
}
