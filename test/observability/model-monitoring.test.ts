/*
 * Monitoring of a server: rules and a dashboard of queries that Prometheus can read, and promises that can be kept an eye
 * on.
 */
import { Duration } from 'cdk8s';
import {
  DeploymentMode,
  Indicator,
  InferenceService,
  ModelMonitoring,
  NetworkPeer,
  ServingEngine,
  type ModelMonitoringProps,
} from 'inference-constructs';
import { BURN_RATES, WINDOWS, errorBudget } from '../../lib/observability/objective';
import { chartOf } from '../support/charts';
import { messageOf } from '../support/messages';
import { INDICATED, monitored, rulesOf } from '../support/monitored';
import { promqlErrors } from '../support/promql';
import { serviceProps } from '../support/serverless';

interface Dashboard {
  readonly panels: {
    readonly type: string;
    readonly title: string;
    readonly gridPos: {
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    };
    readonly targets?: { readonly expr: string }[];
  }[];
}

function dashboardOf(monitoring: ModelMonitoring): Dashboard {
  const { data } = monitoring.configMap.toJson() as { data: Record<string, string> };
  return JSON.parse(data['serving-resnet.json'] ?? '{}') as Dashboard;
}

describe.each(INDICATED)('%s', (_, engine, changes) => {
  const { monitoring } = monitored(engine, changes);

  test('has rules that Prometheus can read', () => {
    const rules = rulesOf(monitoring);
    const broken = rules.filter(({ expr }) => promqlErrors(expr).length > 0);

    expect(broken).toEqual([]);
    expect(JSON.stringify(rules)).not.toMatch(/undefined|NaN|\[object/);
  });

  test('has a dashboard of queries that Prometheus can read, a row for each of six matters', () => {
    const { panels } = dashboardOf(monitoring);
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

    expect(queries.filter((query) => promqlErrors(query).length > 0)).toEqual([]);
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Traffic', 'Errors', 'Latency', 'Saturation', 'Scaling', 'Cost']);
  });
});

test('alerts on budgets by the windows of the workbook, in words', () => {
  const { monitoring } = monitored(ServingEngine.TRITON);
  const burns = rulesOf(monitoring).filter(({ alert }) => alert === 'InferenceErrorBudgetBurn');

  expect(
    burns.map(({ labels, annotations }) => [
      labels['severity'],
      labels['window'],
      annotations?.['summary'],
    ]),
  ).toEqual([
    ['page', '1h', 'resnet: the budget of 30 days burns 14.4 times too fast'],
    ['page', '6h', 'resnet: the budget of 30 days burns 6 times too fast'],
    ['ticket', '3d', 'resnet: the budget of 30 days burns 1 times too fast'],
  ]);
  expect(burns[0]?.expr).toBe(
    '(inference:request_errors:ratio_1h{server="resnet",server_namespace="serving"} > 0.0144 and inference:request_errors:ratio_5m{server="resnet",server_namespace="serving"} > 0.0144) and on() (inference:requests:rate_5m{server="resnet",server_namespace="serving"} > 0.1)',
  );
});

test('budgets and windows are those of the workbook', () => {
  expect(errorBudget({ availability: 99.95 })).toBe(0.0005);
  // What is used of the budget of 30 days when an alert fires: 2, 5 and 10 %.
  const hours = { '1h': 1, '6h': 6, '3d': 72 } as Readonly<Record<string, number>>;
  expect(BURN_RATES.map(({ factor, long }) => (factor * (hours[long] ?? 0)) / 720)).toEqual([
    0.02, 0.05, 0.1,
  ]);
  for (const { long, short } of BURN_RATES) {
    expect(WINDOWS).toContain(long);
    expect(WINDOWS).toContain(short);
  }
});

test('panels stand beside and below each other, never on each other', () => {
  const { panels } = dashboardOf(monitored(ServingEngine.TRITON).monitoring);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );

  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});

test('lets Prometheus in, and tells it where', () => {
  const { chart } = monitored(ServingEngine.TRITON, {
    reader: { peer: NetworkPeer.namespace('metrics'), podMonitor: true },
  });
  const text = JSON.stringify(chart.toJson());

  expect(text).toContain('"kind":"PodMonitor"');
  expect(text).toContain('"kubernetes.io/metadata.name":"metrics"');
});

test('finds the pods of Knative, too', () => {
  const chart = chartOf();
  const target = new InferenceService(
    chart,
    'Flowers',
    serviceProps({ mode: DeploymentMode.KNATIVE }),
  );
  const monitoring = new ModelMonitoring(chart, 'Monitoring', {
    target,
    objective: { availability: 99 },
  });
  const [, matcher = ''] = /pod=~"([^"]+)"/.exec(rulesOf(monitoring)[0]?.expr ?? '') ?? [];
  const matches = (pod: string): boolean => new RegExp(`^(?:${matcher})$`).test(pod);

  expect(matches('flowers-predictor-00001-deployment-6d5f8b7c9d-x7k2p')).toBe(true);
  expect(matches('flowers-predictor-6d5f8b7c9d-x7k2p')).toBe(true);
  expect(matches('flowers-transformer-00001-deployment-6d5f8b7c9d-x7k2p')).toBe(false);
});

test('names the page that says what to do, and labels that Prometheus looks for', () => {
  const { monitoring } = monitored(ServingEngine.TRITON, {
    runbookUrl: 'https://wiki.example.com/inference',
    ruleLabels: { release: 'prometheus' },
  });
  const alerts = rulesOf(monitoring).filter(({ alert }) => alert !== undefined);

  expect(alerts.map(({ annotations }) => annotations?.['runbook_url'])).toEqual(
    alerts.map(() => 'https://wiki.example.com/inference'),
  );
  expect(monitoring.prometheusRule.metadata.getLabel('release')).toBe('prometheus');
});

describe('monitoring is refused', () => {
  test.each<[string, ServingEngine, Partial<ModelMonitoringProps>]>([
    ['with a promise of everything', ServingEngine.TRITON, { objective: { availability: 100 } }],
    ['of an engine that does not count what it fails', ServingEngine.VLLM, {}],
    [
      'of latencies that nobody counts',
      ServingEngine.TRITON,
      { objective: { availability: 99.9, latencyP99: Duration.millis(200) } },
    ],
    [
      'of a latency between two bounds',
      ServingEngine.TRITON,
      {
        indicator: Indicator.istio('resnet'),
        objective: { availability: 99.9, latencyP99: Duration.millis(200) },
      },
    ],
    [
      'with labels and numbers that are none',
      ServingEngine.TRITON,
      { leastRequestsPerSecond: -1, ruleLabels: { 'a b': 'c' }, dashboardLabel: 'a b' },
    ],
  ])('%s', (_, engine, changes) => {
    expect(messageOf(() => void monitored(engine, changes))).toMatchSnapshot();
  });
});
