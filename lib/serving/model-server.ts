/*
 * A model server that a cluster can run unattended: ready only when the model is loaded, drained before it
 * is stopped, restricted, spread, and reachable by nobody who was not named. Assumes nothing of the cluster
 * but Kubernetes 1.33 or later with a network plugin that enforces NetworkPolicy.
 */
import { Construct } from 'constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, PodTemplateSpec, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { Chart } from 'cdk8s';
import type { ScalingTarget } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import { KubernetesObject } from '../core/kubernetes-object';
import type { PlainObject } from '../core/custom-resource';
import { selectorLabels, standardLabels } from '../core/labels';
import type { NetworkPeer } from '../core/network-peer';
import { platformOf } from '../core/platform';
import type { Amounts } from '../core/quantities';
import { warn } from '../core/warnings';
import type { NodePool } from '../nodes/node-pool';
import {
  ServerPort,
  type MetricsReader,
  type ModelEndpoint,
  type ScaleTarget,
  type ScalingFacts,
  type ServerTls,
} from './endpoint';
import type { EngineRendering, Protocol } from './engine-definition';
import type { MeshMembership } from './mesh-membership';
import { checkModelServer } from './model-server-checks';
import type { ModelServerProps } from './model-server-props';
import { configData } from './model-volumes';
import { podMonitorOf } from './pod-monitor';
import { scalingFacts } from './scaling-facts';
import { podsPerNode } from './placement';
import { checkPlacement, warnOfPlacement } from './placement-checks';
import { podTemplate } from './pod';
import { resolveModelServer, withMesh, type ResolvedModelServer } from './resolve';
import {
  declaredOpenings,
  disruptionBudgetSpec,
  headlessServiceSpec,
  networkPolicySpec,
  rolloutStrategy,
  serverPorts,
  serviceSpec,
  type Opening,
} from './workload';

/**
 * Runs models on one engine. Creates a Deployment, a Service with a cluster address and one without, a
 * ServiceAccount without token, a ConfigMap where the engine reads files, a PodDisruptionBudget and a
 * NetworkPolicy that denies all that was not declared.
 *
 * @throws ConfigurationError with everything that is wrong with the props: names, amounts and versions out
 * of range, what the engine cannot do, pods that do not fit the pools, a drain longer than the notice of a
 * spot pool, a budget that blocks every drain
 * @example
 * import { App, Size } from 'cdk8s';
 * import { Cpu, Model, ModelServer, ModelSource, ServingChart, ServingEngine } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * new ModelServer(chart, 'ResNet', {
 *   name: 'resnet',
 *   engine: ServingEngine.TENSORFLOW_SERVING,
 *   model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * });
 */
export class ModelServer extends Construct implements ModelEndpoint, ScaleTarget {
  public readonly serviceName: string;
  public readonly namespace: string | undefined;
  public readonly ports: { readonly grpc?: number; readonly http: number };
  public readonly metricsPort: number | undefined;
  public readonly protocols: readonly Protocol[];
  public readonly canServeTls: boolean;
  public readonly canLimitRequests: boolean;
  public readonly podLabels: Readonly<Record<string, string>>;
  public readonly versionLabels: Readonly<Record<string, string>>;
  public readonly placement: readonly NodePool[];
  public readonly scalingFacts: ScalingFacts;
  /** Replicas while no autoscaler is attached. */
  public readonly replicas: number;
  /** Name of the ServiceAccount, for binding cloud identities to it. */
  public readonly serviceAccountName: string;

  public readonly deployment: KubernetesObject<Deployment>;
  public readonly service: KubernetesObject<Service>;
  public readonly headlessService: KubernetesObject<Service>;
  public readonly serviceAccount: KubernetesObject<ServiceAccount>;
  public readonly configMap: KubernetesObject<ConfigMap> | undefined;
  public readonly podDisruptionBudget: KubernetesObject<PodDisruptionBudget>;
  public readonly networkPolicy: KubernetesObject<NetworkPolicy>;

  private readonly props: ModelServerProps;
  private resolved: ResolvedModelServer;
  private readonly labels: Record<string, string>;
  private readonly openings: Opening[] = [];
  private autoscaled = false;
  private controller: Parameters<ScaleTarget['handOver']>[0] | undefined;
  private maxReplicas: number | undefined;

