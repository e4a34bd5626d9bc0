/*
 * Changes for people, for pull requests and for programs.
 */
import { groupOf, titleOf, type Json } from '../manifest';
import type { ObjectChange } from './compare';
import type { FieldChange } from './field-change';
import { Impact, type Effect } from './impact';

/** Longest text of a value, in characters. */
const LONGEST_VALUE = 60;

/** Most fields that are listed of an object. */
const MOST_FIELDS = 8;

/** How impacts look in a terminal; the default is no look at all. */
export type Paint = (impact: Impact, text: string) => string;

/** For a terminal. */
export function changesAsText(
  changes: readonly ObjectChange[],
  paint: Paint = (_, text) => text,
): string {
  if (changes.length === 0) return 'nothing changes\n';
  const width = Math.max(...changes.map(({ impact }) => impact.length));
  const lines = changes.flatMap((change) => {
    const tag = paint(change.impact, change.impact.padEnd(width));
    const indent = ' '.repeat(width + 4);
    return [
      `${tag}  ${titleOf(change.object)}: ${sentenceOf(change)}`,
      ...shownFields(change).map((text) => `${indent}${text}`),
      ...fixesOf(change).map((text) => `${indent}to do: ${text}`),
    ];
  });
  return `${lines.join('\n')}\n\n${summaryOf(changes)}\n`;
}

/** For a comment on a pull request. */
export function changesAsMarkdown(changes: readonly ObjectChange[]): string {
  if (changes.length === 0) return 'Nothing changes in the cluster.\n';
  const rows = changes.map((change) => {
    const fields = shownFields(change).map((text) => `\`${text.replaceAll('`', "'")}\``);
    const words = [sentenceOf(change), ...fixesOf(change).map((fix) => `**To do:** ${fix}`)];
    const impact = change.impact === Impact.NONE ? '' : `**${change.impact}**`;
    return [impact, titleOf(change.object), fields.join('<br>'), words.join('<br>')];
  });
  return [
    `**What this does to the cluster:** ${summaryOf(changes)}`,
    '',
    '| | object | fields | what it does |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
    '',
  ].join('\n');
}

/** For programs. */
export function changesAsJson(changes: readonly ObjectChange[]): string {
  const rows = changes.map(({ change, object, impact, fields, effects }) => ({
    change,
    group: groupOf(object),
    kind: object.kind,
    namespace: object.metadata.namespace ?? null,
    name: object.metadata.name,
    impact,
    effects,
    fields: fields.map(({ path, before = null, after = null }) => ({ path, before, after })),
  }));
  return `${JSON.stringify({ changes: rows }, undefined, 2)}\n`;
}

/** How many objects of each kind of change, and of each impact. */
function summaryOf(changes: readonly ObjectChange[]): string {
  const tally = <T extends string>(
    all: readonly T[],
    of: (change: ObjectChange) => string,
  ): string =>
    all
      .map((one) => [changes.filter((change) => of(change) === one).length, one] as const)
      .filter(([count]) => count > 0)
      .map(([count, one]) => `${count} ${one}`)
      .join(', ');
  const kinds = tally(['added', 'changed', 'removed'], ({ change }) => change);
  const impacts = tally(
    Object.values(Impact).filter((impact) => impact !== Impact.NONE),
    ({ impact }) => impact,
  );
  return `${kinds}; ${impacts || 'no interruption'}`;
}

function sentenceOf({ change, effects }: ObjectChange): string {
  const words = unique(effects.map((effect) => effect.words));
  const verb = change === 'changed' ? '' : change;
  return [verb, ...words].filter((text) => text !== '').join('; ') || 'no interruption';
}

function fixesOf({ effects }: ObjectChange): readonly string[] {
  return unique(effects.map(({ fix }) => fix).filter((fix) => fix !== undefined));
}

/** Those that matter first. */
function shownFields({ fields, effects }: ObjectChange): readonly string[] {
  const mattering = new Set(effects.flatMap((effect: Effect) => effect.fields));
  const sorted = [
    ...fields.filter(({ path }) => mattering.has(path)),
    ...fields.filter(({ path }) => !mattering.has(path)),
  ];
  const rest = sorted.length - MOST_FIELDS;
  return [
    ...sorted.slice(0, MOST_FIELDS).map(fieldText),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ];
}

function fieldText({ path, before, after }: FieldChange): string {
  if (before === undefined) return `${path}: + ${valueText(after)}`;
  if (after === undefined) return `${path}: - ${valueText(before)}`;
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: Json | undefined): string {
  const text = (typeof value === 'string' ? value : JSON.stringify(value ?? null)).replaceAll(
    '\n',
    ' ',
  );
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
