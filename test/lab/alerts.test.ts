/*
 * Alerts before Prometheus' own tool: the rules are valid, fire when what was promised is not kept, and are silent
 * otherwise.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Indicator, ServingEngine } from 'inference-constructs';
import { INDICATED, monitored } from '../support/monitored';
import { installed, program } from './support/lab-home';

const describeWithTool = installed('promtool') ? describe : describe.skip;

/** A series by the minute: `0+60x600` grows by 60 a minute. */
interface Series {
  readonly series: string;
  readonly values: string;
}

const POD = 'namespace="serving",pod="resnet-6d5f8b7c9d-x7k2p"';
const IN_CONTAINER = `${POD},container="server"`;
const UP: Series = { series: `up{${POD}}`, values: '1x6000' };

/** Requests that succeed and fail, in a minute each, of Triton. */
function requests(succeeded: number, failed: number): Series[] {
  return [
    { series: `nv_inference_request_success{${POD}}`, values: `0+${succeeded}x6000` },
    { series: `nv_inference_request_failure{${POD}}`, values: `0+${failed}x6000` },
  ];
}

/** The same as Istio's proxies count them, as gRPC. */
function calls(succeeded: number, failed: number, within250: number): Series[] {
  const of = 'reporter="source",destination_service="resnet.serving.svc.cluster.local"';
  const name = 'istio_request_duration_milliseconds';
  const all = succeeded + failed;
  return [
    {
      series: `istio_requests_total{${of},response_code="200",grpc_response_status="0"}`,
      values: `0+${succeeded}x6000`,
    },
    {
      series: `istio_requests_total{${of},response_code="200",grpc_response_status="14"}`,
      values: `0+${failed}x6000`,
    },
    { series: `${name}_bucket{${of},le="250"}`, values: `0+${within250}x6000` },
    { series: `${name}_bucket{${of},le="+Inf"}`, values: `0+${all}x6000` },
    { series: `${name}_count{${of}}`, values: `0+${all}x6000` },
  ];
}

function deployment(wanted: string, available: string): Series[] {
  const of = 'namespace="serving",deployment="resnet"';
  return [
    { series: `kube_deployment_spec_replicas{${of}}`, values: wanted },
    { series: `kube_deployment_status_replicas_available{${of}}`, values: available },
  ];
}

function certificate(label: string, end: number): Series[] {
  const metric = 'certmanager_certificate_expiration_timestamp_seconds';
  return [{ series: `${metric}{${label}="serving",name="resnet"}`, values: `${end}x100` }];
}

/** A pod on a node for 80 minutes, then another on another; whether the first node is still there. */
function nodes(first: string): Series[] {
  const other = 'namespace="serving",pod="resnet-6d5f8b7c9d-b2b2b"';
  return [
    { series: `kube_pod_info{${POD},node="a"}`, values: '1x80 _x40' },
    { series: `kube_pod_info{${other},node="b"}`, values: '_x100 1x20' },
    { series: 'kube_node_info{node="a"}', values: first },
    { series: 'kube_node_info{node="b"}', values: '1x120' },
  ];
}
const moved = nodes('1x80 stale _x39');
const stayed = nodes('1x120');