  public constructor(scope: Construct, id: string, props: ModelServerProps) {
    super(scope, id);
    this.props = props;
    this.resolved = resolveModelServer(props, platformOf(this));
    this.check();

    const { name, engine, pools } = this.resolved;
    const identity = { name: 'model-server', instance: name };
    this.labels = standardLabels({ ...identity, component: engine.id });
    this.serviceName = name;
    this.serviceAccountName = name;
    this.namespace = Chart.of(this).namespace;
    this.ports = engine.ports;
    this.metricsPort = engine.metrics?.port;
    this.protocols = engine.protocols;
    this.canServeTls = engine.tls !== undefined;
    this.canLimitRequests = engine.limitsRequests;
    this.podLabels = selectorLabels(identity);
    this.versionLabels = props.labels ?? {};
    this.placement = pools;
    this.scalingFacts = scalingFacts(this.resolved);
    this.replicas = this.resolved.replicas;
    for (const { peer, ports } of declaredOpenings(props.networkAccess, this.ports))
      this.allowFrom(peer, ...ports);

    this.serviceAccount = this.makeServiceAccount();
    this.configMap = this.makeConfigMap();
    this.deployment = this.makeDeployment();
    this.service = this.makeService();
    this.headlessService = this.makeHeadlessService();
    this.podDisruptionBudget = this.makeDisruptionBudget();
    this.networkPolicy = this.makeNetworkPolicy();
    this.addWarnings();
  }

  /** Whether an autoscaler owns the replica count. */
  public get hasAutoscaler(): boolean {
    return this.autoscaled;
  }

  /** What one replica requests, with its proxy where it is in a mesh. */
  public get podRequests(): Amounts {
    const { cpuMillis, memoryMib } = this.resolved.demand;
    return { cpuMillis, memoryMib };
  }

  public podsPerNode(pool: NodePool): number {
    return podsPerNode(this.resolved.demand, pool);
  }

  public allowFrom(peer: NetworkPeer, ...ports: readonly ServerPort[]): void {
    const available = serverPorts(this.resolved);
    const checks = new Checks(this.node.path);
    for (const port of ports) {
      checks.require(available[port] !== undefined, 'allowFrom', () => ({
        got: `the ${port} port`,
        expected: `a port of ${this.resolved.engine.title}: ${Object.keys(available).join(', ')}`,
        fix: 'open one of those',
      }));
    }
    checks.finish();
    this.openings.push({ peer, ports });
  }

  public limitRequests(maxBytes: number): void {
    const { engine, input } = this.resolved;
    const checks = new Checks(this.node.path);
    checks.require(this.canLimitRequests, 'limitRequests', () => ({
      got: `${maxBytes} bytes`,
      expected: `an engine that bounds its requests; ${engine.title} does not`,
      fix: 'bound them in front of it, or choose another engine',
    }));
    checks.finish();
    const maxRequestBytes = Math.min(maxBytes, input.maxRequestBytes ?? Infinity);
    this.resolved = { ...this.resolved, input: { ...input, maxRequestBytes } };
  }

  public serveTls(tls: ServerTls): void {
    const { engine, input, tls: earlier } = this.resolved;
    const checks = new Checks(this.node.path);
    checks.require(this.canServeTls, 'serveTls', () => ({
      got: tls.secretName,
      expected: `an engine that serves TLS; ${engine.title} does not`,
      fix: 'let a mesh encrypt the way, or choose another engine',
    }));
    checks.require((earlier?.secretName ?? tls.secretName) === tls.secretName, 'serveTls', () => ({
      got: `${tls.secretName} after ${earlier?.secretName ?? ''}`,
      expected: 'one certificate of the server',
      fix: 'give the same certificate to all ingresses of the server',
    }));
    checks.finish();
    this.resolved = { ...this.resolved, tls, input: { ...input, tls: true } };
  }

  public joinMesh(membership: MeshMembership): void {
    const { mesh } = this.resolved;
    const joined = withMesh(this.resolved, membership);
    const checks = new Checks(this.node.path);
    const same = JSON.stringify(mesh ?? membership) === JSON.stringify(membership);
    checks.require(same, 'joinMesh', () => ({
      got: `${membership.mesh} after ${mesh?.mesh ?? ''}, or another proxy of it`,
      expected: 'one mesh, and the same proxy in all its routings',
      fix: 'give all routings of the server the same mesh and the same sidecar',
    }));
    checkPlacement(checks, joined);
    checks.finish();
    this.resolved = joined;
    for (const [key, value] of Object.entries(membership.serviceLabels))
      this.service.metadata.addLabel(key, value);
  }

  public exportMetrics({ peer, podMonitor }: MetricsReader): void {
    this.allowFrom(peer, ServerPort.METRICS);
    if (!podMonitor || this.node.tryFindChild('PodMonitor')) return;
    const monitor = (): PlainObject =>
      podMonitorOf(this.resolved, { labels: this.labels, selector: this.podLabels });
    new KubernetesObject<PlainObject>(this, 'PodMonitor', monitor(), () => monitor().spec);
  }

  public scaleUpTo(maxReplicas: number): void {
    this.markHasAutoscaler();
    this.maxReplicas = maxReplicas;
  }

  public handOver(controller: Parameters<ScaleTarget['handOver']>[0]): void {
    const checks = new Checks(this.node.path);
    checks.require(!this.autoscaled, 'handOver', () => ({
      got: `${controller.kind} after an autoscaler of the Deployment`,
      expected: 'the autoscaler after it',
      fix: 'declare what rolls the server out before its Autoscaling',
    }));
    checks.finish();
    this.controller = controller;
  }

