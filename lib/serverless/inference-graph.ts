/*
 * Several services of KServe that answer one request together, by KServe's router.
 * @see https://kserve.github.io/website/docs/concepts/resources/inferencegraph (0.20)
 */
import { Chart, type Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import { InferenceGraph as Binding } from '../../imports/inference-graph';
import type { Cpu } from '../core/cdk8s-plus';
import type { Size } from 'cdk8s';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { toDns } from '../core/name-resolution';
import { requireName } from '../core/names';
import { NetworkPeer } from '../core/network-peer';
import { platformOf } from '../core/platform';
import { cpuQuantity, memoryQuantity, mibOf, millisOf } from '../core/quantities';
import { tcp } from '../core/tcp-ports';
import { ServerPort } from '../serving/endpoint';
import { DeploymentMode } from './deployment-mode';
import type { InferenceService } from './inference-service';
import {
  INGRESS_PORTS,
  QUEUE_PROXY_PORTS,
  resolveKnative,
  type KnativeInstallation,
} from './knative';
import { type GraphNode } from './graph-node';

const DEFAULTS = {
  minReplicas: 1,
  maxReplicas: 5,
  cpuMillis: 200,
  memoryMib: 256,
} as const;

/** Options of a graph. */
export interface InferenceGraphProps {
  /** Name of the InferenceGraph; DNS label, at most 40 characters. */
  readonly name: string;
  /** Who runs its router; the services must be of the same mode. */
  readonly mode: DeploymentMode;
  /** What a request goes through; `root` is where it begins. Name → node. */
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /**
   * Time limit of a request, whole seconds.
   * @default - 60 s
   */
  readonly timeout?: Duration;
  /**
   * Least replicas of the router, count, 0 to 100; 0 in mode `KNATIVE` only.
   * @default 1
   */
  readonly minReplicas?: number;
  /**
   * Most replicas of the router, count, 1 to 100.
   * @default 5
   */
  readonly maxReplicas?: number;
  /**
   * CPU that a replica of the router requests, and its limit.
   * @default Cpu.millis(200)
   */
  readonly cpu?: Cpu;
  /**
   * Memory that a replica of the router requests, and its limit.
   * @default Size.mebibytes(256)
   */
  readonly memory?: Size;
  /**
   * Who may call the router in mode `STANDARD`.
   * @default - nobody
   */
  readonly clients?: readonly NetworkPeer[];
  /**
   * The installation of Knative. Mode `KNATIVE`.
   * @default - `knative-serving`, with the proxies of `istio-system`
   */
  readonly knative?: KnativeInstallation;
}

/** Port of KServe's router. */
const ROUTER_PORT = 8080;

/**
 * Answers a request by several services. Creates an InferenceGraph, and a NetworkPolicy for its router; opens the
 * services to it.
 *
 * @throws ConfigurationError when a node is not there or never reached, nodes lead in a circle, weights are not 100
 * together, or a service is of another mode or speaks no REST
 * @example
 * import { App } from 'cdk8s';
 * import {
 *   DeploymentMode, GraphNode, InferenceGraph, InferenceService, ModelSource, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'dogs', { namespace: 'serving' });
 * const [animals, breeds] = ['animals', 'breeds'].map((name) => new InferenceService(chart, name, {
 *   name,
 *   mode: DeploymentMode.STANDARD,
 *   predictor: { engine: ServingEngine.MLSERVER, model: ModelSource.s3(`s3://models/${name}/`) },
 * })) as [InferenceService, InferenceService];
 * new InferenceGraph(chart, 'Graph', {
 *   name: 'dog-breeds',
 *   mode: DeploymentMode.STANDARD,
 *   nodes: {
 *     root: GraphNode.sequence([
 *       { name: 'which-animal', to: animals },
 *       { name: 'which-breed', to: breeds, data: '$request', condition: 'predictions.#(=="dog")' },
 *     ]),
 *   },
 * });
 */
export class InferenceGraph extends Construct {
  public readonly inferenceGraph: KubernetesObject<PlainObject>;

  public constructor(scope: Construct, id: string, props: InferenceGraphProps) {
    super(scope, id);
    this.check(props);
    const labels = standardLabels({
      name: 'inference-graph',
      instance: props.name,
      component: 'router',
    });
    this.inferenceGraph = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      graphOf(props, labels),
    );
    this.makeNetworkPolicy(props, labels);
    if (props.mode === DeploymentMode.STANDARD)
      for (const service of servicesOf(props)) service.allowFrom(routerOf(props), ServerPort.HTTP);
  }

  private check(props: InferenceGraphProps): void {
    const { name, mode, nodes, timeout } = props;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, 23);
    checks.require('root' in nodes, 'nodes', () => ({
      got: Object.keys(nodes).join(', ') || 'none',
      expected: 'a node called root, where requests begin',
      fix: 'call the first node root',
    }));
    for (const [key, node] of Object.entries(nodes)) node.check(checks, `nodes["${key}"]`, nodes);
    checkPaths(checks, nodes);
    for (const service of servicesOf(props)) {
      checks.require(service.mode === mode, 'mode', () => ({
        got: `${mode}, and ${service.name} in ${service.mode}`,
        expected: 'one mode of all',
        fix: 'change the mode of the graph or of the service',
      }));
      checks.require(service.namespace === Chart.of(this).namespace, 'nodes', () => ({
        got: `${service.name} in ${String(service.namespace)}`,
        expected: 'services of the namespace of the graph, where KServe looks for them',
        fix: 'make the graph there',
      }));
    }
    const zero = mode === DeploymentMode.KNATIVE ? 0 : 1;
    checks.requireCount(props.minReplicas ?? DEFAULTS.minReplicas, 'minReplicas', zero, 100);
    checks.requireCount(props.maxReplicas ?? DEFAULTS.maxReplicas, 'maxReplicas', 1, 100);
    if (timeout)
      checks.requireCount(timeout.toSeconds({ integral: false }), 'timeout', 1, 600, ' s');
    checks.finish();
  }

  private makeNetworkPolicy(props: InferenceGraphProps, labels: Record<string, string>): void {
    const { name, mode, clients = [] } = props;
    const knative = resolveKnative(props.knative);
    const ingressPeers = [knative.namespace, knative.ingressNamespace].map(
      (namespace) => NetworkPeer.namespace(namespace).definition,
    );
    const services = servicesOf(props);
    const ingress =
      mode === DeploymentMode.KNATIVE
        ? [{ from: ingressPeers, ports: tcp(...QUEUE_PROXY_PORTS) }]
        : clients.map((peer) => ({ from: [peer.definition], ports: tcp(ROUTER_PORT) }));
    const egress =
      mode === DeploymentMode.KNATIVE
        ? [{ to: ingressPeers.slice(1), ports: tcp(...INGRESS_PORTS) }]
        : services.map((service) => ({
            to: [NetworkPeer.pods(service.podLabels).definition],
            ports: tcp(service.ports.http),
          }));
    new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, labels },
      spec: {
        podSelector: { matchLabels: routerLabels(props) },
        policyTypes: ['Ingress', 'Egress'],
        ...(ingress.length > 0 && { ingress }),
        egress: [toDns(platformOf(this)), ...egress],
      },
    });
  }
}