describeWithTool('promtool', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-alerts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function writeRules(...of: Parameters<typeof monitored>): string {
    const { spec } = monitored(...of).monitoring.prometheusRule.toJson() as { spec: object };
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, stringify(spec));
    return file;
  }

  function promtool(...args: string[]): { readonly status: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync(program('promtool'), args, {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  }

  test.each(INDICATED)('finds the rules of %s valid', (_, engine, changes) => {
    const { status, said } = promtool('check', 'rules', writeRules(engine, changes));

    expect({ status, said: status === 0 ? '' : said }).toEqual({ status: 0, said: '' });
  });

  /** Alerts that fire at a time, by their names and windows; the tool compares them with those that are expected. */
  function fires(
    series: readonly Series[],
    at: string,
    expected: Readonly<Record<string, readonly Record<string, string>[]>>,
    of: Parameters<typeof monitored> = [ServingEngine.TRITON],
  ): { readonly status: number | null; readonly said: string } {
    writeRules(...of);
    const file = join(folder, 'test.yaml');
    const tests = [
      {
        interval: '1m',
        input_series: series,
        alert_rule_test: Object.entries(expected).map(([alertname, alerts]) => ({
          eval_time: at,
          alertname,
          // Only which, not with which words.
          exp_alerts: alerts.map((exp_labels) => ({ exp_labels })),
        })),
      },
    ];
    writeFileSync(
      file,
      stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }),
    );
    return promtool('test', 'rules', '--ignore-unknown-fields', file);
  }

  const server = { server: 'resnet', server_namespace: 'serving' };
  const BURN = 'InferenceErrorBudgetBurn';

  /** That no alert of a name fires, and that the tool would have seen one. */
  function silent(alert: string, series: readonly Series[], at: string): void {
    expect(fires(series, at, { [alert]: [] })).toMatchObject({ status: 0 });
  }

  /** That alerts of a name fire, with these labels: the tool says which, with their words, where they are not given. */
  function loud(
    alert: string,
    series: readonly Series[],
    at: string,
    labels: readonly Record<string, string>[],
    of?: Parameters<typeof monitored>,
  ): void {
    const { status, said } = fires(series, at, { [alert]: [] }, of);
    expect(status).toBe(1);
    for (const wanted of labels)
      for (const [key, value] of Object.entries(wanted))
        expect(said).toContain(`${key}="${value}"`);
    expect(said.match(/Labels:/g)).toHaveLength(labels.length);
  }

  test('a budget that burns pages within the hour, and writes a ticket when it goes on', () => {
    // 2 % fail, where 0.1 % may.
    loud(BURN, [UP, ...requests(5880, 120)], '70m', [
      { severity: 'page', window: '1h', ...server },
      { window: '6h' },
      { severity: 'ticket', window: '3d' },
    ]);
  });

  test('slow burning is a ticket alone', () => {
    // 0.15 % fail.
    loud(BURN, [UP, ...requests(9985, 15)], '4000m', [
      { severity: 'ticket', window: '3d', ...server },
    ]);
  });

  test('what was promised is no alert', () => {
    silent(BURN, [UP, ...requests(99_950, 50)], '4000m');
  });

  test('trouble that is over is no alert any more', () => {
    const series = [
      UP,
      { series: `nv_inference_request_success{${POD}}`, values: '0+6000x600' },
      // Half an hour of failures, and an hour of none.
      { series: `nv_inference_request_failure{${POD}}`, values: '0+300x30 9000x60' },
    ];
    // The long window of the ticket still sees it, the short ones of the pages do not.
    loud(BURN, series, '89m', [{ severity: 'ticket', window: '3d' }]);
  });

  test('a few requests that fail wake nobody', () => {
    silent(BURN, [UP, ...requests(0, 1)], '70m');
  });

  test('no requests at all are no failure', () => {
    silent(BURN, [UP], '70m');
  });

  test('statuses of gRPC and latencies count where Istio counts', () => {
    const [, engine, changes] =
      INDICATED.find(([name]) => name === 'Triton Inference Server, seen by Istio') ?? [];
    if (engine === undefined || changes === undefined) throw new Error('no such case');
    const of: Parameters<typeof monitored> = [engine, changes];

    loud(
      BURN,
      [UP, ...calls(5880, 120, 6000)],
      '70m',
      [{ window: '1h' }, { window: '6h' }, { window: '3d' }],
      of,
    );
    // 20 % take longer, where 1 % may: 20 times the budget.
    loud(
      'InferenceLatencyBudgetBurn',
      [UP, ...calls(6000, 0, 4800)],
      '70m',
      [{ window: '1h' }, { window: '6h' }, { window: '3d' }],
      of,
    );
    expect(
      fires(
        [UP, ...calls(6000, 0, 5970)],
        '70m',
        { [BURN]: [], InferenceLatencyBudgetBurn: [] },
        of,
      ),
    ).toMatchObject({ status: 0 });
  });

  test.each([
    [Indicator.istio('resnet'), 'istio_requests_total{destination_service="other"}'],
    [
      Indicator.envoyGateway('resnet'),
      'envoy_cluster_upstream_rq_total{envoy_cluster_name="grpcroute/serving/resnet/rule/0"}',
    ],
  ])('a promise that nobody watches is told, where %s counts', (indicator, series) => {
    const of: Parameters<typeof monitored> = [ServingEngine.TRITON, { indicator }];
    const alert = 'InferenceRequestsUnseen';
    const runs = { series: `kube_pod_container_status_running{${IN_CONTAINER}}`, values: '1x60' };

    loud(alert, [UP, runs], '20m', [{ severity: 'ticket', ...server }], of);
    expect(fires([UP, runs, { series, values: '0x60' }], '20m', { [alert]: [] }, of)).toMatchObject(
      { status: 0 },
    );
  });

  test.each<[string, Series[], string, Series[]]>([
    ['InferenceServerDown', deployment('2x60', '0x60'), '20m', deployment('2x60', '1x60')],
    // Nobody asks for a replica: nothing is down.
    ['InferenceServerDown', deployment('1x60', '0x60'), '20m', deployment('0x60', '0x60')],
    [
      'InferenceServerUnseen',
      [
        { series: `kube_pod_container_status_running{${IN_CONTAINER}}`, values: '1x60' },
        { series: `up{${POD}}`, values: '0x60' },
      ],
      '20m',
      [{ series: `kube_pod_container_status_running{${IN_CONTAINER}}`, values: '0x60' }],
    ],
    [
      'InferenceModelNotLoaded',
      [
        { series: `kube_pod_container_status_running{${IN_CONTAINER}}`, values: '1x100' },
        { series: `kube_pod_container_status_ready{${IN_CONTAINER}}`, values: '0x100' },
      ],
      '40m',
      [
        { series: `kube_pod_container_status_running{${IN_CONTAINER}}`, values: '1x100' },
        { series: `kube_pod_container_status_ready{${IN_CONTAINER}}`, values: '0x20 1x80' },
      ],
    ],
    [
      'InferenceServerRestarts',
      [{ series: `kube_pod_container_status_restarts_total{${IN_CONTAINER}}`, values: '0+1x10' }],
      '10m',
      [{ series: `kube_pod_container_status_restarts_total{${IN_CONTAINER}}`, values: '0x5 1x5' }],
    ],
    [
      'InferenceCpuThrottled',
      [
        {
          series: `container_cpu_cfs_throttled_periods_total{${IN_CONTAINER}}`,
          values: '0+300x60',
        },
        { series: `container_cpu_cfs_periods_total{${IN_CONTAINER}}`, values: '0+600x60' },
      ],
      '40m',
      [
        { series: `container_cpu_cfs_throttled_periods_total{${IN_CONTAINER}}`, values: '0+30x60' },
        { series: `container_cpu_cfs_periods_total{${IN_CONTAINER}}`, values: '0+600x60' },
      ],
    ],
    [
      'InferenceMemoryNearLimit',
      [
        { series: `container_memory_working_set_bytes{${IN_CONTAINER},id="/a"}`, values: '95x60' },
        {
          series: `kube_pod_container_resource_limits{${IN_CONTAINER},resource="memory"}`,
          values: '100x60',
        },
      ],
      '20m',
      [
        { series: `container_memory_working_set_bytes{${IN_CONTAINER},id="/a"}`, values: '50x60' },
        {
          series: `kube_pod_container_resource_limits{${IN_CONTAINER},resource="memory"}`,
          values: '100x60',
        },
      ],
    ],
    [
      'InferenceScaledToTheMost',
      [
        {
          series:
            'kube_horizontalpodautoscaler_status_current_replicas{namespace="serving",horizontalpodautoscaler="keda-hpa-resnet"}',
          values: '9x60',
        },
        {
          series:
            'kube_horizontalpodautoscaler_spec_max_replicas{namespace="serving",horizontalpodautoscaler="keda-hpa-resnet"}',
          values: '9x60',
        },
      ],
      '40m',
      [
        {
          series:
            'kube_horizontalpodautoscaler_status_current_replicas{namespace="serving",horizontalpodautoscaler="keda-hpa-resnet"}',
          values: '8x60',
        },
        {
          series:
            'kube_horizontalpodautoscaler_spec_max_replicas{namespace="serving",horizontalpodautoscaler="keda-hpa-resnet"}',
          values: '9x60',
        },
      ],
    ],
    [
      'InferencePodsInterrupted',
      [...moved, ...deployment('1x120', '1x120')],
      '90m',
      [...stayed, ...deployment('1x120', '1x120')],
    ],
    [
      'InferencePodsInterrupted',
      [...moved, ...deployment('1x120', '1x120')],
      '90m',
      // The node went because one replica is enough.
      [...moved, ...deployment('2x60 1x60', '2x60 1x60')],
    ],
    [
      'InferenceCertificateExpires',
      certificate('namespace', 300_000),
      '70m',
      certificate('namespace', 900_000),
    ],
    [
      'InferenceCertificateExpires',
      certificate('exported_namespace', 300_000),
      '70m',
      certificate('exported_namespace', 900_000),
    ],
    [
      'InferenceRevocationListStale',
      [
        {
          series:
            'kube_cronjob_status_last_successful_time{namespace="serving",cronjob="resnet-crl"}',
          values: '0x2000',
        },
      ],
      '1500m',
      [
        {
          series:
            'kube_cronjob_status_last_successful_time{namespace="serving",cronjob="resnet-crl"}',
          values: '0+60x2000',
        },
      ],
    ],
    [
      'InferenceGpuError',
      [{ series: `DCGM_FI_DEV_XID_ERRORS{${POD},gpu="0"}`, values: '79x20' }],
      '5m',
      [{ series: `DCGM_FI_DEV_XID_ERRORS{${POD},gpu="0"}`, values: '0x20' }],
    ],
  ])('%s fires in trouble, and not without', (alert, trouble, at, calm) => {
    const seen = alert === 'InferenceServerUnseen' ? [] : [UP];

    loud(alert, [...seen, ...trouble], at, [{ ...server }]);
    silent(alert, [...seen, ...calm], at);
  });
});
