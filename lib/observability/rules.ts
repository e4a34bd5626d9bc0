/*
 * Rules of Prometheus: ratios that are recorded, alerts on how fast budgets burn, and alerts on what goes wrong before
 * anybody fails. Pure.
 */
import type { Indicated, IndicatedLatency } from './indicator';
import * as signals from './signals';
import {
  BURN_RATES,
  SLOW_SHARE,
  WINDOWS,
  boundOf,
  errorBudget,
  type BurnRate,
  type ServiceObjective,
} from './objective';

/** A rule of Prometheus, recording or alerting. */
export type Rule =
  | {
      readonly record: string;
      readonly expr: string;
      readonly labels: Readonly<Record<string, string>>;
    }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };

/** Rules that are evaluated together. */
export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** What the rules are about. */
export interface RuleContext extends signals.SignalTarget {
  readonly objective: ServiceObjective;
  readonly indicated: Indicated;
  readonly accelerators: number;
  /** Requests in a second below which ratios say nothing. */
  readonly leastRequests: number;
  readonly runbookUrl: string | undefined;
}

/** All groups of rules. @internal */
export function ruleGroups(context: RuleContext): RuleGroup[] {
  return [
    { name: `${context.name}.ratios`, interval: '30s', rules: recordings(context) },
    { name: `${context.name}.objectives`, rules: objectives(context) },
    { name: `${context.name}.health`, rules: health(context) },
  ];
}

/** Names of the recorded series of a window. */
const ERRORS = (window: string): string => `inference:request_errors:ratio_${window}`;
const SLOW = (window: string): string => `inference:request_slow:ratio_${window}`;
const RATE = 'inference:requests:rate_5m';

function labelsOf({ name, namespace }: RuleContext): Record<string, string> {
  return { server: name, server_namespace: namespace };
}

function selector(context: RuleContext): string {
  const { server, server_namespace } = labelsOf(context);
  return `{server="${server}",server_namespace="${server_namespace}"}`;
}

function recordings(context: RuleContext): Rule[] {
  const { succeeded, failed, latency } = context.indicated;
  const { latencyP99 } = context.objective;
  const labels = labelsOf(context);
  if (succeeded === undefined || failed === undefined) return [];
  const total = (window: string): string =>
    `((${succeeded(window)}) or vector(0)) + ((${failed(window)}) or vector(0))`;
  return [
    { record: RATE, expr: total('5m'), labels },
    ...WINDOWS.map((window) => ({
      record: ERRORS(window),
      // Without requests there is nothing to divide by, and nothing fails.
      expr: `(((${failed(window)}) or vector(0)) / (${total(window)} > 0)) or vector(0)`,
      labels,
    })),
    ...(latency && latencyP99
      ? WINDOWS.map((window) => ({
          record: SLOW(window),
          expr: `(1 - (${within(latency, boundOf(latency.perSecond, latencyP99), window)}) / (${all(latency, window)} > 0)) or vector(0)`,
          labels,
        }))
      : []),
  ];
}

/** Requests in a second that took no longer than a bound. */
function within({ metric, matchers }: IndicatedLatency, bound: number, window: string): string {
  // Some write whole bounds with a fraction of zero.
  const le = Number.isInteger(bound) ? `le=~"${bound}(\\\\.0)?"` : `le="${bound}"`;
  return `sum(rate(${metric}_bucket{${matchers},${le}}[${window}]))`;
}

function all({ metric, matchers }: IndicatedLatency, window: string): string {
  return `sum(rate(${metric}_count{${matchers}}[${window}]))`;
}

function objectives(context: RuleContext): Rule[] {
  const { availability, latencyP99 } = context.objective;
  const promise = `${availability} % of the requests are answered`;
  const fast = `99 % of the requests take at most ${latencyP99?.toMilliseconds() ?? 0} ms`;
  return [
    ...BURN_RATES.map((burn) =>
      burnAlert(context, burn, {
        alert: 'InferenceErrorBudgetBurn',
        series: ERRORS,
        budget: errorBudget(context.objective),
        promise,
      }),
    ),
    ...(latencyP99
      ? BURN_RATES.map((burn) =>
          burnAlert(context, burn, {
            alert: 'InferenceLatencyBudgetBurn',
            series: SLOW,
            budget: SLOW_SHARE,
            promise: fast,
          }),
        )
      : []),
  ];
}

interface Burning {
  readonly alert: string;
  readonly series: (window: string) => string;
  readonly budget: number;
  readonly promise: string;
}

function burnAlert(
  context: RuleContext,
  { severity, factor, long, short }: BurnRate,
  { alert, series, budget, promise }: Burning,
): Rule {
  const of = selector(context);
  const threshold = Number((factor * budget).toPrecision(6));
  // Of a few requests one that fails is a large share, and no trouble.
  const busy =
    context.leastRequests > 0 ? ` and on() (${RATE}${of} > ${context.leastRequests})` : '';
  return {
    alert,
    expr: `(${series(long)}${of} > ${threshold} and ${series(short)}${of} > ${threshold})${busy}`,
    labels: { severity, window: long, ...labelsOf(context) },
    annotations: {
      summary: `${context.name}: the budget of 30 days burns ${factor} times too fast`,
      description: `Promised: ${promise}. Over ${long} the share that does not is {{ $value | humanizePercentage }}, ${factor} times of what may be or more.`,
      ...runbook(context),
    },
  };
}

