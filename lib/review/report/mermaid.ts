/*
 * The topology for Mermaid, as GitHub and GitLab draw it.
 * @see https://mermaid.js.org/syntax/flowchart.html (11)
 */
import type { Role, Topology, TopologyNode } from './topology';

const SHAPES: Readonly<Record<Role, readonly [string, string]>> = {
  clients: ['([', '])'],
  gateway: ['{{', '}}'],
  server: ['[', ']'],
  pool: ['[/', '/]'],
  identity: ['(', ')'],
  model: ['[(', ')]'],
  outside: ['>', ']'],
};

export function mermaid({ nodes, edges }: Topology): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const line = (node: TopologyNode): string => {
    const [open, close] = SHAPES[node.role];
    return `${ids.get(node.id) ?? ''}${open}"${node.lines.map(escape).join('<br/>')}"${close}`;
  };
  const namespaces = [...new Set(nodes.map(({ namespace }) => namespace))].filter(
    (name) => name !== undefined,
  );
  return [
    'flowchart LR',
    ...nodes.filter(({ namespace }) => namespace === undefined).map((node) => `  ${line(node)}`),
    ...namespaces.flatMap((name, index) => [
      `  subgraph s${index}["${escape(name)}"]`,
      ...nodes.filter(({ namespace }) => namespace === name).map((node) => `    ${line(node)}`),
      '  end',
    ]),
    ...edges.map(({ from, to, label, dashed }) => {
      const text = label === '' ? '' : `|"${escape(label)}"|`;
      return `  ${ids.get(from) ?? ''} ${dashed ? '-.->' : '-->'}${text} ${ids.get(to) ?? ''}`;
    }),
    '',
  ].join('\n');
}

/** Quotes would end the text, and brackets of HTML begin something else. */
function escape(text: string): string {
  return text.replace(/["#<>&]/g, (character) => `#${character.charCodeAt(0)};`);
}
