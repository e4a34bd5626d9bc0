/*
 * Who is told when a server does not answer as was promised. Assumes the operator of Prometheus with kube-state-metrics
 * and the metrics of kubelets, and for dashboards Grafana with its sidecar, as the kube-prometheus-stack brings them.
 */
import { Construct } from 'constructs';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { PrometheusRule as Binding } from '../../imports/prometheus-rule';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireLabels, requireName } from '../core/names';
import { NetworkPeer } from '../core/network-peer';
import type { MetricsReader, ModelEndpoint, ScaleTarget } from '../serving/endpoint';
import { dashboard } from './dashboard';
import { Indicator } from './indicator';
import { checkObjective, type ServiceObjective } from './objective';
import { ruleGroups, type RuleContext } from './rules';
import { REVISION } from './signals';

const DEFAULTS = { leastRequestsPerSecond: 0.1, dashboardLabel: 'grafana_dashboard' } as const;

/** A server that can be monitored: `ModelServer`, `InferenceService`. */
export type MonitoredEndpoint = ModelEndpoint & ScaleTarget;

/** Options of monitoring. */
export interface ModelMonitoringProps {
  /** The server. */
  readonly target: MonitoredEndpoint;
  /** What is promised over 30 days. */
  readonly objective: ServiceObjective;
  /**
   * Who counts the requests.
   * @default Indicator.ENGINE
   */
  readonly indicator?: Indicator;
  /**
   * Who reads the metrics.
   * @default - Prometheus in the namespace `monitoring`, told by a PodMonitor
   */
  readonly reader?: MetricsReader;
  /**
   * Requests in a second below which nobody is told of budgets, 0 to 1000: of a few requests, one is a large share.
   * @default 0.1
   */
  readonly leastRequestsPerSecond?: number;
  /**
   * Labels by which Prometheus finds its rules; label key → value.
   * @default - none: it takes all rules of the namespace
   */
  readonly ruleLabels?: Readonly<Record<string, string>>;
  /**
   * Label by which Grafana's sidecar finds dashboards.
   * @default 'grafana_dashboard'
   */
  readonly dashboardLabel?: string;
  /**
   * Page that says what to do, named in every alert.
   * @default - none
   */
  readonly runbookUrl?: string;
}

/**
 * Monitors a server by what was promised. Creates a PrometheusRule with ratios over five windows, alerts on budgets that
 * burn too fast (pages and tickets) and on what goes wrong before requests fail, a ConfigMap with a dashboard of Grafana,
 * and a PodMonitor; lets Prometheus in.
 *
 * @throws ConfigurationError when the indicator cannot tell what is promised, a latency is no bound of the histogram, or
 * a number or label is out of range
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, Model, ModelMonitoring, ModelServer, ModelSource, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const server = new ModelServer(chart, 'ResNet', {
 *   name: 'resnet',
 *   engine: ServingEngine.TRITON,
 *   model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * });
 * new ModelMonitoring(chart, 'Monitoring', { target: server, objective: { availability: 99.9 } });
 */
export class ModelMonitoring extends Construct {
  public readonly prometheusRule: KubernetesObject<PlainObject>;
  /** The dashboard. */
  public readonly configMap: KubernetesObject<ConfigMap>;

  public constructor(scope: Construct, id: string, props: ModelMonitoringProps) {
    super(scope, id);
    const { target, reader, dashboardLabel = DEFAULTS.dashboardLabel } = props;
    const context = contextOf(props);
    this.check(props, context);
    const name = `${context.name}-monitoring`;
    const labels = standardLabels({
      name: 'model-server',
      instance: context.name,
      component: 'monitoring',
    });
    target.exportMetrics(reader ?? { peer: NetworkPeer.namespace('monitoring'), podMonitor: true });
    this.prometheusRule = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      customResource(Binding, {
        metadata: { name, labels: { ...labels, ...props.ruleLabels } },
        spec: {
          groups: ruleGroups(context).map(({ rules, ...group }) => ({
            ...group,
            rules: rules.map(({ expr, ...rule }) => ({ ...rule, expr: { value: expr } })),
          })),
        },
      }),
    );
    this.configMap = new KubernetesObject<ConfigMap>(this, 'Dashboard', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${context.name}-dashboard`, labels: { ...labels, [dashboardLabel]: '1' } },
      data: { [`${context.namespace}-${context.name}.json`]: dashboard(context) },
    });
  }

  private check(props: ModelMonitoringProps, context: RuleContext): void {
    const { target, objective, indicator = Indicator.ENGINE } = props;
    const { ruleLabels = {}, dashboardLabel, leastRequestsPerSecond = 0 } = props;
    const checks = new Checks(this.node.path);
    requireName(checks, 'target', context.name, '-monitoring'.length);
    checks.require(context.namespace !== '', 'target', () => ({
      got: 'a server in a chart without a namespace',
      expected: 'a namespace, by which its pods are found among the metrics',
      fix: 'use ServingChart, or give the chart a namespace',
    }));
    const { engine, load } = target.scalingFacts;
    const { protocols } = target;
    const of = { namespace: context.namespace, pods: context.pods, engine, load, protocols };
    checkObjective(checks, objective, indicator, of, context.indicated);
    checks.require(
      leastRequestsPerSecond >= 0 && leastRequestsPerSecond <= 1000,
      'leastRequestsPerSecond',
      () => ({
        got: String(leastRequestsPerSecond),
        expected: '0 to 1000',
        fix: 'set it below what the server gets on a quiet day',
      }),
    );
    requireLabels(checks, 'ruleLabels', ruleLabels);
    if (dashboardLabel !== undefined)
      requireLabels(checks, 'dashboardLabel', { [dashboardLabel]: '1' });
    checks.finish();
  }
}

function contextOf(props: ModelMonitoringProps): RuleContext {
  const { target, objective, indicator = Indicator.ENGINE, runbookUrl } = props;
  const { container, accelerators, engine, load } = target.scalingFacts;
  const { name } = target.toScalingTarget();
  const namespace = target.namespace ?? '';
  // Names of pods end in the hash of their ReplicaSet and five characters; Knative's name their revision, too.
  const pods = `namespace="${namespace}",pod=~"${name}${REVISION}-[a-z0-9]+-[a-z0-9]{5}"`;
  return {
    name,
    namespace,
    objective,
    indicated: indicator.of({ namespace, pods, engine, load, protocols: target.protocols }),
    pods,
    container,
    accelerators,
    leastRequests: props.leastRequestsPerSecond ?? DEFAULTS.leastRequestsPerSecond,
    runbookUrl,
  };
}
