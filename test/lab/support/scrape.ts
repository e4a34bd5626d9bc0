/* What a scrape holds, and what a query would find in it. */

/** One series of a scrape. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Series of the text format of Prometheus. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [
      key,
      text,
    ]);
    return name === ''
      ? []
      : [
          {
            name,
            labels: Object.fromEntries(pairs) as Record<string, string>,
            value: Number(value),
          },
        ];
  });
}

/** The counters that each `rate` of a query reads, summed up, in the order of the query. */
export function counted(samples: readonly Sample[], query: string): number[] {
  return [...query.matchAll(/rate\(([\w:]+)\{([^}]*)\}\[/g)].map(
    ([, metric = '', matchers = '']) => {
      const tests = [...matchers.matchAll(/(\w+)(=~?)"([^"]*)"/g)].map(
        ([, label = '', operator, wanted = '']) =>
          ({ labels }: Sample): boolean =>
            operator === '='
              ? labels[label] === wanted
              : new RegExp(`^(?:${wanted})$`).test(labels[label] ?? ''),
      );
      return samples
        .filter((sample) => sample.name === metric && tests.every((test) => test(sample)))
        .reduce((sum, { value }) => sum + value, 0);
    },
  );
}
