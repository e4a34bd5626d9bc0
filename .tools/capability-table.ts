/*
 * Writes the tables of what each ingress provider and each mesh can do into their pages, from the registries
 * themselves.
 *
 *   npm run capabilities
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  IngressCapability,
  IngressProvider,
  MeshCapability,
  ServiceMesh,
} from 'inference-constructs';

const DOCS = join(resolve(__dirname, '..'), 'docs');

const BEGIN = '<!-- capabilities -->';
const END = '<!-- end of capabilities -->';

/** The table of each page, row by row. */
const TABLES: Readonly<Record<string, () => readonly (readonly string[])[]>> = {
  'ingress.md': () => {
    const providers = IngressProvider.all();
    return [
      ['', ...providers.map((provider) => `\`${provider.toString()}\``)],
      ['checked for', ...providers.map(({ definition }) => definition.title)],
      ['a bad certificate ends in', ...providers.map(({ definition }) => definition.rejection)],
      ...Object.values(IngressCapability).map((capability) => [
        capability,
        ...providers.map(({ definition }) => definition.capabilities[capability] ?? 'no'),
      ]),
    ];
  },
  'mesh.md': () => {
    const meshes = ServiceMesh.all();
    return [
      ['', ...meshes.map((mesh) => `\`${mesh.toString()}\``)],
      ['checked for', ...meshes.map(({ definition }) => definition.title)],
      ...Object.values(MeshCapability).map((capability) => [
        capability,
        ...meshes.map(({ definition }) => definition.capabilities[capability] ?? 'no'),
      ]),
    ];
  },
};

/** Pages with a table, by their names. */
export const PAGES: readonly string[] = Object.keys(TABLES);

/** Reads a page. */
export function readPage(name: string): string {
  return readFileSync(join(DOCS, name), 'utf8');
}

/** The page with the table as the registry has it. */
export function withTable(name: string): string {
  const [before = '', rest = ''] = readPage(name).split(BEGIN);
  const [, after = ''] = rest.split(END);
  const [head = [], ...rows] = TABLES[name]?.() ?? [];
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `${before}${BEGIN}\n\n${table.join('\n')}\n\n${END}${after}`;
}

/** Cells of the table of a page, whatever the widths of its columns. */
export function cells(page: string): string[][] {
  const [, between = ''] = page.split(BEGIN);
  return (between.split(END)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s-]+$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

if (require.main === module)
  for (const name of PAGES) writeFileSync(join(DOCS, name), withTable(name));
