/*
 * A model served by KServe, with the fields that really work in the mode that is chosen. Assumes KServe 0.20 or later,
 * and in mode KNATIVE Knative Serving 1.21 or later.
 */
import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { ConfigMap, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type { ScalingTarget } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { selectorLabels, standardLabels } from '../core/labels';
import type { NetworkPeer } from '../core/network-peer';
import { platformOf } from '../core/platform';
import { podMonitor } from '../core/pod-monitor';
import type { Amounts } from '../core/quantities';
import type { NodePool } from '../nodes/node-pool';
import {
  ServerPort,
  type MetricsReader,
  type ModelEndpoint,
  type ScaleTarget,
  type ScalingFacts,
} from '../serving/endpoint';
import type { Protocol } from '../serving/engine-definition';
import type { MeshMembership } from '../serving/mesh-membership';
import { configData } from '../serving/model-volumes';
import { podsPerNode } from '../serving/placement';
import { checkPlacement } from '../serving/placement-checks';
import { withMesh } from '../serving/resolve';
import { scalingFacts } from '../serving/scaling-facts';
import {
  declaredOpenings,
  disruptionBudgetSpec,
  serverPorts,
  type Opening,
} from '../serving/workload';
import { KSERVE_CONTAINER, servingContainer } from './component';
import { DeploymentMode } from './deployment-mode';
import { checkedService } from './component-checks';
import { warnOfService } from './inference-service-warnings';
import {
  AUTOSCALER_CLASS,
  endpointSpec,
  inferenceService,
  serviceAccount,
} from './inference-service-objects';
import type { InferenceServiceProps } from './inference-service-props';
import { componentPolicy, hasAgent } from './network-policies';
import type { PayloadSink } from './payload-log';
import { isGrpc } from './protocol-version';
import { type ResolvedComponent, type ResolvedService } from './resolve';
import { servingRuntime } from './serving-runtime-spec';

/**
 * Serves a model by KServe. Creates an InferenceService; with an engine a ServingRuntime and, where it reads files, a
 * ConfigMap; a ServiceAccount without token; for each component a PodDisruptionBudget and a NetworkPolicy that denies
 * all that was not declared; in mode STANDARD a Service that leads to the pods, by which gateways and meshes reach them.
 *
 * @throws ConfigurationError with everything that is wrong with the props, and with every property that the mode would
 * ignore, naming the mode or the construct that does it
 * @see https://kserve.github.io/website/ (0.20)
 * @example
 * import { App } from 'cdk8s';
 * import {
 *   DeploymentMode, InferenceService, ModelSource, ScalingPolicy, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'flowers', { namespace: 'serving' });
 * new InferenceService(chart, 'Flowers', {
 *   name: 'flowers',
 *   mode: DeploymentMode.KNATIVE,
 *   predictor: {
 *     engine: ServingEngine.TENSORFLOW_SERVING,
 *     model: ModelSource.gcs('gs://kfserving-samples/models/tensorflow/flowers'),
 *   },
 *   scaling: { minReplicas: 0, policy: ScalingPolicy.requestsInFlight(1) },
 * });
 */
export class InferenceService extends Construct implements ModelEndpoint, ScaleTarget {
  /** Name of the InferenceService, and of the model in requests. */
  public readonly name: string;
  public readonly mode: DeploymentMode;
  public readonly serviceName: string;
  public readonly namespace: string | undefined;
  public readonly ports: { readonly grpc?: number; readonly http: number };
  public readonly metricsPort: number | undefined;
  public readonly protocols: readonly Protocol[];
  public readonly canServeTls = false;
  public readonly canLimitRequests: boolean;
  public readonly podLabels: Readonly<Record<string, string>>;
  public readonly versionLabels: Readonly<Record<string, string>>;
  /** What requests must pass on their way to its pods; none in mode `STANDARD`. */
  public readonly activator: string | undefined;
  public readonly placement: readonly NodePool[];
  public readonly scalingFacts: ScalingFacts;
  /** Replicas while no autoscaler is attached; the least where KServe or Knative scale. */
  public readonly replicas: number;
  /** Where the model is that gets requests, or the next one. */
  public readonly modelUri: string;
  /** Who gets its payloads. */
  public readonly payloadSink: PayloadSink | string | undefined;
  /** Name of the ServiceAccount, for binding cloud identities to it. */
  public readonly serviceAccountName: string;

  public readonly inferenceService: KubernetesObject<PlainObject>;
  /** The runtime of the engine; none where the runtime or container is another's. */
  public readonly servingRuntime: KubernetesObject<PlainObject> | undefined;

  private readonly props: InferenceServiceProps;
  private readonly labels: Record<string, string>;
  private readonly openings: Opening[] = [];
  private resolved: ResolvedService;
  private autoscaled: boolean;

  public constructor(scope: Construct, id: string, props: InferenceServiceProps) {
    super(scope, id);
    this.props = props;
    this.resolved = checkedService(this.node.path, props, platformOf(this));
    const { name, mode, predictor, serviceAccountName } = this.resolved;
    const identity = { name: 'inference-service', instance: name };
    this.labels = standardLabels({ ...identity, component: predictor.server.engine.id });
    this.name = name;
    this.mode = mode;
    const knative = mode === DeploymentMode.KNATIVE;
    this.serviceName = knative ? `${name}-predictor` : `${name}-endpoint`;
    this.namespace = Chart.of(this).namespace;
    this.ports = this.entry.server.engine.ports;
    this.metricsPort = predictor.server.engine.metrics?.port;
    this.protocols = predictor.server.engine.protocols;
    this.canLimitRequests = predictor.kind === 'engine' && predictor.server.engine.limitsRequests;
    this.podLabels = selectorLabels({
      name: `inference-service-${this.entry.role}`,
      instance: name,
    });
    this.versionLabels = props.labels ?? {};
    this.activator = knative ? 'Knative' : undefined;
    this.placement = predictor.server.pools;
    this.scalingFacts = { ...scalingFacts(predictor.server), container: KSERVE_CONTAINER };
    this.replicas = predictor.scaling.minReplicas;
    this.modelUri = String(predictor.model ?? '');
    this.payloadSink = props.payloadLogging?.sink;
    this.serviceAccountName = serviceAccountName;
    // In mode STANDARD an autoscaler may come later, unless KServe makes one.
    this.autoscaled = knative || predictor.scaling.policy !== undefined;
    for (const { peer, ports } of declaredOpenings(props.networkAccess, this.ports))
      this.allowFrom(peer, ...ports);

    this.makeServiceAccount();
    this.makeConfigMap();
    this.servingRuntime = this.makeServingRuntime();
    this.inferenceService = this.makeInferenceService();
    if (!knative) this.makeEndpoint();
    for (const role of ['predictor', 'transformer', 'explainer'] as const) this.protect(role);
    warnOfService(this, props, this.resolved);
  }

  public get hasAutoscaler(): boolean {
    return this.autoscaled;
  }

  /** Most replicas of the predictor. */
  public get maxReplicas(): number {
    return this.resolved.predictor.scaling.maxReplicas;
  }

  /** Whether clients call it by REST. */
  public get speaksRest(): boolean {
    return !isGrpc(this.resolved.predictor.protocol);
  }

  /** What one replica of the predictor requests, with what runs beside it. */
  public get podRequests(): Amounts {
    const { cpuMillis, memoryMib } = this.resolved.predictor.server.demand;
    return { cpuMillis, memoryMib };
  }

  public podsPerNode(pool: NodePool): number {
    return podsPerNode(this.resolved.predictor.server.demand, pool);
  }

  public allowFrom(peer: NetworkPeer, ...ports: readonly ServerPort[]): void {
    // Callers reach the component that gets the requests; Prometheus reads the predictor.
    const { metrics } = serverPorts(this.resolved.predictor.server);
    const available = {
      ...serverPorts(this.entry.server),
      ...(metrics !== undefined && { metrics }),
    };
    for (const port of ports)
      this.require(available[port] !== undefined, 'allowFrom', {
        got: `the ${port} port`,
        expected: `a port of ${this.entry.server.engine.title}: ${Object.keys(available).join(', ')}`,
        fix: 'open one of those',
      });
    this.openings.push({ peer, ports });
  }

  public limitRequests(maxBytes: number): void {
    this.require(this.canLimitRequests, 'limitRequests', {
      got: `${maxBytes} bytes`,
      expected: 'an engine that bounds its requests',
      fix: 'bound them in front of it, or choose another engine',
    });
    this.changePredictor(({ server, ...rest }) => {
      const bound = Math.min(maxBytes, server.input.maxRequestBytes ?? Infinity);
      const input = { ...server.input, maxRequestBytes: bound };
      return { ...rest, server: { ...server, input } };
    });
  }

  public serveTls(): void {
    const expected = 'none, as KServe and its probes speak to the server in the clear';
    const fix = 'let a mesh encrypt the way, or use ModelServer';
    this.require(false, 'serveTls', { got: 'a certificate', expected, fix });
  }

  public joinMesh(membership: MeshMembership): void {
    const { mesh } = this.entry.server;
    const same = JSON.stringify(mesh ?? membership) === JSON.stringify(membership);
    this.require(this.mode === DeploymentMode.STANDARD, 'joinMesh', {
      got: `${membership.mesh} in mode KNATIVE, around whose proxies it would lead`,
      expected: 'mode STANDARD',
      fix: 'use mode STANDARD, or canary of the service',
    });
    this.require(same, 'joinMesh', {
      got: `${membership.mesh} after ${mesh?.mesh ?? ''}, or another proxy of it`,
      expected: 'one mesh, and the same proxy in all its routings',
      fix: 'give all routings of the service the same mesh and the same sidecar',
    });
    const { predictor, transformer, explainer } = this.resolved;
    const joined = <T extends ResolvedComponent>(component: T): T => ({
      ...component,
      server: withMesh(component.server, membership),
    });
    const checks = new Checks(this.node.path);
    checkPlacement(checks, joined(predictor).server);
    checks.finish();
    this.resolved = {
      ...this.resolved,
      predictor: joined(predictor),
      transformer: transformer && joined(transformer),
      explainer: explainer && joined(explainer),
    };
  }

  public exportMetrics({ peer, podMonitor: byOperator }: MetricsReader): void {
    const { predictor } = this.resolved;
    const { metrics } = predictor.server.engine;
    this.allowFrom(peer, ServerPort.METRICS);
    if (!byOperator || metrics === undefined || this.node.tryFindChild('PodMonitor')) return;
    const monitor = (): PlainObject =>
      podMonitor({
        name: this.name,
        labels: this.labels,
        selector: predictor.selector,
        // Knative lets a container declare one port only: this one goes by its number.
        ...(this.resolved.predictor.server.mesh?.metrics ?? metrics),
      });
    new KubernetesObject<PlainObject>(this, 'PodMonitor', monitor(), () => monitor().spec);
  }

  public scaleUpTo(maxReplicas: number): void {
    this.markHasAutoscaler();
    this.changePredictor(({ scaling, ...rest }) => ({
      ...rest,
      scaling: { ...scaling, maxReplicas },
    }));
  }

  public handOver(controller: { readonly kind: string }): void {
    const expected = 'KServe, which makes the pods and rolls them out';
    const fix = 'use ModelServer, or Canary between two services';
    this.require(false, 'handOver', { got: controller.kind, expected, fix });
  }

  public markHasAutoscaler(): void {
    this.autoscaled = true;
    if (this.mode === DeploymentMode.STANDARD)
      this.inferenceService.metadata.addAnnotation(AUTOSCALER_CLASS, 'external');
  }

  /** The Deployment that KServe makes in mode `STANDARD`. */
  public toScalingTarget(): ScalingTarget {
    const name = `${this.name}-predictor`;
    return { apiVersion: 'apps/v1', kind: 'Deployment', name, containers: [] };
  }

  /** The component that gets the requests. */
  private get entry(): ResolvedComponent {
    return this.resolved.transformer ?? this.resolved.predictor;
  }

  private require(
    holds: boolean,
    property: string,
    finding: { readonly got: string; readonly expected: string; readonly fix: string },
  ): void {
    const checks = new Checks(this.node.path);
    checks.require(holds, property, () => finding);
    checks.finish();
  }

  private changePredictor(
    change: (predictor: ResolvedService['predictor']) => ResolvedService['predictor'],
  ): void {
    this.resolved = { ...this.resolved, predictor: change(this.resolved.predictor) };
  }

  private makeServiceAccount(): void {
    const account = serviceAccount(this.props, this.metadata());
    if (account) new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', account);
  }

  private makeConfigMap(): void {
    const { kind, server } = this.resolved.predictor;
    const data = configData(server.engine.render(server.input), server);
    if (kind !== 'engine' || Object.keys(data).length === 0) return;
    new KubernetesObject<ConfigMap>(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.metadata('-config'),
      data,
    });
  }

  private makeServingRuntime(): KubernetesObject<PlainObject> | undefined {
    if (this.resolved.predictor.kind !== 'engine') return undefined;
    const runtime = (): PlainObject => {
      const { predictor } = this.resolved;
      const { protocol, format } = predictor;
      return servingRuntime({
        name: this.name,
        labels: this.labels,
        formats: format ? [format] : [],
        protocols: predictor.opened,
        ...servingContainer(predictor, this.resolved, this.props, protocol),
      });
    };
    return new KubernetesObject<PlainObject>(
      this,
      'ServingRuntime',
      runtime(),
      () => runtime().spec,
    );
  }

  private makeInferenceService(): KubernetesObject<PlainObject> {
    const manifest = (): PlainObject => {
      const object = inferenceService(this.resolved, this.props, this.labels);
      return this.props.transform?.(object) ?? object;
    };
    return new KubernetesObject<PlainObject>(this, 'Resource', manifest(), () => manifest().spec);
  }

  private makeEndpoint(): void {
    new KubernetesObject<Service>(
      this,
      'Endpoint',
      { apiVersion: 'v1', kind: 'Service', metadata: this.metadata('-endpoint') },
      () =>
        endpointSpec(
          this.entry,
          this.props,
          this.entry.role === 'predictor' && hasAgent(this.props, this.resolved.predictor),
        ),
    );
  }

  /** A budget and a policy for the pods of a component. */
  private protect(role: ResolvedComponent['role']): void {
    if (this.resolved[role] === undefined) return;
    const component = (): ResolvedComponent => this.resolved[role] ?? this.resolved.predictor;
    const id = role.charAt(0).toUpperCase() + role.slice(1);
    const metadata = this.metadata(`-${role}`);
    new KubernetesObject<PodDisruptionBudget>(
      this,
      `${id}DisruptionBudget`,
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata },
      () => disruptionBudgetSpec(component().server, { ...component().selector }),
    );
    new KubernetesObject<NetworkPolicy>(
      this,
      `${id}NetworkPolicy`,
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata },
      () => componentPolicy(component(), this.resolved, this.props, this.openings),
    );
  }

  private metadata(suffix = ''): { name: string; labels: Record<string, string> } {
    return { name: `${this.name}${suffix}`, labels: this.labels };
  }
}
