/*
 * A namespace in which only restricted pods run, with a quota, and in which nobody talks to anybody unless a
 * further policy says so. Assumes a network plugin that enforces NetworkPolicy.
 */
import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { LimitRange, Namespace, ResourceQuota } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PriorityClass } from 'kubernetes-types/scheduling/v1';
import type { Cpu } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import { ClusterScopedObject, KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireLabels, requireName } from '../core/names';
import {
  coresText,
  cpuQuantity,
  memoryQuantity,
  memoryText,
  mibOf,
  millisOf,
} from '../core/quantities';

const DEFAULTS = {
  podSecurityVersion: 'v1.35',
  priority: 100_000,
  /** For containers that say nothing: enough to start, too little to disturb. In millicores and MiB. */
  container: { cpuMillis: 100, memoryMib: 256, ephemeralStorageMib: 512 },
} as const;

/** Highest value that is not reserved for system classes. */
const HIGHEST_PRIORITY = 1_000_000_000;

/** The most that all pods of the namespace may ask for together, surge of rollouts included. */
export interface NamespaceQuota {
  /** CPU requests, 1 core or more. */
  readonly cpu: Cpu;
  /** Memory, requests and limits alike, 1 GiB or more. */
  readonly memory: Size;
  /** Pods, count, 1 to 100000. */
  readonly pods: number;
  /**
   * NVIDIA GPUs, count.
   * @default 0
   */
  readonly gpus?: number;
}

/** Options of a namespace for serving. */
export interface ServingNamespaceProps {
  /** Name of the namespace; DNS label of at most 55 characters, not `default` and not `kube-…`. */
  readonly name: string;
  readonly quota: NamespaceQuota;
  /**
   * Version of the Pod Security Standards that is enforced: that of the cluster, or older.
   * @default 'v1.35'
   */
  readonly podSecurityVersion?: string;
  /**
   * Priority of serving pods, 1 to 1000000000: above batch work, below what runs the cluster.
   * @default 100000
   */
  readonly priority?: number;
  /**
   * Further labels of the namespace; label key → value.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A namespace for model servers. Creates the Namespace with Pod Security `restricted` enforced, audited and
 * warned of, a ResourceQuota, a LimitRange, a NetworkPolicy that denies everything in both directions, and a
 * PriorityClass for serving pods.
 *
 * @throws ConfigurationError when the name is reserved or malformed, or a number is out of range
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/ (v1.35)
 * @example
 * import { App, Size } from 'cdk8s';
 * import { Cpu, ServingChart, ServingNamespace } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'namespace', { namespace: 'serving' });
 * new ServingNamespace(chart, 'Namespace', {
 *   name: 'serving',
 *   quota: { cpu: Cpu.units(250), memory: Size.gibibytes(500), pods: 150 },
 * });
 */
export class ServingNamespace extends Construct {
  /** Name of the namespace. */
  public readonly name: string;
  /** Name of the PriorityClass for serving pods. */
  public readonly priorityClassName: string;

  public readonly namespace: ClusterScopedObject<Namespace>;
  public readonly priorityClass: ClusterScopedObject<PriorityClass>;
  public readonly quota: KubernetesObject<ResourceQuota>;
  public readonly limitRange: KubernetesObject<LimitRange>;
  public readonly networkPolicy: KubernetesObject<NetworkPolicy>;

  private readonly labels: Record<string, string>;

  public constructor(scope: Construct, id: string, props: ServingNamespaceProps) {
    super(scope, id);
    this.check(props);
    this.name = props.name;
    this.priorityClassName = `${props.name}-serving`;
    this.labels = standardLabels({
      name: 'serving-namespace',
      instance: props.name,
      component: 'tenancy',
    });

    this.namespace = this.makeNamespace(props);
    this.priorityClass = this.makePriorityClass(props);
    this.quota = this.makeQuota(props);
    this.limitRange = this.makeLimitRange();
    this.networkPolicy = this.makeNetworkPolicy();
  }

