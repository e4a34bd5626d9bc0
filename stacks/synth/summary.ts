/*
 * What a synthesis says to the person who ran it.
 */
import { ApiObject, type App } from 'cdk8s';
import { Autoscaling, InferenceService, ModelServer, type Warning } from 'inference-constructs';

/** What runs models. */
export type Server = ModelServer | InferenceService;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** One line of the table. */
export interface StackSummary {
  readonly stack: string;
  readonly objects: number;
  /** Fewest and most pods of servers, as their autoscalers allow. */
  readonly pods: Range;
  readonly cpuCores: Range;
  readonly runsOn: readonly string[];
  /** A line for each server: how many of its pods a node of each pool holds. */
  readonly placements: readonly string[];
}

/** All that run models in an app. */
export function serversOf(app: App): readonly Server[] {
  return app.node
    .findAll()
    .filter(
      (construct): construct is Server =>
        construct instanceof ModelServer || construct instanceof InferenceService,
    );
}

/** Counts what a synthesised app holds. */
export function summarise(stack: string, app: App): StackSummary {
  const constructs = app.node.findAll();
  const servers = serversOf(app);
  const scaled = new Map(
    constructs
      .filter((construct) => construct instanceof Autoscaling)
      .map(({ target, minReplicas, maxReplicas }) => [
        target as unknown,
        { min: minReplicas, max: maxReplicas },
      ]),
  );
  const replicasOf = (server: Server): Range => {
    const max = server instanceof InferenceService ? server.maxReplicas : server.replicas;
    return scaled.get(server) ?? { min: server.replicas, max };
  };
  return {
    stack,
    objects: constructs.filter((construct) => ApiObject.isApiObject(construct)).length,
    pods: rangeOf(servers, replicasOf, () => 1),
    cpuCores: rangeOf(servers, replicasOf, ({ podRequests }) => podRequests.cpuMillis / 1000),
    placements: servers.map(placementText),
    runsOn: [...new Set(servers.flatMap(({ placement }) => placement.map((pool) => pool.name)))],
  };
}

/** The table, aligned for a terminal. */
export function table(summaries: readonly StackSummary[]): string {
  const rows = [
    ['stack', 'objects', 'pods (min–max)', 'cpu (min–max)', 'runs on'],
    ...summaries.map(({ stack, objects, pods, cpuCores, runsOn }) => [
      stack,
      String(objects),
      rangeText(pods),
      rangeText(cpuCores),
      runsOn.join(', '),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string => {
    const [stack = '', objects = '', pods = '', cpu = '', runsOn = ''] = row;
    const [first = 0, second = 0, third = 0, fourth = 0] = widths;
    return `  ${stack.padEnd(first)}  ${objects.padStart(second)}  ${pods.padStart(third)}  ${cpu.padStart(fourth)}  ${runsOn}`;
  };
  return rows.map(line).join('\n');
}

/** How pods fit their nodes, and every warning with what to do about it. */
export function explain({ stack, placements }: StackSummary, warnings: readonly Warning[]): string {
  const doubts = warnings.map(({ at, message, fix }) => `warning: ${at}: ${message}; ${fix}`);
  return [...placements, ...doubts].map((line) => `  ${stack}: ${line}`).join('\n');
}

function rangeOf(
  servers: readonly Server[],
  replicasOf: (server: Server) => Range,
  weight: (server: Server) => number,
): Range {
  const sum = (bound: keyof Range): number =>
    servers.reduce((total, server) => total + replicasOf(server)[bound] * weight(server), 0);
  return { min: sum('min'), max: sum('max') };
}

function rangeText({ min, max }: Range): string {
  return min === max ? String(min) : `${min}–${max}`;
}

function placementText(server: Server): string {
  const pools = server.placement.map(
    (pool) => `${server.podsPerNode(pool)} on a node of ${pool.name}`,
  );
  return `${server.node.path}: ${pools.join(', ') || 'any node'}`;
}
