/*
 * A load test as a job: phases one after the other, then a summary in its log.
 */
import { Chart, Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { ConfigMap, Container, ServiceAccount, VolumeMount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy, NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import { Cpu } from '../../core/cdk8s-plus';
import { Checks } from '../../core/checks';
import { digest } from '../../core/digest';
import { requirePinnedImage } from '../../core/image-reference';
import { KubernetesObject } from '../../core/kubernetes-object';
import { selectorLabels, standardLabels } from '../../core/labels';
import { toDns } from '../../core/name-resolution';
import { isHostName, requireName } from '../../core/names';
import { NetworkPeer, podsIn } from '../../core/network-peer';
import { platformOf } from '../../core/platform';
import { cpuQuantity, memoryQuantity, mibOf, millisOf } from '../../core/quantities';
import { containerSecurity, podSecurity } from '../../core/restricted-pod';
import { tcp } from '../../core/tcp-ports';
import { ServerPort, type ModelEndpoint } from '../../serving/endpoint';
import type { SecretReference } from '../../serving/secret-reference';
import type { InferenceCall } from './inference-call';
import { summaryProgram, type LoadRun } from './load-client';
import { clientOf } from './load-clients';
import type { LoadPattern } from './load-pattern';

const DEFAULTS = {
  jq: 'ghcr.io/jqlang/jq:1.8.1',
  cpu: Cpu.units(2),
  memory: Size.gibibytes(2),
  timeout: Duration.seconds(20),
  port: 443,
  /** Finished jobs are kept so long, for people to read their logs. */
  keepSeconds: 24 * 3600,
} as const;

const USER = { uid: 65_532, gid: 65_532 };

const FOLDERS = { call: '/load', tls: '/tls', results: '/results' } as const;

const TLS_FILES = {
  certificate: `${FOLDERS.tls}/tls.crt`,
  key: `${FOLDERS.tls}/tls.key`,
  authority: `${FOLDERS.tls}/ca.crt`,
} as const;

type Address = Pick<LoadRun, 'host' | 'port' | 'folder' | 'encrypted' | 'tls'>;

/** Phases one after the other, then the summary. */
interface Containers {
  readonly initContainers: Container[];
  readonly containers: Container[];
}

/** The way in that is tested, as clients come. */
export interface HostTarget {
  /** Fully qualified name, which is in the server's certificate. */
  readonly host: string;
  /** @default 443 */
  readonly port?: number;
  /**
   * Secret with `tls.crt` and `tls.key` of the client, and with `ca.crt`, the authority of the server.
   * @default - no client certificate, and an authority that everybody trusts
   */
  readonly clientCertificate?: SecretReference;
  /**
   * Where the host is.
   * @default - anywhere, on that port
   */
  readonly peer?: NetworkPeer;
}

/** Options of a load test. */
export interface LoadTestProps {
  /** Name of the Job; DNS label of at most 50 characters. The job is another one when anything of it changes. */
  readonly name: string;
  /** A way in, or a server itself, in plain text, which then lets the job in. */
  readonly target: HostTarget | ModelEndpoint;
  readonly call: InferenceCall;
  /** What is sent, one after the other; 1 to 20. */
  readonly phases: readonly LoadPattern[];
  /** Image of the clients, pinned, as `load-client/Containerfile` builds it: ghz, ghz-poisson and vegeta in its path. */
  readonly image: string;
  /**
   * Image of jq, which sums up, pinned.
   * @default 'ghcr.io/jqlang/jq:1.8.1'
   */
  readonly summaryImage?: string;
  /**
   * Time that a request may take.
   * @default Duration.seconds(20)
   */
  readonly timeout?: Duration;
  /**
   * CPU of the client, request and limit: one that is short of it measures itself.
   * @default Cpu.units(2)
   */
  readonly cpu?: Cpu;
  /**
   * Memory of the client, request and limit.
   * @default Size.gibibytes(2)
   */
  readonly memory?: Size;
}

/**
 * Sends inferences to a way in or a server, by gRPC with ghz or by REST with vegeta, and writes into the log of its job a
 * line for each phase and a last one of JSON: requests a second, latencies p50, p90 and p99, answers by code. Creates a
 * Job, a ConfigMap with the call, a ServiceAccount without rights and a NetworkPolicy that lets it reach its target and
 * DNS alone. A server that is tested directly lets its pods in.
 *
 * @throws ConfigurationError when the target does not speak the call's protocol, the client cannot do a phase, an image can
 * change, or a name or number is out of range
 * @see https://ghz.sh (0.93 and later)
 * @see https://github.com/tsenart/vegeta (12.13)
 * @example
 * import { App, Duration } from 'cdk8s';
 * import { InferenceCall, LoadPattern, LoadTest, SecretReference, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'load', { namespace: 'load' });
 * new LoadTest(chart, 'Load', {
 *   name: 'resnet-load',
 *   target: {
 *     host: 'resnet.inference.example.com',
 *     clientCertificate: SecretReference.fromSecret('edge-camera-7'),
 *   },
 *   call: InferenceCall.kserveV2('resnet', [
 *     { name: 'input', datatype: 'FP32', shape: [1, 3, 224, 224] },
 *   ]),
 *   phases: [LoadPattern.closed(100, 100), LoadPattern.rate(400, Duration.minutes(5))],
 *   image: 'registry.example.com/load-client:1.0.0',
 * });
 */
export class LoadTest extends Construct {
  public readonly job: KubernetesObject<Job>;
  public readonly configMap: KubernetesObject<ConfigMap>;
  public readonly networkPolicy: KubernetesObject<NetworkPolicy>;

  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;
  private readonly call: InferenceCall;

  public constructor(scope: Construct, id: string, props: LoadTestProps) {
    super(scope, id);
    this.check(props);
    this.call = props.call;
    const identity = { name: 'load-test', instance: props.name };
    this.labels = standardLabels({ ...identity, component: 'load-test' });
    this.selector = selectorLabels(identity);
    const client = clientOf(props.call);
    const address = this.addressOf(props.target);
    const containers = containersOf(props, address);
    const data = {
      ...client.files({ call: props.call, ...address }),
      'summary.jq': summaryProgram(
        client,
        props.phases.map(({ phase }) => phase),
      ),
    };
    // Jobs cannot be changed: another test is another job.
    const name = `${props.name}-${digest(JSON.stringify([data, containers]), 10)}`;
    this.configMap = new KubernetesObject<ConfigMap>(this, 'Call', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: this.labels },
      immutable: true,
      data,
    });
    new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: props.name, labels: this.labels },
      automountServiceAccountToken: false,
    });
    this.job = this.makeJob(props, name, containers);
    this.networkPolicy = this.makeNetworkPolicy(props);
    if (!isHost(props.target)) this.letIn(props.target);
  }

  private check({ name, target, call, phases, image, summaryImage, timeout }: LoadTestProps): void {
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, 13);
    requirePinnedImage(checks, 'image', image);
    if (summaryImage !== undefined) requirePinnedImage(checks, 'summaryImage', summaryImage);
    checks.require(phases.length >= 1 && phases.length <= 20, 'phases', () => ({
      got: String(phases.length),
      expected: '1 to 20',
      fix: 'name what is to be sent',
    }));
    const seconds = (timeout ?? DEFAULTS.timeout).toSeconds({ integral: false });
    checks.requireCount(seconds, 'timeout', 1, 3600, ' s');
    if (isHost(target)) {
      checks.require(isHostName(target.host), 'target.host', () => ({
        got: `"${target.host}"`,
        expected: 'a fully qualified name in lower case',
        fix: 'name the host that is in the certificate of the server',
      }));
      checks.requireCount(target.port ?? DEFAULTS.port, 'target.port', 1, 65_535);
    } else {
      checks.require(target.protocols.includes(call.protocol), 'call', () => ({
        got: call.protocol,
        expected: target.protocols.join(', '),
        fix: 'call what the server speaks',
      }));
    }
    const client = clientOf(call);
    phases.forEach(({ phase }, index) => {
      const instead = client.refusal(phase);
      checks.require(instead === undefined, `phases[${index}]`, () => ({
        got: `LoadPattern.${phase.kind}`,
        expected: `what ${client.name} can do by ${call.transport === 'rest' ? 'REST' : 'gRPC'}`,
        fix: instead ?? '',
      }));
    });
    checks.finish();
  }

  private makeJob(
    props: LoadTestProps,
    name: string,
    containers: Containers,
  ): KubernetesObject<Job> {
    const secret = secretOf(props);
    return new KubernetesObject<Job>(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, labels: this.labels },
      spec: {
        // What was sent already would be sent again.
        backoffLimit: 0,
        ttlSecondsAfterFinished: DEFAULTS.keepSeconds,
        template: {
          metadata: { labels: this.labels },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: props.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(platformOf(this), USER, true),
            ...containers,
            volumes: [
              { name: 'call', configMap: { name } },
              { name: 'results', emptyDir: { sizeLimit: '4Gi' } },
              ...(secret
                ? [{ name: 'tls', secret: { secretName: secret.secretName, defaultMode: 0o440 } }]
                : []),
            ],
          },
        },
      },
    });
  }

  private addressOf(target: LoadTestProps['target']): Address {
    const folder = FOLDERS.call;
    if (!isHost(target)) {
      const namespace = target.namespace ?? Chart.of(this).namespace ?? 'default';
      const host = `${target.serviceName}.${namespace}.svc`;
      return { host, port: portOf(this.call, target), folder, encrypted: false, tls: undefined };
    }
    const { host, port = DEFAULTS.port, clientCertificate } = target;
    return { host, port, folder, encrypted: true, tls: clientCertificate && TLS_FILES };
  }

  private makeNetworkPolicy({ name, target }: LoadTestProps): KubernetesObject<NetworkPolicy> {
    return new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, labels: this.labels },
      spec: {
        podSelector: { matchLabels: this.selector },
        policyTypes: ['Ingress', 'Egress'],
        egress: [toDns(platformOf(this)), this.toTarget(target)],
      },
    });
  }

  private toTarget(target: LoadTestProps['target']): NetworkPolicyEgressRule {
    if (isHost(target)) {
      const ports = tcp(target.port ?? DEFAULTS.port);
      return { to: [(target.peer ?? NetworkPeer.cidr('0.0.0.0/0')).definition], ports };
    }
    const { namespace, podLabels } = target;
    return {
      to: [podsIn(namespace, podLabels).definition],
      ports: tcp(portOf(this.call, target)),
    };
  }

  private letIn(server: ModelEndpoint): void {
    const { namespace } = Chart.of(this);
    const peer = podsIn(namespace === server.namespace ? undefined : namespace, this.selector);
    const grpc = this.call.transport === 'grpc';
    server.allowFrom(peer, grpc ? ServerPort.GRPC : ServerPort.HTTP);
  }
}