  private check({
    name,
    quota,
    podSecurityVersion,
    priority,
    labels = {},
  }: ServingNamespaceProps): void {
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, '-serving'.length);
    checks.require(name !== 'default' && !name.startsWith('kube-'), 'name', () => ({
      got: `"${name}"`,
      expected: 'a namespace of its own, neither default nor kube-…',
      fix: 'choose another name',
    }));
    const cpu = millisOf(quota.cpu);
    checks.require(cpu >= 1000, 'quota.cpu', () => ({
      got: coresText(cpu),
      expected: 'at least 1 core',
      fix: 'set what all pods together may request',
    }));
    const memory = mibOf(quota.memory);
    checks.require(memory >= 1024, 'quota.memory', () => ({
      got: memoryText(memory),
      expected: 'at least 1 GiB',
      fix: 'set what all pods together may request',
    }));
    checks.requireCount(quota.pods, 'quota.pods', 1, 100_000, ' pods');
    checks.requireCount(quota.gpus ?? 0, 'quota.gpus', 0, 100_000, ' GPUs');
    checks.requireCount(priority ?? DEFAULTS.priority, 'priority', 1, HIGHEST_PRIORITY);
    const version = podSecurityVersion ?? DEFAULTS.podSecurityVersion;
    checks.require(/^v1\.\d{2}$/.test(version), 'podSecurityVersion', () => ({
      got: `"${version}"`,
      expected: 'a minor version such as v1.35',
      fix: 'pin it, so that an upgrade of the cluster does not change what is admitted',
    }));
    requireLabels(checks, 'labels', labels);
    checks.finish();
  }

  private makeNamespace({
    name,
    labels,
    podSecurityVersion,
  }: ServingNamespaceProps): ClusterScopedObject<Namespace> {
    const version = podSecurityVersion ?? DEFAULTS.podSecurityVersion;
    const podSecurity = ['enforce', 'audit', 'warn'].flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, 'restricted'],
      [`pod-security.kubernetes.io/${mode}-version`, version],
    ]);
    return new ClusterScopedObject<Namespace>(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: {
          ...labels,
          ...this.labels,
          ...(Object.fromEntries(podSecurity) as Record<string, string>),
        },
      },
    });
  }

  private makePriorityClass({
    priority,
  }: ServingNamespaceProps): ClusterScopedObject<PriorityClass> {
    return new ClusterScopedObject<PriorityClass>(this, 'PriorityClass', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: this.priorityClassName, labels: this.labels },
      value: priority ?? DEFAULTS.priority,
      globalDefault: false,
      description: `Model servers of namespace ${this.name}: before batch work, after what runs the cluster.`,
    });
  }

  private makeQuota({ quota }: ServingNamespaceProps): KubernetesObject<ResourceQuota> {
    const memory = memoryQuantity(mibOf(quota.memory));
    return new KubernetesObject<ResourceQuota>(this, 'Quota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: this.metadata('quota'),
      spec: {
        hard: {
          'requests.cpu': cpuQuantity(millisOf(quota.cpu)),
          'requests.memory': memory,
          'limits.memory': memory,
          'requests.nvidia.com/gpu': String(quota.gpus ?? 0),
          pods: String(quota.pods),
          // Nothing gets out of the cluster except through a gateway.
          'services.loadbalancers': '0',
          'services.nodeports': '0',
        },
      },
    });
  }

  private makeLimitRange(): KubernetesObject<LimitRange> {
    const { cpuMillis, memoryMib, ephemeralStorageMib } = DEFAULTS.container;
    const memory = memoryQuantity(memoryMib);
    const disk = memoryQuantity(ephemeralStorageMib);
    return new KubernetesObject<LimitRange>(this, 'LimitRange', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: this.metadata('container-defaults'),
      spec: {
        limits: [
          {
            type: 'Container',
            defaultRequest: { cpu: cpuQuantity(cpuMillis), memory, 'ephemeral-storage': disk },
            default: { memory, 'ephemeral-storage': disk },
          },
        ],
      },
    });
  }

  private makeNetworkPolicy(): KubernetesObject<NetworkPolicy> {
    return new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: this.metadata('default-deny'),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
  }

  private metadata(name: string): {
    name: string;
    namespace: string;
    labels: Record<string, string>;
  } {
    return { name, namespace: this.name, labels: this.labels };
  }
}