  public markHasAutoscaler(): void {
    this.autoscaled = true;
  }

  public toScalingTarget(): ScalingTarget {
    const { apiVersion, kind } = this.controller ?? { apiVersion: 'apps/v1', kind: 'Deployment' };
    return { apiVersion, kind, name: this.resolved.name, containers: [] };
  }

  private check(): void {
    const checks = new Checks(this.node.path);
    checkModelServer(checks, this.props, this.resolved);
    checks.finish();
  }

  private makeServiceAccount(): KubernetesObject<ServiceAccount> {
    return new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: this.metadata(),
      automountServiceAccountToken: false,
    });
  }

  private makeConfigMap(): KubernetesObject<ConfigMap> | undefined {
    const data = configData(this.rendering(), this.resolved);
    if (Object.keys(data).length === 0) return undefined;
    return new KubernetesObject<ConfigMap>(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.metadata('-config'),
      data,
    });
  }

  private makeDeployment(): KubernetesObject<Deployment> {
    return new KubernetesObject<Deployment>(
      this,
      'Resource',
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: this.metadata() },
      () => {
        const { replicas, startupSeconds } = this.resolved;
        const spec = {
          ...(!this.autoscaled && !this.controller && { replicas }),
          revisionHistoryLimit: 3,
          // A pull and a start that use their budgets up are slow, not failed.
          progressDeadlineSeconds: 2 * startupSeconds,
          selector: { matchLabels: { ...this.podLabels } },
          strategy: rolloutStrategy(this.resolved, this.maxReplicas ?? replicas),
          template: this.podTemplate(),
        };
        return this.props.transform?.deployment?.(spec) ?? spec;
      },
    );
  }

  private podTemplate(): PodTemplateSpec {
    return podTemplate(this.resolved, this.rendering(), {
      labels: this.labels,
      versionLabels: this.versionLabels,
      selector: { ...this.podLabels },
      env: this.props.env ?? {},
      priorityClassName: this.props.priorityClassName,
    });
  }

  /** As things stand: gateways add to it after the server was made. */
  private rendering(): EngineRendering {
    return this.resolved.engine.render(this.resolved.input);
  }

  private makeService(): KubernetesObject<Service> {
    return new KubernetesObject<Service>(
      this,
      'Service',
      { apiVersion: 'v1', kind: 'Service', metadata: this.metadata() },
      () => {
        const spec = serviceSpec(this.resolved, { ...this.podLabels });
        return this.props.transform?.service?.(spec) ?? spec;
      },
    );
  }

  private makeHeadlessService(): KubernetesObject<Service> {
    return new KubernetesObject<Service>(
      this,
      'HeadlessService',
      { apiVersion: 'v1', kind: 'Service', metadata: this.metadata('-headless') },
      () => headlessServiceSpec(this.resolved, { ...this.podLabels }),
    );
  }

  private makeDisruptionBudget(): KubernetesObject<PodDisruptionBudget> {
    return new KubernetesObject<PodDisruptionBudget>(
      this,
      'DisruptionBudget',
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: this.metadata() },
      () => {
        const spec = disruptionBudgetSpec(this.resolved, { ...this.podLabels });
        return this.props.transform?.podDisruptionBudget?.(spec) ?? spec;
      },
    );
  }

  private makeNetworkPolicy(): KubernetesObject<NetworkPolicy> {
    return new KubernetesObject<NetworkPolicy>(
      this,
      'NetworkPolicy',
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: this.metadata() },
      () => {
        const spec = networkPolicySpec(this.resolved, { ...this.podLabels }, this.openings);
        return this.props.transform?.networkPolicy?.(spec) ?? spec;
      },
    );
  }

  private metadata(suffix = ''): { name: string; labels: Record<string, string> } {
    return { name: `${this.resolved.name}${suffix}`, labels: this.labels };
  }

  private addWarnings(): void {
    warnOfPlacement(this, this.resolved);
    const rendering = this.rendering();
    for (const { model } of this.resolved.models) {
      const { warning, delivery } = model.source.definition;
      if (warning) warn(this, `models["${model.name}"].source`, warning);
      const file =
        rendering.modelSettings?.[model.name] === undefined
          ? undefined
          : this.resolved.engine.modelSettingsFile;
      if (file === undefined || delivery.via === 'pull') continue;
      warn(this, `models["${model.name}"].source`, {
        message: `${this.resolved.engine.title} reads ${file} beside the model, and ${model.source.toString()} cannot be written to`,
        fix: `make sure that the source holds ${file}`,
      });
    }
    if (this.namespace !== undefined) return;
    warn(this, 'namespace', {
      message:
        'the chart has no namespace: the objects land in whatever namespace is current when they are applied',
      fix: 'use ServingChart, or give the chart a namespace',
    });
  }
}
