/*
 * The topology for Mermaid, as GitHub and GitLab draw it.
 * @see https://mermaid.js.org/syntax/flowchart.html (11)
 */
import { layoutOf, type Role, type Topology, type TopologyNode } from './topology';

const SHAPES: Readonly<Record<Role, readonly [string, string]>> = {
  clients: ['([', '])'],
  gateway: ['{{', '}}'],
  server: ['[', ']'],
  pool: ['[/', '/]'],
  identity: ['(', ')'],
  model: ['[(', ')]'],
  outside: ['>', ']'],
};

export function mermaid(topology: Topology): string {
  const { idOf, outside, namespaces } = layoutOf(topology);
  const line = ({ id, role, lines }: TopologyNode): string => {
    const [open, close] = SHAPES[role];
    return `${idOf(id)}${open}"${lines.map(escape).join('<br/>')}"${close}`;
  };
  return [
    'flowchart LR',
    ...outside.map((node) => `  ${line(node)}`),
    ...namespaces.flatMap(({ name, nodes }, index) => [
      `  subgraph s${index}["${escape(name)}"]`,
      ...nodes.map((node) => `    ${line(node)}`),
      '  end',
    ]),
    ...topology.edges.map(({ from, to, label, dashed }) => {
      const text = label === '' ? '' : `|"${escape(label)}"|`;
      return `  ${idOf(from)} ${dashed ? '-.->' : '-->'}${text} ${idOf(to)}`;
    }),
    '',
  ].join('\n');
}

/** Quotes would end the text, and brackets of HTML begin something else. */
function escape(text: string): string {
  return text.replace(/["#<>&]/g, (character) => `#${character.charCodeAt(0)};`);
}
