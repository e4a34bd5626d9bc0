import { parseAllDocuments } from 'yaml';
import { ConfigurationError, type Problem } from '../core/configuration-error';

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** An object of a cluster, of any kind. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A file with manifests. */
export interface ManifestFile {
  /** Its path, for messages. */
  readonly path: string;
  readonly text: string;
}

/**
 * Reads YAML or JSON; lists are taken apart, empty documents left out.
 * @throws ConfigurationError when a document is no YAML or no object of Kubernetes
 */
export function readManifests(files: readonly ManifestFile[]): readonly Manifest[] {
  const problems: Problem[] = [];
  const manifests = files.flatMap(({ path, text }) =>
    parseAllDocuments(text, { stringKeys: true }).flatMap((document): readonly Manifest[] => {
      const [error] = document.errors;
      if (error !== undefined) {
        problems.push({
          at: `${path}:${error.linePos?.[0].line ?? 1}`,
          got: error.message.split('\n')[0]?.replace(/:$/, '') ?? '',
          expected: 'YAML',
          fix: 'correct the file, or leave it out of the folder',
        });
        return [];
      }
      const value = document.toJS() as Json;
      if (value === null) return [];
      const items = itemsOf(value)
        .filter((item) => !isForTools(item))
        .map(withName);
      if (items.every(isManifest)) return items;
      problems.push({
        at: path,
        got: 'a document without apiVersion, kind and metadata.name',
        expected: 'objects of Kubernetes',
        fix: 'name a folder that holds manifests alone',
      });
      return [];
    }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return manifests;
}

/** API group of an object; that of the core is empty. */
export function groupOf({ apiVersion }: Manifest): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Group and kind, such as `apps/Deployment`, or `Service`. */
export function groupKindOf(manifest: Manifest): string {
  const group = groupOf(manifest);
  return group === '' ? manifest.kind : `${group}/${manifest.kind}`;
}

/** Kind, namespace and name, for people. */
export function titleOf({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** The value at a path; undefined where there is none. */
export function at(
  value: Json | undefined,
  ...path: readonly (string | number)[]
): Json | undefined {
  return path.reduce<Json | undefined>(
    (found, key) =>
      typeof found === 'object' && found !== null
        ? (found as Readonly<Record<string | number, Json | undefined>>)[key]
        : undefined,
    value,
  );
}

/** The string at a path. */
export function textAt(
  value: Json | undefined,
  ...path: readonly (string | number)[]
): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

/** The objects of the list at a path. */
export function listAt(
  value: Json | undefined,
  ...path: readonly (string | number)[]
): readonly JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly Json[]).filter(isObject) : [];
}

/** The object at a path. */
export function objectAt(
  value: JsonObject | undefined,
  ...path: readonly string[]
): JsonObject | undefined {
  const found = at(value, ...path);
  return isObject(found) ? found : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemsOf(value: Json): readonly Json[] {
  const items = at(value, 'items');
  return textAt(value, 'kind')?.endsWith('List') === true && Array.isArray(items)
    ? (items as readonly Json[])
    : [value];
}

/** Whether a document is read by tools alone, and no object of a cluster. */
function isForTools(value: Json): boolean {
  return textAt(value, 'apiVersion')?.startsWith('kustomize.config.k8s.io/') === true;
}

/** Objects whose names the cluster completes go by what they begin with. */
function withName(value: Json): Json {
  const beginning = textAt(value, 'metadata', 'generateName');
  const metadata = at(value, 'metadata');
  if (beginning === undefined || !isObject(value) || !isObject(metadata)) return value;
  return metadata['name'] === undefined
    ? { ...value, metadata: { ...metadata, name: beginning } }
    : value;
}

function isManifest(value: Json): value is Manifest {
  return (
    textAt(value, 'apiVersion') !== undefined &&
    textAt(value, 'kind') !== undefined &&
    textAt(value, 'metadata', 'name') !== undefined
  );
}
