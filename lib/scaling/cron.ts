/*
 * Times as cron writes them: five fields of numbers, ranges, steps and lists.
 */

/** Bounds of the fields: minute, hour, day of the month, month, day of the week. */
const FIELDS = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12 },
  { least: 0, most: 6 },
] as const;

/** Whether KEDA takes `text` as a time. */
export function isCron(text: string): boolean {
  const fields = text.split(' ');
  return (
    fields.length === FIELDS.length &&
    FIELDS.every((bounds, index) =>
      (fields[index] ?? '').split(',').every((part) => isPart(part, bounds)),
    )
  );
}

function isPart(
  part: string,
  { least, most }: { readonly least: number; readonly most: number },
): boolean {
  const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part);
  if (!match) return false;
  const [, from = String(least), to = from] = match;
  return Number(from) >= least && Number(to) <= most && Number(from) <= Number(to);
}
