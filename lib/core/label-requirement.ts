/**
 * Whether a label is as a selector asks for, by the operators of Kubernetes; undefined of those that compare numbers.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements (v1.35)
 */
export function satisfies(
  value: string | undefined,
  operator: string | undefined,
  values: readonly string[],
): boolean | undefined {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case undefined:
    default:
      return undefined;
  }
}
