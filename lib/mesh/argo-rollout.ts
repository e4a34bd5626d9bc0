/*
 * A server whose changes are rolled out by Argo Rollouts: by the weights of a mesh, step by step, and back by itself
 * when the new pods fail. Assumes its controller. What it changes in the cluster (weights, labels of subsets, the
 * Deployment's replicas) must be left to it by whoever applies the manifests.
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/istio/ (1.8)
 */
import type { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import type { ModelEndpoint, ScaleTarget } from '../serving/endpoint';
import type { MeshRoute, ServiceMeshRoutingProps } from './mesh-props';
import { requireRisingSteps } from './rising-steps';
import { ServiceMeshRouting } from './service-mesh-routing';

const API_VERSION = 'argoproj.io/v1alpha1';

const DEFAULTS = { steps: [1, 10, 25, 50] } as const;

/** Name of the route whose weights are moved. */
const ROUTE = 'primary';

/** Argument by which an analysis knows the new pods: the hash in their names. */
const HASH = 'new-pods';

/** How long an analysis looks back, and how often it looks. */
const ANALYSIS = { intervalSeconds: 60, failureLimit: 2 } as const;

/** What the new pods must do to go on. */
export interface RolloutAnalysis {
  /** Address of Prometheus with the metrics of the mesh, `http(s)://…`. */
  readonly prometheusUrl: string;
  /**
   * Calls that are answered well, in percent, above 0 to 100.
   * @default 99
   */
  readonly minSuccessPercent?: number;
}

/** Options of a rollout. */
export interface ArgoRolloutProps extends Omit<ServiceMeshRoutingProps, 'name' | 'routes'> {
  /** The server; a change of it is what is rolled out. */
  readonly server: ModelEndpoint & ScaleTarget;
  /**
   * Percent of the calls that the new pods get, step by step, before they get all; rising, 1 to 99.
   * @default [1, 10, 25, 50]
   */
  readonly steps?: readonly number[];
  /**
   * Time at each step.
   * @default - until somebody goes on
   */
  readonly pause?: Duration;
  /**
   * What the new pods must do; otherwise all calls go back to the old ones.
   * @default - only that they are ready
   */
  readonly analysis?: RolloutAnalysis;
  /**
   * What else is said of the calls.
   * @default - nothing
   */
  readonly route?: Omit<MeshRoute, 'name' | 'split'>;
}

/**
 * Rolls changes of a server out by weight. Creates a `ServiceMeshRouting` with a subset for the old and one for the
 * new pods, a Rollout that owns the pods in the Deployment's place, and an AnalysisTemplate where something is asked
 * of them. An `Autoscaling` that is declared after it scales the Rollout.
 *
 * @throws ConfigurationError when the steps do not rise, the analysis is out of range, the server has an autoscaler
 * already, or the mesh has no subsets
 * @example
 * import { App, Duration, Size } from 'cdk8s';
 * import {
 *   ArgoRollout, Cpu, Model, ModelServer, ModelSource, ServiceMesh, ServingChart, ServingEngine,
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
 * new ArgoRollout(chart, 'Rollout', {
 *   server,
 *   mesh: ServiceMesh.ISTIO,
 *   pause: Duration.minutes(10),
 *   analysis: { prometheusUrl: 'http://prometheus.monitoring:9090' },
 * });
 */
export class ArgoRollout extends Construct {
  public readonly routing: ServiceMeshRouting;
  public readonly rollout: KubernetesObject<PlainObject>;
  public readonly analysisTemplate: KubernetesObject<PlainObject> | undefined;

  private readonly labels: Record<string, string>;

  public constructor(scope: Construct, id: string, props: ArgoRolloutProps) {
    super(scope, id);
    const { server, steps = DEFAULTS.steps, pause, analysis, route, ...routing } = props;
    this.check(steps, analysis);
    const name = server.serviceName;
    this.labels = standardLabels({ name: 'rollout', instance: name, component: 'mesh' });
    server.handOver({ apiVersion: API_VERSION, kind: 'Rollout' });
    // Both are all pods until the controller adds the hash of the old and of the new ones.
    const part = (subsetName: string, weight: number): MeshRoute['split'][number] => ({
      endpoint: server,
      subset: server.podLabels,
      subsetName,
      weight,
    });
    this.routing = new ServiceMeshRouting(this, 'Routing', {
      ...routing,
      name,
      routes: [{ ...route, name: ROUTE, split: [part('stable', 100), part('canary', 0)] }],
    });
    this.analysisTemplate = analysis && this.makeAnalysis(server, analysis);
    this.rollout = this.makeRollout(server, steps, pause);
  }

  private check(steps: readonly number[], analysis: RolloutAnalysis | undefined): void {
    const checks = new Checks(this.node.path);
    // All calls follow by themselves.
    requireRisingSteps(checks, steps, 99);
    const percent = analysis?.minSuccessPercent ?? 99;
    checks.require(percent > 0 && percent <= 100, 'analysis.minSuccessPercent', () => ({
      got: `${percent} %`,
      expected: 'above 0 to 100 %',
      fix: 'set the share of calls that must be answered well',
    }));
    checks.require(
      analysis === undefined ||
        /^https?:\/\/[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(analysis.prometheusUrl),
      'analysis.prometheusUrl',
      () => ({
        got: `"${analysis?.prometheusUrl ?? ''}"`,
        expected: 'an address such as http://prometheus.monitoring:9090',
        fix: 'correct it',
      }),
    );
    checks.finish();
  }

  private makeRollout(
    server: ArgoRolloutProps['server'],
    steps: readonly number[],
    pause: Duration | undefined,
  ): KubernetesObject<PlainObject> {
    const name = server.serviceName;
    const wait = pause ? { duration: `${pause.toSeconds()}s` } : {};
    return new KubernetesObject<PlainObject>(
      this,
      'Resource',
      { apiVersion: API_VERSION, kind: 'Rollout', metadata: { name, labels: this.labels } },
      () => ({
        ...(!server.hasAutoscaler && { replicas: server.replicas }),
        selector: { matchLabels: { ...server.podLabels } },
        // Takes the pods over from the Deployment once its own are ready.
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name, scaleDown: 'onsuccess' },
        strategy: {
          canary: {
            trafficRouting: {
              istio: {
                virtualService: { name, routes: [ROUTE] },
                destinationRule: { name, stableSubsetName: 'stable', canarySubsetName: 'canary' },
              },
            },
            ...(this.analysisTemplate && {
              // From the first calls on, until all go to the new pods.
              analysis: {
                templates: [{ templateName: name }],
                startingStep: 1,
                args: [{ name: HASH, valueFrom: { podTemplateHashValue: 'Latest' } }],
              },
            }),
            steps: steps.flatMap((setWeight) => [{ setWeight }, { pause: wait }]),
          },
        },
      }),
    );
  }

  /** What the proxies of the new pods count, by the status of gRPC, or of HTTP where there is none. */
  private makeAnalysis(
    { serviceName: name, namespace = '' }: ArgoRolloutProps['server'],
    { prometheusUrl, minSuccessPercent = 99 }: RolloutAnalysis,
  ): KubernetesObject<PlainObject> {
    const calls = `reporter="destination",namespace="${namespace}",pod=~"${name}-{{args.${HASH}}}-.*"`;
    const rate = (more: string): string =>
      `sum(rate(istio_requests_total{${calls}${more}}[${ANALYSIS.intervalSeconds * 2}s]))`;
    const well = rate(',response_code="200",grpc_response_status=~"0|"');
    return new KubernetesObject<PlainObject>(this, 'Analysis', {
      apiVersion: API_VERSION,
      kind: 'AnalysisTemplate',
      metadata: { name, labels: this.labels },
      spec: {
        args: [{ name: HASH }],
        metrics: [
          {
            name: 'success-percent',
            interval: `${ANALYSIS.intervalSeconds}s`,
            failureLimit: ANALYSIS.failureLimit,
            // No calls are no failures.
            successCondition: `len(result) == 0 || isNaN(result[0]) || result[0] >= ${minSuccessPercent}`,
            provider: {
              prometheus: { address: prometheusUrl, query: `100 * ${well} / ${rate('')}` },
            },
          },
        ],
      },
    });
  }
}
