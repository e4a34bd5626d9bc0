/*
 * How pods are replaced when the template changes that they are made from.
 */
import { at, groupKindOf, listAt, textAt, type Json, type Manifest } from '../manifest';
import { rangeText, type Range } from '../quantity';
import { podsText, replicasOf } from '../replicas';
import { Impact, type Effect } from './impact';

/** What it means that the template of a workload's pods changes. */
export function rolloutOf(
  workload: Manifest,
  all: readonly Manifest[],
): Omit<Effect, 'fields'> | undefined {
  const range = replicasOf(workload, all);
  const pods = podsText(range);
  switch (groupKindOf(workload)) {
    case 'apps/Deployment':
      if (textAt(workload, 'spec', 'strategy', 'type') === 'Recreate')
        return {
          impact: range.max === 0 ? Impact.NONE : Impact.STOPPED,
          words: `stops ${pods}, and only then starts new ones`,
          fix: 'set strategy.type to RollingUpdate, unless two must never run at once',
        };
      return { impact: Impact.RESTARTED, words: `restarts ${pods}${paceText(workload, range)}` };
    case 'apps/StatefulSet':
      return textAt(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete'
        ? { impact: Impact.NONE, words: 'reaches pods when somebody deletes them' }
        : { impact: Impact.RESTARTED, words: `restarts ${pods}, 1 at a time, the last first` };
    case 'apps/DaemonSet':
      return textAt(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete'
        ? { impact: Impact.NONE, words: 'reaches pods when somebody deletes them' }
        : {
            impact: Impact.RESTARTED,
            words: `restarts its pod on every node, ${
              textAt(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') ?? '1'
            } at a time`,
          };
    case 'batch/CronJob':
      return { impact: Impact.NONE, words: 'counts from the next run on' };
    default:
      return undefined;
  }
}

/** Whether pods are made from the template of a workload of this group and kind. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  'apps/Deployment': 'spec.template',
  'apps/StatefulSet': 'spec.template',
  'apps/DaemonSet': 'spec.template',
  'batch/CronJob': 'spec.jobTemplate',
};

function paceText(workload: Manifest, { min, max }: Range): string {
  const rolling = at(workload, 'spec', 'strategy', 'rollingUpdate');
  const bound = (replicas: number): number =>
    // As the controller rounds: what may be missing down, what may be added up, one at the least.
    Math.max(
      1,
      share(at(rolling, 'maxUnavailable') ?? '25%', replicas, Math.floor) +
        share(at(rolling, 'maxSurge') ?? '25%', replicas, Math.ceil),
    );
  if (max <= 1)
    return share(at(rolling, 'maxSurge') ?? '25%', 1, Math.ceil) > 0 ? ', the new one first' : '';
  const pace = { min: Math.min(bound(min), min), max: Math.min(bound(max), max) };
  return `, ${rangeText(pace)} at a time`;
}

function share(value: Json, of: number, round: (value: number) => number): number {
  return typeof value === 'string' && value.endsWith('%')
    ? round((Number(value.slice(0, -1)) * of) / 100)
    : Number(value);
}

/** Workloads whose pods read a ConfigMap or Secret. */
export function readersOf(
  { kind, metadata }: Manifest,
  all: readonly Manifest[],
): readonly Manifest[] {
  const wanted = `"${metadata.name}"`;
  return all.filter(
    (one) =>
      TEMPLATES[groupKindOf(one)] !== undefined &&
      one.metadata.namespace === metadata.namespace &&
      references(one, kind).some((reference) => JSON.stringify(reference).includes(wanted)),
  );
}

function references(workload: Manifest, kind: string): readonly Json[] {
  const spec = at(workload, 'spec', 'template', 'spec');
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  const [volume, ref] = kind === 'Secret' ? ['secret', 'secretRef'] : ['configMap', 'configMapRef'];
  const key = kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef';
  return [
    ...listAt(spec, 'volumes').flatMap((one) => [
      at(one, volume),
      ...listAt(one, 'projected', 'sources').map((source) => at(source, volume)),
    ]),
    ...containers.flatMap((one) => [
      ...listAt(one, 'envFrom').map((from) => at(from, ref)),
      ...listAt(one, 'env').map((env) => at(env, 'valueFrom', key)),
    ]),
  ].filter((found) => found !== undefined);
}
