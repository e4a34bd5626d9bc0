/*
 * Draws series of numbers as a picture that documents can show.
 *
 *   tsx .tools/plot.ts series.json picture.svg
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { View, parse } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** What is drawn. */
export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Lines that step from value to value; name → points. */
  readonly series: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

const WIDTH = 720;
const HEIGHT = 280;

/** The picture as SVG. */
export async function draw({ title, x, y, series }: Plot): Promise<string> {
  const values = Object.entries(series).flatMap(([name, points]) =>
    points.map(([at, value]) => ({ at, value, name })),
  );
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title,
    width: WIDTH,
    height: HEIGHT,
    background: 'white',
    data: { values },
    mark: { type: 'line', interpolate: 'step-after' },
    encoding: {
      x: { field: 'at', type: 'quantitative', title: x },
      y: { field: 'value', type: 'quantitative', title: y },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        sort: Object.keys(series),
        legend: { orient: 'bottom' },
      },
    },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

async function main([from, to]: readonly string[]): Promise<void> {
  if (from === undefined || to === undefined) throw new Error('usage: plot.ts FROM.json TO.svg');
  writeFileSync(to, `${await draw(JSON.parse(readFileSync(from, 'utf8')) as Plot)}\n`);
}

if (require.main === module) void main(process.argv.slice(2));