function runbook({ runbookUrl }: RuleContext): { readonly runbook_url?: string } {
  return runbookUrl === undefined ? {} : { runbook_url: runbookUrl };
}

interface HealthAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
  readonly description: string;
}

/** What goes wrong before, or besides, requests that fail. */
function health(context: RuleContext): Rule[] {
  const { name, namespace, accelerators } = context;
  const scaler = `{namespace="${namespace}",horizontalpodautoscaler=~"(keda-hpa-)?${name}"}`;
  const replicas = signals.wanted(context);
  const alerts: HealthAlert[] = [
    {
      alert: 'InferenceServerDown',
      expr: `${replicas} > 0 unless on() ${signals.available(context)} > 0`,
      for: '5m',
      severity: 'page',
      summary: `${name}: no replica can answer`,
      description: 'There should be some. Events of the pods say what they wait for.',
    },
    {
      alert: 'InferenceServerUnseen',
      expr: `${signals.running(context)} > 0 unless on() ${signals.scraped(context)} > 0`,
      for: '10m',
      severity: 'ticket',
      summary: `${name}: nobody reads its metrics`,
      description: 'It runs, and Prometheus is not let in or does not know of it.',
    },
    ...(context.indicated.seen === undefined
      ? []
      : [
          {
            alert: 'InferenceRequestsUnseen',
            expr: `${signals.running(context)} > 0 and on() absent(${context.indicated.seen})`,
            for: '10m',
            severity: 'ticket' as const,
            summary: `${name}: nobody counts its requests`,
            description:
              'Prometheus does not read the proxies that do: what is promised is watched by nobody.',
          },
        ]),
    {
      alert: 'InferenceModelNotLoaded',
      expr: `${signals.running(context)} > ${signals.ready(context)}`,
      for: '30m',
      severity: 'ticket',
      summary: `${name}: pods that run are not ready`,
      description: 'They load their model for half an hour, or cannot load it. The log says why.',
    },
    {
      alert: 'InferenceServerRestarts',
      expr: `${signals.restarts(context)} > 3`,
      for: '0m',
      severity: 'ticket',
      summary: `${name}: restarts`,
      description:
        'More than three in an hour. The reason of the last termination says whether memory ran out.',
    },
    {
      alert: 'InferenceCpuThrottled',
      expr: `${signals.throttled(context)} > 0.25`,
      for: '15m',
      severity: 'ticket',
      summary: `${name}: its CPU is throttled`,
      description: 'In more than a quarter of the periods. Raise cpu, or lower threads.',
    },
    {
      alert: 'InferenceMemoryNearLimit',
      expr: `${signals.memoryUsed(context)} > 0.9`,
      for: '15m',
      severity: 'ticket',
      summary: `${name}: memory is nearly used up`,
      description: 'More than 90 % of its limit, beyond which it is killed. Raise memory.',
    },
    {
      alert: 'InferenceScaledToTheMost',
      expr: `kube_horizontalpodautoscaler_status_current_replicas${scaler} >= on(namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas${scaler}`,
      for: '30m',
      severity: 'ticket',
      summary: `${name}: as many replicas as there may be`,
      description: 'For half an hour: what comes on top waits. Raise maxReplicas and the pools.',
    },
    {
      alert: 'InferencePodsInterrupted',
      // Who scales down gives nodes back: that is no interruption.
      expr: `${signals.interrupted(context)} > 0.5 and on() ${replicas} >= ${replicas.replace(/\)$/, ' offset 1h)')}`,
      for: '0m',
      severity: 'ticket',
      summary: `${name}: half of its pods lost their nodes within an hour`,
      description: 'Spot capacity runs out. Add pools of other types, or one on demand.',
    },
    {
      alert: 'InferenceCertificateExpires',
      expr: `${signals.certificateEnd(context)} - time() < 7 * 86400`,
      for: '1h',
      severity: 'page',
      summary: `${namespace}: a certificate ends within a week`,
      description: 'cert-manager should have renewed it: look at its events.',
    },
    {
      alert: 'InferenceRevocationListStale',
      expr: `time() - max by (cronjob) (kube_cronjob_status_last_successful_time{namespace="${namespace}",cronjob=~".*-crl"}) > 86400`,
      for: '10m',
      severity: 'page',
      summary: `${namespace}: a list of revoked certificates was not renewed for a day`,
      description:
        'Beyond its next update all clients are refused. Look at the Jobs of {{ $labels.cronjob }}.',
    },
    ...(accelerators > 0
      ? [
          {
            alert: 'InferenceGpuError',
            expr: `${signals.gpuError(context)} > 0`,
            for: '0m',
            severity: 'ticket' as const,
            summary: `${name}: a GPU reports errors`,
            description: 'Its driver wrote an Xid. Drain the node if it comes back.',
          },
        ]
      : []),
  ];
  return alerts.map(({ alert, expr, for: lasting, severity, summary, description }) => ({
    alert,
    expr,
    for: lasting,
    labels: { severity, ...labelsOf(context) },
    annotations: { summary, description, ...runbook(context) },
  }));
}
