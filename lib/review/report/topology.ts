/*
 * The drawing as a graph: clients, ways in, servers, what they run on, who they are, where models come from.
 */
import { objectAt, textAt, type Manifest } from '../manifest';
import { podsText } from '../replicas';
import { callersOf, waysInOf, type Backend } from './ways-in';
import { modelSourcesOf } from './model-sources';
import { selects, type Workload } from './workload';

/** What a node of the graph stands for. */
export type Role = 'clients' | 'gateway' | 'server' | 'pool' | 'identity' | 'model' | 'outside';

/** A node. */
export interface TopologyNode {
  readonly id: string;
  readonly role: Role;
  /** The name first. */
  readonly lines: readonly string[];
  /** Namespace that it is drawn in; none outside of namespaces. */
  readonly namespace?: string;
}

/** An arrow. */
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Copies of requests, or what is not a request. */
  readonly dashed: boolean;
}

/** A graph without ids that mean anything outside of it. */
export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
}

/** Draws up the graph. */
export function topologyOf(all: readonly Manifest[], workloads: readonly Workload[]): Topology {
  const graph = new Graph();
  for (const one of workloads) addServer(graph, one);
  const byService = serversByService(all, workloads);
  const reach = (from: string, { service, namespace, label, copy, subset }: Backend): void => {
    const servers = byService
      .get(`${namespace}/${service}`)
      ?.filter(({ podLabels }) => !subset || selects({ matchLabels: subset }, podLabels));
    for (const server of servers ?? []) graph.connect(from, serverId(server), label, copy);
    if (servers !== undefined && servers.length > 0) return;
    const id = graph.add({
      id: `outside ${namespace}/${service}`,
      role: 'outside',
      lines: [service, `Service in ${namespace}`],
    });
    graph.connect(from, id, label, copy);
  };
  for (const way of waysInOf(all)) {
    const id = graph.add({
      id: `gateway ${way.kind} ${way.namespace}/${way.name}`,
      role: 'gateway',
      lines: [way.name, way.kind, ...way.hosts],
      namespace: way.namespace,
    });
    if (way.isEntry) {
      const clients = graph.add({
        id: `clients ${id}`,
        role: 'clients',
        lines:
          way.clients.length > 0
            ? way.clients
            : ['Clients', way.verifiesClients ? 'with a certificate' : 'not identified'],
      });
      graph.connect(clients, id, way.verifiesClients ? 'mutual TLS' : way.tls);
    }
    for (const backend of way.backends) reach(id, backend);
  }
  for (const { caller, workload } of callersOf(all, workloads)) {
    const calling = workloads.find(
      ({ name, namespace, pod }) =>
        `${namespace}/${textAt(pod, 'serviceAccountName') ?? name}` === caller,
    );
    const from =
      calling === undefined
        ? graph.add({
            id: `clients ${caller}`,
            role: 'clients',
            lines: [caller, 'identity in the mesh'],
          })
        : serverId(calling);
    graph.connect(from, serverId(workload), 'may call');
  }
  return { nodes: graph.nodes, edges: graph.edges };
}

/** A graph by where its nodes are drawn, with short ids. */
export interface Layout {
  readonly idOf: (id: string) => string;
  readonly outside: readonly TopologyNode[];
  readonly namespaces: readonly {
    readonly name: string;
    readonly nodes: readonly TopologyNode[];
  }[];
}

/** What every way to draw needs. */
export function layoutOf({ nodes }: Topology): Layout {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const names = [...new Set(nodes.map(({ namespace }) => namespace))];
  const inside = (name: string | undefined): readonly TopologyNode[] =>
    nodes.filter(({ namespace }) => namespace === name);
  return {
    idOf: (id) => ids.get(id) ?? '',
    outside: inside(undefined),
    namespaces: names
      .filter((name) => name !== undefined)
      .map((name) => ({ name, nodes: inside(name) })),
  };
}

/** Most sources of models that are drawn one by one. */
const MOST_SOURCES = 3;

/** Many sources in two lines: how many, and what their addresses begin with alike. */
function summaryOf(sources: readonly string[]): readonly string[] {
  const sorted = [...sources].sort();
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return [`${sources.length} models`, `${first.slice(0, length)}…`];
}

function addServer(graph: Graph, one: Workload): void {
  graph.add({
    id: serverId(one),
    role: 'server',
    lines: [one.name, one.kind, ...(one.replicas ? [podsText(one.replicas)] : [])],
    namespace: one.namespace,
  });
  for (const pool of one.pools) {
    const id = graph.add({ id: `pool ${pool}`, role: 'pool', lines: [pool, 'nodes'] });
    graph.connect(serverId(one), id, '', true);
  }
  const sources = modelSourcesOf(one);
  for (const lines of sources.length > MOST_SOURCES
    ? [summaryOf(sources)]
    : sources.map((source) => [source])) {
    const id = graph.add({ id: `model ${lines.join(' ')}`, role: 'model', lines });
    graph.connect(id, serverId(one), '', true);
  }
  const account = textAt(one.pod, 'serviceAccountName');
  if (account === undefined || account === 'default') return;
  const id = graph.add({
    id: `identity ${one.namespace}/${account}`,
    role: 'identity',
    lines: [account, 'ServiceAccount'],
    namespace: one.namespace,
  });
  graph.connect(serverId(one), id, '', true);
}

/** Namespace and name of a Service → what it leads to. */
function serversByService(
  all: readonly Manifest[],
  workloads: readonly Workload[],
): ReadonlyMap<string, readonly Workload[]> {
  const services = all
    .filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1')
    .map((service) => {
      const namespace = service.metadata.namespace ?? 'default';
      const matchLabels = objectAt(service, 'spec', 'selector');
      const servers =
        matchLabels === undefined
          ? []
          : workloads.filter(
              (one) => one.namespace === namespace && selects({ matchLabels }, one.podLabels),
            );
      return [`${namespace}/${service.metadata.name}`, servers] as const;
    });
  // Operators make Services of the names of their objects.
  const made = workloads
    .filter(({ kind }) => kind === 'InferenceService' || kind === 'ModelServer')
    .map(
      ({ namespace, manifest }) =>
        [
          `${namespace}/${manifest.metadata.name}`,
          workloads.filter((one) => one.manifest === manifest).slice(0, 1),
        ] as const,
    );
  return new Map([...made, ...services]);
}

function serverId({ kind, namespace, name }: Workload): string {
  return `server ${kind} ${namespace}/${name}`;
}

class Graph {
  private readonly byId = new Map<string, TopologyNode>();
  private readonly arrows = new Map<string, TopologyEdge>();

  public get nodes(): readonly TopologyNode[] {
    return [...this.byId.values()];
  }

  public get edges(): readonly TopologyEdge[] {
    return [...this.arrows.values()];
  }

  public add(node: TopologyNode): string {
    if (!this.byId.has(node.id)) this.byId.set(node.id, node);
    return node.id;
  }

  public connect(from: string, to: string, label: string, dashed = false): void {
    this.arrows.set(JSON.stringify([from, to, label, dashed]), { from, to, label, dashed });
  }
}
