/*
 * The report as tables of texts, for all formats alike.
 */
import { gibText, numberText, rangeText } from '../quantity';
import type { Finding } from './findings';
import { nodesText, type Report, type WorkloadRow } from './report';

/** A table with what it is for. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** What stands there when there is no row. */
  readonly empty: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a report, in the order in which they are read. */
export function tablesOf({ workloads, networkPaths, findings, checks }: Report): readonly Table[] {
  return [
    {
      id: 'workloads',
      title: 'What runs where',
      empty: 'Nothing runs.',
      columns: [
        'workload',
        'pods',
        'cores a pod',
        'memory a pod',
        'GPUs a pod',
        'cores in all',
        'nodes',
      ],
      rows: workloads.map(workloadCells),
    },
    {
      id: 'findings',
      title: 'Security',
      empty: 'Nothing to say.',
      columns: ['severity', 'object', 'what', 'to do'],
      rows: grouped(findings),
    },
    {
      id: 'network',
      title: 'Network paths that are allowed',
      empty: 'No NetworkPolicy: everybody may talk to everybody.',
      columns: ['namespace', 'pods', '', 'peer', 'ports'],
      rows: networkPaths.map(({ namespace, pods, direction, peer, ports }) => [
        namespace,
        pods,
        direction === 'in' ? '← from' : '→ to',
        peer,
        ports,
      ]),
    },
    {
      id: 'checks',
      title: 'Checks at synth',
      empty:
        checks === undefined
          ? 'Not known: there is no checks.json beside the manifests, as `npm run synth` of this library writes it.'
          : 'All checks passed, without a warning.',
      columns: ['at', 'warning', 'to do'],
      rows: (checks?.warnings ?? []).map(({ at, message, fix }) => [at, message, fix]),
    },
  ];
}

/** Most objects that a finding names. */
const MOST_OBJECTS = 3;

/** The same about several objects is said once. */
function grouped(findings: readonly Finding[]): readonly (readonly string[])[] {
  const groups = new Map<string, { readonly finding: Finding; readonly objects: Set<string> }>();
  for (const finding of findings) {
    const { severity, what, fix, object } = finding;
    const key = JSON.stringify([severity, what, fix]);
    const group = groups.get(key) ?? { finding, objects: new Set() };
    groups.set(key, group);
    group.objects.add(object);
  }
  return [...groups.values()].map(({ finding: { severity, what, fix }, objects }) => {
    const named = [...objects].slice(0, MOST_OBJECTS).join(', ');
    const rest = objects.size - MOST_OBJECTS;
    return [severity, rest > 0 ? `${named} and ${rest} more` : named, what, fix];
  });
}

/** Numbers above all else. */
export function headlineOf({ objects, workloads, findings }: Report): readonly string[] {
  const counted = workloads.filter(({ pods }) => pods !== undefined);
  const sum = (of: (row: WorkloadRow) => number, bound: 'min' | 'max'): number =>
    counted.reduce((total, row) => total + of(row) * (row.pods?.[bound] ?? 0), 0);
  const range = (of: (row: WorkloadRow) => number): { min: number; max: number } => ({
    min: sum(of, 'min'),
    max: sum(of, 'max'),
  });
  const gpus = range(({ requests }) => requests.gpus);
  const serious = findings.filter(({ severity }) => severity !== 'low').length;
  return [
    `${objects} objects`,
    `${rangeText(range(() => 1))} pods`,
    `${rangeText(range(({ requests }) => requests.cpu))} cores`,
    `${rangeText(
      range(({ requests }) => requests.memory),
      gibText,
    )} of memory`,
    ...(gpus.max > 0 ? [`${rangeText(gpus)} GPUs`] : []),
    `${serious} of ${findings.length} findings are serious`,
  ];
}

function workloadCells(row: WorkloadRow): readonly string[] {
  const { kind, namespace, name, pods, requests, limits } = row;
  const upTo = (amount: number, limit: number, text: (value: number) => string): string => {
    if (amount === 0 && limit === 0) return '–';
    return limit > amount ? `${text(amount)} (up to ${text(limit)})` : text(amount);
  };
  const all = pods && { min: pods.min * requests.cpu, max: pods.max * requests.cpu };
  return [
    `${kind} ${namespace}/${name}`,
    pods === undefined ? (kind === 'DaemonSet' ? '1 a node' : '1 a run') : rangeText(pods),
    upTo(requests.cpu, limits.cpu, numberText),
    upTo(requests.memory, limits.memory, gibText),
    requests.gpus === 0 ? '–' : numberText(requests.gpus),
    all === undefined ? '–' : rangeText(all),
    nodesText(row),
  ];
}
