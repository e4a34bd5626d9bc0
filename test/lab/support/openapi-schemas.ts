/*
 * JSON schemas for kubeconform, made from what the API server itself says about its kinds.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Schema = Record<string, unknown>;

interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** Writes a strict schema for each kind that is asked for, named as kubeconform looks for it. */
export function writeSchemas(folder: string, openApi: OpenApi, kinds: ReadonlySet<string>): void {
  mkdirSync(folder, { recursive: true });
  const definitions = Object.fromEntries(
    Object.entries(openApi.definitions).map(([name, schema]) => [name, strict(schema)]),
  );
  for (const [name, schema] of Object.entries(openApi.definitions)) {
    const identities = (schema['x-kubernetes-group-version-kind'] ?? []) as {
      group: string;
      version: string;
      kind: string;
    }[];
    const [identity] = identities;
    if (identities.length !== 1 || identity === undefined || !kinds.has(identity.kind)) continue;
    const { group, version, kind } = identity;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const file = join(folder, schemaFile({ apiVersion, kind }));
    writeFileSync(file, JSON.stringify({ $ref: `#/definitions/${name}`, definitions }));
  }
}

/** Name of the file in which kubeconform looks for the schema of a kind. */
export function schemaFile(of: { readonly apiVersion: string; readonly kind: string }): string {
  const [version = '', group] = of.apiVersion.split('/').reverse();
  const suffix = [...(group === undefined ? [] : [group.split('.')[0]]), version].join('-');
  return `${of.kind}-${suffix}.json`.toLowerCase();
}

/** No properties that the API does not know, and the types that OpenAPI 2 cannot express. */
function strict(schema: Schema): Schema {
  if (schema['format'] === 'int-or-string')
    return { oneOf: [{ type: 'string' }, { type: 'integer' }] };
  const { $ref, type, enum: values, required, items, properties, additionalProperties } = schema;
  return {
    ...given({ $ref, type, enum: values, required }),
    ...(items !== undefined && { items: strict(items as Schema) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, Schema>).map(([name, inner]) => [
          name,
          strict(inner),
        ]),
      ),
      additionalProperties:
        additionalProperties === undefined ? false : strict(additionalProperties as Schema),
    }),
    ...(properties === undefined &&
      additionalProperties !== undefined && {
        additionalProperties: strict(additionalProperties as Schema),
      }),
  };
}

function given(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
