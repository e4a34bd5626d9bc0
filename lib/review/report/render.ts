/*
 * The report as a page, for pull requests and for programs.
 */
import { DRAWING_STYLE, PALETTE, svgElement } from './drawing';
import { mermaid } from './mermaid';
import type { Report } from './report';
import { headlineOf, tablesOf, type Table } from './tables';

const STYLE = `
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.headline { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; margin: 0; list-style: none; }
.headline li { background: var(--faint); border-radius: .4rem; padding: .2rem .6rem; }
.scroll { overflow-x: auto; }
.scroll svg { display: block; min-width: 44rem; width: 100%; height: auto; max-height: 80vh; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--faint); overflow-wrap: break-word; }
th { font-weight: 600; white-space: nowrap; border-bottom-color: var(--line); }
.high td:first-child { color: var(--bad); font-weight: 700; } .medium td:first-child { color: var(--warn); font-weight: 700; }
@media (max-width: 42rem) {
  thead { display: none; } tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { display: grid; grid-template-columns: 7.5rem 1fr; gap: .5rem; border: 0; padding: .1rem 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-label); color: var(--line); }
}
@media print {
  body { max-width: none; font-size: 10pt; padding: 0; } .scroll { overflow: visible; } .scroll svg { min-width: 0; max-height: 18cm; }
  tr, svg { break-inside: avoid; } h2 { break-after: avoid; }
}
`;

/** One page that needs nothing else. */
export async function html(report: Report): Promise<string> {
  const tables = tablesOf(report).map(
    (table) =>
      `<section id="${table.id}">\n<h2>${escape(table.title)}</h2>\n${htmlTable(table)}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escape(report.title)}</title>
<link rel="icon" href="data:,">
<style>${PALETTE}${STYLE}${DRAWING_STYLE}</style>
</head>
<body>
<h1>${escape(report.title)}</h1>
<ul class="headline">
${headlineOf(report)
  .map((text) => `<li>${escape(text)}</li>`)
  .join('\n')}
</ul>
<section id="topology">
<h2>Topology</h2>
<div class="scroll">
${await svgElement(report.topology)}
</div>
</section>
${tables.join('\n')}
</body>
</html>
`;
}

/** For a README or a pull request; GitHub draws the topology. */
export function markdown(report: Report): string {
  return [
    `# ${report.title}`,
    '',
    headlineOf(report).join(' · '),
    '',
    '```mermaid',
    mermaid(report.topology).trimEnd(),
    '```',
    ...tablesOf(report).flatMap((table) => ['', `## ${table.title}`, '', ...markdownTable(table)]),
    '',
  ].join('\n');
}

/** For programs. */
export function json(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function htmlTable({ columns, rows, empty }: Table): string {
  if (rows.length === 0) return `<p>${escape(empty)}</p>`;
  const head = columns.map((column) => `<th scope="col">${escape(column)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = row.map(
      (cell, index) => `<td data-label="${escape(columns[index] ?? '')}">${escape(cell)}</td>`,
    );
    const severity = columns[0] === 'severity' ? ` class="${row[0] ?? ''}"` : '';
    return `<tr${severity}>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>`;
}

function markdownTable({ columns, rows, empty }: Table): readonly string[] {
  if (rows.length === 0) return [empty];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
