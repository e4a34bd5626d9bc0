/*
 * A dashboard of Grafana: a row each for traffic, errors, latency, saturation, scaling and cost. Plain data; the same
 * server gives the same bytes.
 * @see https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ (schema 39)
 */
import { digest } from '../core/digest';
import type { IndicatedLatency } from './indicator';
import { WINDOWS, errorBudget } from './objective';
import type { RuleContext } from './rules';
import * as signals from './signals';

/** A line of a panel: what is asked, and what it is called. */
interface Line {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 24;
const HEIGHT = 8;

/** The JSON of the dashboard. @internal */
export function dashboard(context: RuleContext): string {
  const { name, namespace } = context;
  const panels = layOut(rowsOf(context));
  const uid = digest(`${namespace}/${name}`);
  return `${JSON.stringify(
    {
      uid,
      title: `Inference: ${namespace}/${name}`,
      tags: ['inference'],
      schemaVersion: 39,
      editable: false,
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      templating: {
        list: [
          { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        ],
      },
      panels,
    },
    undefined,
    2,
  )}\n`;
}

function rowsOf(context: RuleContext): Row[] {
  const { name, namespace, accelerators, indicated, objective } = context;
  const of = `{server="${name}",server_namespace="${namespace}"}`;
  const { latency } = indicated;
  return [
    {
      title: 'Traffic',
      panels: [
        {
          title: 'Requests per second',
          unit: 'reqps',
          lines: [{ expr: `inference:requests:rate_5m${of}`, legend: 'requests' }],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          title: 'Share of requests that fail',
          unit: 'percentunit',
          lines: [
            ...WINDOWS.slice(0, 3).map((window) => ({
              expr: `inference:request_errors:ratio_${window}${of}`,
              legend: window,
            })),
            { expr: `vector(${errorBudget(objective)})`, legend: 'promised' },
          ],
        },
        {
          title: 'Budget of 30 days, share used in the last three',
          unit: 'percentunit',
          lines: [
            {
              expr: `inference:request_errors:ratio_3d${of} / ${errorBudget(objective)} / 10`,
              legend: 'used',
            },
          ],
        },
      ],
    },
    {
      title: 'Latency',
      panels: [
        {
          title: 'Time of a request',
          unit: 's',
          lines: latency
            ? [0.5, 0.9, 0.99].map((share) => quantile(latency, share))
            : [{ expr: indicated.meanSeconds ?? '', legend: 'mean' }],
        },
      ],
    },
    {
      title: 'Saturation',
      panels: [
        {
          title: 'CPU, of what is requested',
          unit: 'percentunit',
          lines: [
            { expr: signals.cpuUsed(context), legend: 'used' },
            { expr: signals.throttled(context), legend: 'throttled' },
          ],
        },
        {
          title: 'Memory, of the limit',
          unit: 'percentunit',
          lines: [{ expr: signals.memoryUsed(context), legend: 'fullest pod' }],
        },
        ...(accelerators > 0
          ? [
              {
                title: 'GPU',
                unit: 'percent',
                lines: [{ expr: signals.gpuBusy(context), legend: 'busy' }],
              },
            ]
          : []),
      ],
    },
    {
      title: 'Scaling',
      panels: [
        {
          title: 'Pods',
          unit: 'short',
          lines: [
            { expr: signals.ready(context), legend: 'ready' },
            { expr: signals.pods(context), legend: 'all' },
          ],
        },
        {
          title: 'Pods of the last hour that lost their nodes',
          unit: 'percentunit',
          lines: [{ expr: signals.interrupted(context), legend: 'interrupted' }],
        },
      ],
    },
    {
      title: 'Cost',
      panels: [
        {
          title: 'What is requested',
          unit: 'short',
          lines: [
            { expr: signals.requested(context, 'cpu'), legend: 'cores' },
            { expr: `${signals.requested(context, 'memory')} / 2^30`, legend: 'GiB' },
            ...(accelerators > 0
              ? [{ expr: signals.requested(context, 'nvidia_com_gpu'), legend: 'GPUs' }]
              : []),
          ],
        },
        {
          title: 'Requests per second and core',
          unit: 'short',
          lines: [
            {
              expr: `inference:requests:rate_5m${of} / on() ${signals.requested(context, 'cpu')}`,
              legend: 'requests',
            },
          ],
        },
      ],
    },
  ];
}

function quantile({ metric, matchers, perSecond }: IndicatedLatency, share: number): Line {
  const buckets = `sum by (le) (rate(${metric}_bucket{${matchers}}[5m]))`;
  return {
    expr: `histogram_quantile(${share}, ${buckets}) / ${perSecond}`,
    legend: `p${share * 100}`,
  };
}

/** Rows below each other, the panels of a row beside each other. */
function layOut(rows: readonly Row[]): object[] {
  let y = 0;
  let id = 0;
  return rows.flatMap(({ title, panels }) => {
    const width = WIDTH / panels.length;
    const row = { id: ++id, type: 'row', title, gridPos: { x: 0, y, w: WIDTH, h: 1 }, panels: [] };
    const placed = panels.map((panel, index) => ({
      id: ++id,
      type: 'timeseries',
      title: panel.title,
      datasource: { type: 'prometheus', uid: '${datasource}' },
      gridPos: { x: index * width, y: y + 1, w: width, h: HEIGHT },
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: panel.lines.map(({ expr, legend }, line) => ({
        refId: String.fromCharCode(65 + line),
        expr,
        legendFormat: legend,
      })),
    }));
    y += 1 + HEIGHT;
    return [row, ...placed];
  });
}
