/*
 * A job that calls servers from inside of the mesh, such as a batch of inferences or a load test. Its proxy starts
 * before it and ends after it.
 */
import { Chart, type Duration, type Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Cpu } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { requirePinnedImage } from '../core/image-reference';
import { KubernetesObject } from '../core/kubernetes-object';
import { selectorLabels, standardLabels } from '../core/labels';
import { toDns } from '../core/name-resolution';
import { requireName } from '../core/names';
import { podsIn } from '../core/network-peer';
import { platformOf } from '../core/platform';
import { cpuQuantity, memoryQuantity, mibOf, millisOf } from '../core/quantities';
import { containerSecurity, podSecurity } from '../core/restricted-pod';
import { tcp } from '../core/tcp-ports';
import type { ModelEndpoint } from '../serving/endpoint';
import { toControlPlane, type MeshMembership } from '../serving/mesh-membership';
import { MeshCaller } from './mesh-caller';
import type { MeshSidecar } from './mesh-props';
import type { ServiceMesh } from './service-mesh';
import { sidecarSize } from './sidecar-size';

const DEFAULTS = {
  /** Finished jobs are kept so long, for people to read their logs. */
  keepSeconds: 24 * 3600,
} as const;

const USER = { uid: 65_532, gid: 65_532 };

/** Options of a job. */
export interface MeshJobProps {
  /** Name of the Job and of its service account; DNS label, at most 50 characters. */
  readonly name: string;
  /** The mesh that the cluster runs. */
  readonly mesh: ServiceMesh;
  /** The servers that it calls; their routing must let it in by `access`. */
  readonly calls: readonly ModelEndpoint[];
  /** Image, pinned by digest or fixed tag. */
  readonly image: string;
  /**
   * Command and its arguments.
   * @default - that of the image
   */
  readonly command?: readonly string[];
  /** CPU that it requests, and its limit. */
  readonly cpu: Cpu;
  /** Memory that it requests, and its limit. */
  readonly memory: Size;
  /**
   * Pods at a time, count, 1 to 1000.
   * @default 1
   */
  readonly parallelism?: number;
  /**
   * Time after which it is ended.
   * @default - none
   */
  readonly timeout?: Duration;
  /**
   * The proxy in its pods.
   * @default - 0.5 cores and 256 MiB
   */
  readonly sidecar?: Pick<MeshSidecar, 'cpu' | 'memory'>;
}

/**
 * Runs to its end once, in a restricted pod of the mesh. Creates a Job, a ServiceAccount and a NetworkPolicy that lets
 * it reach the servers that it calls, and nothing else; its proxy knows only their namespaces.
 *
 * @throws ConfigurationError when the image can change, nothing is called, or a name or number is out of range
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, MeshJob, Model, ModelServer, ModelSource, ServiceMesh, ServingChart, ServingEngine,
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
 * new MeshJob(chart, 'Batch', {
 *   name: 'batch',
 *   mesh: ServiceMesh.ISTIO,
 *   calls: [server],
 *   image: 'registry.example.com/batch-client:1.4.0',
 *   cpu: Cpu.units(1),
 *   memory: Size.gibibytes(1),
 * });
 */
export class MeshJob extends Construct {
  /** What the `access` of a routing must name to let it in. */
  public readonly caller: MeshCaller;
  public readonly job: KubernetesObject<Job>;
  public readonly serviceAccount: KubernetesObject<ServiceAccount>;
  public readonly networkPolicy: KubernetesObject<NetworkPolicy>;

  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;
  private readonly membership: MeshMembership | undefined;

  public constructor(scope: Construct, id: string, props: MeshJobProps) {
    super(scope, id);
    const { namespace } = Chart.of(this);
    this.check(props, namespace);
    const { name, mesh, sidecar = {} } = props;
    const identity = { name: 'client', instance: name };
    this.labels = standardLabels({ ...identity, component: 'client' });
    this.selector = selectorLabels(identity);
    this.caller = MeshCaller.serviceAccount(namespace ?? '', name);
    this.membership = mesh.definition.membership(sidecarSize(sidecar), name);
    this.serviceAccount = new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, labels: this.labels },
      automountServiceAccountToken: false,
    });
    this.job = this.makeJob(props);
    this.networkPolicy = this.makeNetworkPolicy(props);
    this.makeScope(props);
  }

  private check(props: MeshJobProps, namespace: string | undefined): void {
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', props.name, 13);
    requirePinnedImage(checks, 'image', props.image);
    checks.require(namespace !== undefined, 'namespace', () => ({
      got: 'a chart without a namespace',
      expected: 'the namespace of the job',
      fix: 'use ServingChart, or give the chart a namespace',
    }));
    checks.require(props.calls.length > 0, 'calls', () => ({
      got: 'none',
      expected: 'at least one server',
      fix: 'name the servers that it calls',
    }));
    checks.requireCount(props.parallelism ?? 1, 'parallelism', 1, 1000, ' pods');
    checks.finish();
  }

  private makeJob(props: MeshJobProps): KubernetesObject<Job> {
    const { name, image, command, cpu, memory, parallelism = 1, timeout } = props;
    const amounts = { cpu: cpuQuantity(millisOf(cpu)), memory: memoryQuantity(mibOf(memory)) };
    return new KubernetesObject<Job>(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, labels: this.labels },
      spec: {
        parallelism,
        completions: parallelism,
        // What was computed already would be computed again.
        backoffLimit: 0,
        ttlSecondsAfterFinished: DEFAULTS.keepSeconds,
        ...(timeout && { activeDeadlineSeconds: timeout.toSeconds() }),
        template: {
          metadata: {
            labels: { ...this.membership?.podLabels, ...this.labels },
            annotations: { ...this.membership?.podAnnotations },
          },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(platformOf(this), USER),
            containers: [
              {
                name: 'client',
                image,
                imagePullPolicy: 'Always',
                ...(command && { command: [...command] }),
                resources: {
                  requests: { ...amounts, 'ephemeral-storage': '1Gi' },
                  limits: { ...amounts, 'ephemeral-storage': '1Gi' },
                },
                terminationMessagePolicy: 'FallbackToLogsOnError',
                securityContext: containerSecurity(),
                volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
              },
            ],
            volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '512Mi' } }],
          },
        },
      },
    });
  }

  /** Keeps the proxy small, however many services the mesh has. */
  private makeScope({ name, mesh, calls }: MeshJobProps): void {
    const own = Chart.of(this).namespace ?? '';
    const namespaces = [...new Set(calls.map(({ namespace }) => namespace ?? own))];
    const { labels, selector } = this;
    const scope = mesh.definition.callerScope?.({ name, labels, selector, namespaces });
    if (scope) new KubernetesObject<PlainObject>(this, 'Scope', scope);
  }

  private makeNetworkPolicy({ name, calls }: MeshJobProps): KubernetesObject<NetworkPolicy> {
    const { tunnelPort } = this.membership ?? {};
    return new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, labels: this.labels },
      spec: {
        podSelector: { matchLabels: this.selector },
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          toDns(platformOf(this)),
          ...toControlPlane(this.membership),
          ...calls.map(({ namespace, podLabels, ports }) => ({
            to: [podsIn(namespace, podLabels).definition],
            ports: tcp(
              ...[ports.grpc, ports.http, tunnelPort].filter((port) => port !== undefined),
            ),
          })),
        ],
      },
    });
  }
}
