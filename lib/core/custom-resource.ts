/*
 * Custom resources as plain data, typed by the bindings in `imports/`.
 */

/** A type of `imports/` in which the members of enums are written as what they stand for. */
export type Literal<T> = T extends string
  ? `${T}`
  : T extends readonly (infer U)[]
    ? readonly Literal<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Literal<T[K]> }
      : T;

/** What a manifest is once all names are those of the API. */
export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: object;
}

/** Renders a custom resource with the binding of its kind. */
export function customResource<P>(
  binding: { manifest(props: P): unknown },
  props: Literal<P> & { readonly metadata: { readonly name: string } },
): PlainObject {
  // The enums of the bindings are strings at run time.
  return withoutUndefined(binding.manifest(props as unknown as P)) as PlainObject;
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, withoutUndefined(entry)]),
  );
}
