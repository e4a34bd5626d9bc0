/*
 * What a rule for resources of a cloud is. Rules are data and pure functions: the library's own tests hold all of its
 * stacks to them, and the policy pack holds other programs to the same.
 */

/** Inputs of a resource, as Pulumi has them. */
export type Inputs = Readonly<Record<string, unknown>>;

/** One rule, for one type of resource. */
export interface CloudRule {
  /** Id of the same rule in Checkov, where it has one. */
  readonly id: string;
  /** What is required, as a sentence. */
  readonly title: string;
  /** Type token of the resources that it is for. */
  readonly type: string;
  /** Whether breaking it stops an update, or is only told. */
  readonly level: 'mandatory' | 'advisory';
  /** Whether a resource with these inputs keeps it. */
  holds(inputs: Inputs): boolean;
}

/** The value at a path such as `vpcConfig.endpointPublicAccess`; elements of lists by their number. */
export function at(inputs: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Inputs)[key] : undefined,
      inputs,
    );
}

/** The list at a path; none if there is none. */
export function listAt(inputs: Inputs, path: string): readonly unknown[] {
  const value = at(inputs, path);
  return Array.isArray(value) ? value : [];
}

/** The rule that the value at `path` is `expected`. */
export function equals(path: string, expected: unknown): CloudRule['holds'] {
  return (inputs) => at(inputs, path) === expected;
}

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

/** Statements of a policy document that allow something. */
export function allowed(
  document: unknown,
): readonly { readonly actions: readonly string[]; readonly resources: readonly string[] }[] {
  if (typeof document !== 'string') return [];
  const { Statement: statements = [] } = JSON.parse(document) as {
    Statement?: Statement | Statement[];
  };
  return [statements]
    .flat()
    .filter(({ Effect }) => Effect === 'Allow')
    .map(({ Action = [], Resource = [] }) => ({
      actions: [Action].flat(),
      resources: [Resource].flat(),
    }));
}
