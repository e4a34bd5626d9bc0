import { parser } from '@prometheus-io/lezer-promql';

/** Places at which PromQL's own parser finds something wrong; none if it is a query. */
export function promqlErrors(query: string): string[] {
  const errors: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) errors.push(`${query.slice(0, from)}<here>${query.slice(from)}`);
    },
  });
  return errors;
}