function containersOf(props: LoadTestProps, address: Address): Containers {
  const { call, phases, image } = props;
  const secret = secretOf(props);
  const client = clientOf(call);
  const results = phases.map((_, index) => `${FOLDERS.results}/${String(index).padStart(2, '0')}`);
  const timeoutSeconds = (props.timeout ?? DEFAULTS.timeout).toSeconds();
  const mounts: VolumeMount[] = [
    { name: 'call', mountPath: FOLDERS.call, readOnly: true },
    { name: 'results', mountPath: FOLDERS.results },
  ];
  const part = (name: string, rest: Partial<Container>): Container => ({
    name,
    imagePullPolicy: 'Always',
    resources: amounts(props),
    securityContext: containerSecurity(),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...rest,
  });
  return {
    initContainers: phases.flatMap(({ phase }, index) =>
      client
        .starts({
          call,
          phase,
          timeoutSeconds,
          output: results[index] ?? '',
          ...address,
        })
        .map(({ program, args }, start) =>
          part(`phase-${index}${start === 0 ? '' : `-${start}`}`, {
            image,
            command: [program],
            args: [...args],
            volumeMounts: [
              ...mounts,
              ...(secret ? [{ name: 'tls', mountPath: FOLDERS.tls, readOnly: true }] : []),
            ],
          }),
        ),
    ),
    containers: [
      part('summary', {
        image: props.summaryImage ?? DEFAULTS.jq,
        command: ['jq'],
        args: [
          '--null-input',
          '--raw-output',
          '--stream',
          '--from-file',
          `${FOLDERS.call}/summary.jq`,
          ...results.map((result) => `${result}.json`),
        ],
        volumeMounts: mounts,
      }),
    ],
  };
}

function secretOf({ target }: LoadTestProps): SecretReference | undefined {
  return isHost(target) ? target.clientCertificate : undefined;
}

function isHost(target: HostTarget | ModelEndpoint): target is HostTarget {
  return 'host' in target;
}

function portOf({ transport }: InferenceCall, { ports }: ModelEndpoint): number {
  return transport === 'grpc' ? (ports.grpc ?? 0) : ports.http;
}

function amounts({
  cpu = DEFAULTS.cpu,
  memory = DEFAULTS.memory,
}: LoadTestProps): NonNullable<Container['resources']> {
  const same = {
    cpu: cpuQuantity(millisOf(cpu)),
    memory: memoryQuantity(mibOf(memory)),
    'ephemeral-storage': '4Gi',
  };
  return { requests: same, limits: same };
}
