/*
 * Writes the table of what each ingress provider can do into docs/ingress.md, from the registry itself.
 *
 *   npm run capabilities
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { IngressCapability, IngressProvider } from 'inference-constructs';

const PAGE = join(resolve(__dirname, '..'), 'docs', 'ingress.md');

const BEGIN = '<!-- capabilities -->';
const END = '<!-- end of capabilities -->';

/** The page with the table as the registry has it. */
export function withTable(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  return `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`;
}

function table(): string {
  const providers = IngressProvider.all();
  const rows = [
    ['', ...providers.map((provider) => `\`${provider.toString()}\``)],
    ['---', ...providers.map(() => '---')],
    ['checked for', ...providers.map(({ definition }) => definition.title)],
    ['a bad certificate ends in', ...providers.map(({ definition }) => definition.rejection)],
    ...Object.values(IngressCapability).map((capability) => [
      capability,
      ...providers.map(({ definition }) => definition.capabilities[capability] ?? 'no'),
    ]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Cells of the first table of a page, whatever the widths of its columns. */
export function cells(page: string): string[][] {
  const [, between = ''] = page.split(BEGIN);
  return (between.split(END)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s-]+$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

if (require.main === module) writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')));
