/*
 * Pods of kwok that take their time: they load before they are ready, and drain before they are gone.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { LAB_HOME, installed } from './lab-home';

interface Stage {
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * A file of stages in which pods are ready after `loadSeconds`, and are there until the end of their grace period.
 * @returns its path, or none where the lab is not installed
 */
export function unhurriedPods(loadSeconds: number): readonly string[] {
  if (!installed('kwok')) return [];
  const delays: Readonly<Record<string, object>> = {
    'pod-ready': { durationMilliseconds: loadSeconds * 1000 },
    // The API server sets it to the end of the grace period.
    'pod-delete': { durationFrom: { expressionFrom: '.metadata.deletionTimestamp' } },
  };
  const stages = parseAllDocuments(readFileSync(join(LAB_HOME, 'kwok-stages.yaml'), 'utf8'))
    .map((document) => document.toJS() as Stage | null)
    .filter((stage) => stage !== null)
    .map((stage) => {
      const delay = delays[stage.metadata.name];
      return delay ? { ...stage, spec: { ...stage.spec, delay } } : stage;
    });
  const file = join(mkdtempSync(join(tmpdir(), 'lab-stages-')), 'stages.yaml');
  writeFileSync(file, stages.map((stage) => stringify(stage)).join('---\n'));
  return [file];
}
