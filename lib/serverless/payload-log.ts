/*
 * What takes logged requests and answers: a small receiver of CloudEvents that keeps nobody waiting. It answers as soon
 * as an event is in its memory, hands events on to detectors, writes them to a store, and drops what nobody takes.
 * @see https://github.com/redpanda-data/benthos (4.60: input http_server, buffer memory, output drop_on)
 */
import { Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, PodSpec, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy, NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { Checks } from '../core/checks';
import { digest } from '../core/digest';
import { requirePinnedImage } from '../core/image-reference';
import { KubernetesObject } from '../core/kubernetes-object';
import { CONTENT_HASH_ANNOTATION, selectorLabels, standardLabels } from '../core/labels';
import { toDns } from '../core/name-resolution';
import { requireName } from '../core/names';
import { NetworkPeer } from '../core/network-peer';
import { platformOf } from '../core/platform';
import { containerSecurity, podSecurity } from '../core/restricted-pod';
import { tcp } from '../core/tcp-ports';
import type { NodePool } from '../nodes/node-pool';
import { affinity, tolerations, topologySpread } from '../serving/placement';
import { egressRule } from '../serving/workload';
import {
  EVENTS_PORT,
  STATUS_PORT,
  payloadPipeline,
  type PayloadConsumer,
} from './payload-pipeline';
import type { PayloadStore } from './payload-store';

const DEFAULTS = {
  image: 'docker.redpanda.com/redpandadata/connect:4.38.0',
  replicas: 2,
} as const;

const USER = { uid: 10_001, gid: 10_001 };

const CONFIG = '/etc/payload-log';

/** Something that takes payloads. */
export interface PayloadSink {
  /** Where CloudEvents are sent to. */
  readonly url: string;
  /** Its pods. */
  readonly peer: NetworkPeer;
  /** Port of its pods. */
  readonly port: number;
}

/** Options of a log. */
export interface PayloadLogProps {
  /** Name of its objects; DNS label, at most 55 characters. */
  readonly name: string;
  /**
   * Where payloads are kept. They may hold what is personal: who may read the bucket may read all requests.
   * @default - nowhere; detectors see them, and that is all
   */
  readonly store?: PayloadStore;
  /**
   * Replicas, count, 1 to 20.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Pools that replicas may land on, the most wanted first.
   * @default - any node without taints
   */
  readonly placement?: readonly NodePool[];
  /**
   * Image, pinned by digest or fixed tag.
   * @default - Redpanda Connect 4.38.0
   */
  readonly image?: string;
}

/**
 * Takes logged payloads. Creates a Deployment, a Service, a ConfigMap, a ServiceAccount, a PodDisruptionBudget and a
 * NetworkPolicy that lets in the predictors of its namespace, and out to detectors and the store.
 *
 * @throws ConfigurationError when a name, number or image is invalid
 * @example
 * import { App } from 'cdk8s';
 * import { PayloadLog, PayloadStore, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const log = new PayloadLog(chart, 'Payloads', {
 *   name: 'payloads',
 *   store: PayloadStore.s3('s3://acme-payloads/serving'),
 * });
 * log.url; // goes to InferenceService.payloadLogging, as { sink: log }
 */
export class PayloadLog extends Construct implements PayloadSink {
  public readonly url: string;
  public readonly peer: NetworkPeer;
  public readonly port = EVENTS_PORT;
  /** Namespace of its pods, and of the services that log to it. */
  public readonly namespace: string | undefined;
  public readonly deployment: KubernetesObject<Deployment>;

  private readonly consumers: PayloadConsumer[] = [];
  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: PayloadLogProps,
  ) {
    super(scope, id);
    this.check();
    const { name } = props;
    const { namespace } = Chart.of(this);
    this.namespace = namespace;
    const identity = { name: 'payload-log', instance: name };
    this.labels = standardLabels({ ...identity, component: 'payload-log' });
    this.selector = selectorLabels(identity);
    this.url = `http://${name}.${namespace ?? ''}.svc.cluster.local/`;
    this.peer = NetworkPeer.pods(this.selector);

    new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: this.metadata,
      automountServiceAccountToken: false,
    });
    this.makeConfig();
    this.deployment = this.makeDeployment();
    this.makeService();
    this.makeBudget();
    this.makeNetworkPolicy();
  }

  /** Hands the events of a service on; called by detectors. */
  public forwardTo(consumer: PayloadConsumer): void {
    this.consumers.push(consumer);
  }

  private check(): void {
    const { name, replicas = DEFAULTS.replicas, image = DEFAULTS.image } = this.props;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, '-payload'.length);
    checks.requireCount(replicas, 'replicas', 1, 20);
    requirePinnedImage(checks, 'image', image);
    checks.require(Chart.of(this).namespace !== undefined, 'name', () => ({
      got: 'a chart without a namespace',
      expected: 'a namespace, which is part of its address',
      fix: 'use ServingChart, or give the chart a namespace',
    }));
    checks.finish();
  }

  private get metadata(): { name: string; labels: Record<string, string> } {
    return { name: this.props.name, labels: this.labels };
  }

  /** As things stand: detectors add to it after the log was made. */
  private pipeline(): string {
    return payloadPipeline(this.consumers, this.props.store);
  }

  private makeConfig(): void {
    const data: unknown = Lazy.any({ produce: () => ({ 'pipeline.yaml': this.pipeline() }) });
    new KubernetesObject<ConfigMap>(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.metadata,
      data: data as Record<string, string>,
    });
  }

  private makeDeployment(): KubernetesObject<Deployment> {
    const { replicas = DEFAULTS.replicas } = this.props;
    return new KubernetesObject<Deployment>(
      this,
      'Resource',
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: this.metadata },
      () => ({
        replicas,
        revisionHistoryLimit: 3,
        selector: { matchLabels: { ...this.selector } },
        template: {
          metadata: {
            labels: this.labels,
            annotations: { [CONTENT_HASH_ANNOTATION]: digest(this.pipeline()) },
          },
          spec: this.podSpec(),
        },
      }),
    );
  }

  private podSpec(): PodSpec {
    const { name, image = DEFAULTS.image, placement = [] } = this.props;
    const taints = tolerations(placement);
    const status = (path: string): object => ({
      httpGet: { path, port: STATUS_PORT, scheme: 'HTTP' },
      periodSeconds: 10,
      timeoutSeconds: 5,
    });
    return {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 15,
      securityContext: podSecurity(platformOf(this), USER),
      affinity: affinity(placement, this.selector),
      topologySpreadConstraints: topologySpread(this.selector),
      ...(taints.length > 0 && { tolerations: taints }),
      containers: [
        {
          name: 'receiver',
          image,
          imagePullPolicy: 'Always',
          args: ['run', `${CONFIG}/pipeline.yaml`],
          ports: [
            { name: 'events', containerPort: EVENTS_PORT, protocol: 'TCP' },
            { name: 'status', containerPort: STATUS_PORT, protocol: 'TCP' },
          ],
          resources: {
            requests: { cpu: '200m', memory: '256Mi', 'ephemeral-storage': '128Mi' },
            limits: { cpu: '1', memory: '256Mi', 'ephemeral-storage': '128Mi' },
          },
          readinessProbe: status('/ready'),
          livenessProbe: status('/ping'),
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          securityContext: containerSecurity(),
          volumeMounts: [
            { name: 'config', mountPath: CONFIG, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name } },
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      ],
    };
  }

  private makeService(): void {
    new KubernetesObject<Service>(this, 'Service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: this.metadata,
      spec: {
        type: 'ClusterIP',
        selector: { ...this.selector },
        ports: [{ name: 'http', port: 80, targetPort: 'events', protocol: 'TCP' }],
      },
    });
  }

  private makeBudget(): void {
    new KubernetesObject<PodDisruptionBudget>(this, 'DisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: this.metadata,
      spec: {
        selector: { matchLabels: { ...this.selector } },
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  }

  private makeNetworkPolicy(): void {
    new KubernetesObject<NetworkPolicy>(
      this,
      'NetworkPolicy',
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: this.metadata },
      () => ({
        podSelector: { matchLabels: { ...this.selector } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            // Predictors log; their service is told by its name.
            from: [
              {
                podSelector: {
                  matchLabels: { 'app.kubernetes.io/name': 'inference-service-predictor' },
                },
              },
            ],
            ports: tcp(EVENTS_PORT),
          },
        ],
        egress: [
          toDns(platformOf(this)),
          ...(this.props.store?.egress ?? []).map(egressRule),
          ...this.consumers.map(({ peer, port }) => ({
            to: [peer.definition],
            ports: tcp(port),
          })),
        ],
      }),
    );
  }
}

/** The way from a predictor to a sink. @internal */
export function payloadEgress(sink: PayloadSink | string): NetworkPolicyEgressRule[] {
  if (typeof sink !== 'string') return [{ to: [sink.peer.definition], ports: tcp(sink.port) }];
  const { hostname, port, protocol } = new URL(sink);
  const [, namespace] = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(hostname) ?? [];
  if (namespace !== undefined) return [{ to: [NetworkPeer.namespace(namespace).definition] }];
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return [{ ports: tcp(number) }];
}
