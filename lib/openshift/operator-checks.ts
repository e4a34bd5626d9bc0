/*
 * What the OpenVINO operator can be told, and what not.
 */
import type { Checks } from '../core/checks';
import { requirePinnedImage } from '../core/image-reference';
import { requireName } from '../core/names';
import { coresText, memoryText, mibOf, millisOf } from '../core/quantities';
import { ServingEngine } from '../serving/engine';
import type { Model } from '../serving/model';
import type { ModelServerProps } from '../serving/model-server-props';

/** Props of `ModelServer` that the operator has no field for. */
const UNKNOWN = [
  'accelerator',
  'batching',
  'drain',
  'ensembles',
  'env',
  'labels',
  'modelCache',
  'placement',
  'podDisruptionBudget',
  'priorityClassName',
  'qualityOfService',
  'threads',
  'transform',
] as const satisfies readonly (keyof ModelServerProps)[];

/** Stores that the server itself reads, by their schemes; in the operator's words. */
const STORAGE = { 'gs://': 'google', 's3://': 'S3' } as const;

/** Where the operator says that a model is kept; undefined where the server does not read it itself. */
export function storageOf(uri: string): 'google' | 'S3' | undefined {
  return Object.entries(STORAGE).find(([scheme]) => uri.startsWith(scheme))?.[1];
}

/** The one model of the props. */
export function operatorModel({ model, models = [] }: ModelServerProps): Model {
  const [first] = [...(model ? [model] : []), ...models];
  if (first === undefined) throw new Error('the checks let a server without a model pass');
  return first;
}

/** Records everything that keeps the operator from running the server as it is declared. */
export function checkOperatorServer(checks: Checks, props: ModelServerProps): void {
  requireName(checks, 'name', props.name);
  checks.require(props.engine === ServingEngine.OPENVINO, 'engine', () => ({
    got: props.engine.definition.title,
    expected: ServingEngine.OPENVINO.definition.title,
    fix: 'change the engine, or use ModelServer',
  }));
  if (props.image !== undefined) requirePinnedImage(checks, 'image', props.image);
  for (const property of UNKNOWN)
    checks.require(props[property] === undefined, property, () => ({
      got: 'a value',
      expected: 'none, as the operator has no field for it',
      fix: `drop ${property}, or use ModelServer`,
    }));
  const cpu = millisOf(props.cpu);
  checks.require(cpu >= 100 && cpu <= 256_000, 'cpu', () => ({
    got: coresText(cpu),
    expected: '0.1 cores to 256 cores',
    fix: 'set the CPU of one replica',
  }));
  const memory = mibOf(props.memory);
  checks.require(memory >= 128, 'memory', () => ({
    got: memoryText(memory),
    expected: 'at least 128 MiB',
    fix: 'set the memory of one replica',
  }));
  checks.requireCount(props.replicas ?? 1, 'replicas', 1, 5000);
  checkModel(checks, props);
}

function checkModel(checks: Checks, { model, models = [] }: ModelServerProps): void {
  const all = [...(model ? [model] : []), ...models];
  checks.require(all.length === 1, 'model', () => ({
    got: `${all.length} models`,
    expected: 'one',
    fix: 'make a server for each model, or use ModelServer',
  }));
  for (const { source } of all) {
    const { uri, delivery, credentials } = source.definition;
    const readable = storageOf(uri) !== undefined || delivery.via === 'volume';
    checks.require(readable, 'model.source', () => ({
      got: source.toString(),
      expected: 'a bucket of S3 or Google Cloud, or a claim, which the server reads itself',
      fix: 'put the model there, or use ModelServer',
    }));
    checks.require(credentials === undefined, 'model.source.credentials', () => ({
      got: 'a Secret',
      expected: 'none: the operator takes keys in its resource only, where git would keep them',
      fix: 'let the pods read the bucket by their identity, or use ModelServer',
    }));
  }
}