/** Labels by which KServe knows the pods of a graph. */
function routerLabels({ name }: InferenceGraphProps): Record<string, string> {
  return { 'serving.kserve.io/inferencegraph': name };
}

function routerOf(props: InferenceGraphProps): NetworkPeer {
  return NetworkPeer.pods(routerLabels(props));
}

function servicesOf({ nodes }: InferenceGraphProps): readonly InferenceService[] {
  return [...new Set(Object.values(nodes).flatMap((node) => node.services))];
}

/** Records circles, and nodes that nothing leads to. */
function checkPaths(checks: Checks, nodes: Readonly<Record<string, GraphNode>>): void {
  const reached = new Set<string>();
  const visit = (key: string, path: readonly string[]): void => {
    checks.require(!path.includes(key), 'nodes', () => ({
      got: [...path, key].join(' -> '),
      expected: 'nodes that lead to an end',
      fix: 'break the circle',
    }));
    if (path.includes(key) || !(key in nodes)) return;
    reached.add(key);
    for (const next of nodes[key]?.next ?? []) visit(next, [...path, key]);
  };
  visit('root', []);
  const lost = Object.keys(nodes).filter((key) => !reached.has(key));
  checks.require(lost.length === 0 || !('root' in nodes), 'nodes', () => ({
    got: `${lost.join(', ')}, which nothing leads to`,
    expected: 'nodes that a request reaches from root',
    fix: 'name them in a step, or drop them',
  }));
}

function graphOf(props: InferenceGraphProps, labels: Record<string, string>): PlainObject {
  const { name, mode, nodes, timeout, cpu, memory } = props;
  const amounts = {
    cpu: { value: cpuQuantity(cpu ? millisOf(cpu) : DEFAULTS.cpuMillis) },
    memory: { value: memoryQuantity(memory ? mibOf(memory) : DEFAULTS.memoryMib) },
  };
  return customResource(Binding, {
    metadata: {
      name,
      labels: { ...labels, 'networking.kserve.io/visibility': 'cluster-local' },
      annotations: { 'serving.kserve.io/deploymentMode': mode },
    },
    spec: {
      nodes: Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, node.toSpec()])),
      resources: { requests: amounts, limits: amounts },
      timeout: timeout?.toSeconds() ?? 60,
      minReplicas: props.minReplicas ?? DEFAULTS.minReplicas,
      maxReplicas: props.maxReplicas ?? DEFAULTS.maxReplicas,
    },
  });
}
