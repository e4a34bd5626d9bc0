/** Settings of a chart. */
export type HelmValues = Readonly<Record<string, unknown>>;

/** Merges nested objects; whatever else is in both is taken from `over`. */
export function mergedValues(base: HelmValues, over: HelmValues): HelmValues {
  return Object.entries(over).reduce<HelmValues>((result, [key, value]) => {
    const before = result[key];
    return {
      ...result,
      [key]: isValues(before) && isValues(value) ? mergedValues(before, value) : value,
    };
  }, base);
}

function isValues(value: unknown): value is HelmValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // What Pulumi knows only while it deploys is one value, however it looks.
  return !('__pulumiOutput' in value);
}
