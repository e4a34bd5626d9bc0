/*
 * The topology as SVG, laid out by Graphviz. Its colours are those of the page, by classes.
 */
import { layoutOf, type Role, type Topology, type TopologyNode } from './topology';

const SHAPES: Readonly<Record<Role, string>> = {
  clients: 'shape=box style="rounded"',
  gateway: 'shape=hexagon',
  server: 'shape=box',
  pool: 'shape=box3d',
  identity: 'shape=box style="rounded,dashed"',
  model: 'shape=cylinder',
  outside: 'shape=box style="dashed"',
};

/** Source for Graphviz. */
export function dot(topology: Topology): string {
  const { idOf, outside, namespaces } = layoutOf(topology);
  const line = ({ id, role, lines }: TopologyNode): string =>
    `${idOf(id)} [label=${quoted(lines.join('\n'))} class="${role}" ${SHAPES[role]}]`;
  return [
    'digraph {',
    'graph [rankdir=LR bgcolor=transparent fontname="sans-serif" fontsize=11 nodesep=0.25 ranksep=0.7]',
    'node [fontname="sans-serif" fontsize=11 margin="0.14,0.07"]',
    'edge [fontname="sans-serif" fontsize=9 arrowsize=0.7]',
    ...outside.map(line),
    ...namespaces.flatMap(({ name, nodes }, index) => [
      `subgraph cluster_${index} { label=${quoted(name)} class="namespace"`,
      ...nodes.map(line),
      '}',
    ]),
    ...topology.edges.map(
      ({ from, to, label, dashed }) =>
        `${idOf(from)} -> ${idOf(to)} [label=${quoted(label)}${dashed ? ' style=dashed' : ''}]`,
    ),
    '}',
  ].join('\n');
}

/** Colours by role, light and dark. */
export const DRAWING_STYLE = `
.drawing text { fill: var(--ink); }
.drawing .edge path { stroke: var(--line); }
.drawing .edge polygon { stroke: var(--line); fill: var(--line); }
.drawing .node > * { stroke: var(--role); }
.drawing .node text { stroke: none; }
.drawing .node polygon, .drawing .node path { fill: color-mix(in srgb, var(--role) 12%, var(--paper)); }
.drawing .namespace polygon, .drawing .namespace path { fill: none; stroke: var(--line); stroke-dasharray: 4 3; }
.drawing .clients { --role: #7a5cc7; } .drawing .gateway { --role: #1f7ae0; } .drawing .server { --role: #1a8f5a; }
.drawing .pool { --role: #b3651c; } .drawing .identity { --role: #8a7a1f; } .drawing .model { --role: #1a8a94; }
.drawing .outside { --role: #808890; }
`;

export const PALETTE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --line: #8793a3; --faint: #eef1f5; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181f; --ink: #e4e9f0; --line: #77839a; --faint: #1f2631; --bad: #ff8a80; --warn: #f0b849; }
}
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --line: #666666; --faint: #f2f2f2; --bad: #b3261e; --warn: #8a5a00; } }
`;

/** A drawing that stands alone. */
export async function svg(topology: Topology): Promise<string> {
  const drawn = await svgElement(topology);
  return drawn.replace(
    /^(<svg[^>]*>)/,
    (open) => `${open}\n<style>${PALETTE}${DRAWING_STYLE}</style>`,
  );
}

/** A drawing as an element of a page that has the colours. */
export async function svgElement(topology: Topology): Promise<string> {
  // Half a second to load, which other formats need not wait for.
  const { instance } = await import('@viz-js/viz');
  const drawn = (await instance()).renderString(dot(topology), { format: 'svg' });
  return drawn
    .slice(drawn.indexOf('<svg'))
    .replace(
      /<svg width="[^"]*" height="[^"]*"/,
      '<svg class="drawing" role="img" aria-label="topology"',
    )
    .replace(/<!--[\s\S]*?-->\n/g, '')
    .replace(/<title>[\s\S]*?<\/title>\n/g, '')
    .trimEnd();
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
