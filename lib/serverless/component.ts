/*
 * Components of a service as KServe takes them: rendered as pods of servers, then fitted to what KServe and, in mode
 * KNATIVE, Knative allow.
 */
import type {
  Container,
  ContainerPort,
  PodSpec,
  Probe,
  ResourceRequirements,
} from 'kubernetes-types/core/v1';
import { CONTENT_HASH_ANNOTATION } from '../core/labels';
import { cpuQuantity, memoryQuantity } from '../core/quantities';
import { podTemplate } from '../serving/pod';
import { rolloutStrategy } from '../serving/workload';
import { scalingAnnotations, scalingFields, type ScalingFields } from './component-scaling';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps } from './inference-service-props';
import { isGrpc } from './protocol-version';
import { QUEUE_PROXY, type ResolvedComponent, type ResolvedService } from './resolve';
import type { Protocol } from '../serving/engine-definition';

/** Name by which KServe knows the container that serves. */
export const KSERVE_CONTAINER = 'kserve-container';

/** Memory of Knative's proxy at the most: it holds the requests that wait. */
const QUEUE_PROXY_MEMORY_MIB = 512;

/** The pod of a component, before it is fitted to KServe. */
interface ComponentPod {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly spec: PodSpec;
  readonly container: Container;
}

/** Fields that all components have. */
export type ComponentFields = ScalingFields & {
  readonly timeout?: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
} & Pick<
    PodSpec,
    | 'serviceAccountName'
    | 'automountServiceAccountToken'
    | 'enableServiceLinks'
    | 'affinity'
    | 'tolerations'
    | 'topologySpreadConstraints'
    | 'priorityClassName'
    | 'securityContext'
    | 'terminationGracePeriodSeconds'
  > & { readonly deploymentStrategy?: object };

function podOf(component: ResolvedComponent, props: InferenceServiceProps): ComponentPod {
  const { server, labels, selector } = component;
  const rendering = server.engine.render(server.input);
  const { metadata, spec } = podTemplate(server, rendering, {
    labels,
    versionLabels: props.labels ?? {},
    selector,
    env: component.kind === 'engine' ? (props.predictor.env ?? {}) : {},
    priorityClassName: props.priorityClassName,
  });
  const [container] = spec?.containers ?? [];
  if (spec === undefined || container === undefined) throw new Error('a pod without a container');
  return {
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    spec,
    container,
  };
}

/** What a component says besides its containers. @internal */
export function componentFields(
  component: ResolvedComponent,
  service: ResolvedService,
  props: InferenceServiceProps,
): ComponentFields {
  const { mode, serviceAccountName, timeoutSeconds } = service;
  const { spec, labels, annotations } = podOf(component, props);
  const knative = mode === DeploymentMode.KNATIVE;
  const { affinity, tolerations, priorityClassName } = spec;
  return {
    ...scalingFields(component.scaling),
    ...(knative && { timeout: timeoutSeconds }),
    labels,
    annotations: {
      ...componentAnnotations(component, annotations),
      ...scalingAnnotations(mode, component.scaling),
      ...(knative && knativeAnnotations(component)),
    },
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(affinity && (!knative || component.server.pools.length > 0) && { affinity }),
    ...(tolerations && { tolerations }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    // Knative has its own idea of all of these, and refuses pods that have another.
    ...(!knative && {
      topologySpreadConstraints: spec.topologySpreadConstraints ?? [],
      securityContext: spec.securityContext ?? {},
      terminationGracePeriodSeconds: component.server.drain.totalSeconds,
      deploymentStrategy: rolloutStrategy(component.server, component.scaling.maxReplicas),
    }),
  };
}

/** Those of meshes, and the digest of the files, which KServe does not look at. */
function componentAnnotations(
  { kind }: ResolvedComponent,
  { [CONTENT_HASH_ANNOTATION]: hash = '', ...rest }: Record<string, string>,
): Record<string, string> {
  return { ...rest, ...(kind === 'engine' && { [CONTENT_HASH_ANNOTATION]: hash }) };
}

/** How long a start may take, and what Knative's proxy gets. */
function knativeAnnotations({ server }: ResolvedComponent): Record<string, string> {
  return {
    'serving.knative.dev/progress-deadline': `${server.startupSeconds}s`,
    'queue.sidecar.serving.knative.dev/cpu-resource-request': cpuQuantity(QUEUE_PROXY.cpuMillis),
    'queue.sidecar.serving.knative.dev/memory-resource-request': memoryQuantity(
      QUEUE_PROXY.memoryMib,
    ),
    'queue.sidecar.serving.knative.dev/memory-resource-limit':
      memoryQuantity(QUEUE_PROXY_MEMORY_MIB),
  };
}

/** A container that serves, as KServe and Knative allow it. @internal */
export function servingContainer(
  component: ResolvedComponent,
  { mode }: ResolvedService,
  props: InferenceServiceProps,
  protocol?: Protocol,
): { readonly container: Container; readonly volumes: PodSpec['volumes'] } {
  const { container, spec } = podOf(component, props);
  const { lifecycle, securityContext, ports = [], ...rest } = container;
  const { privileged: _, ...restricted } = securityContext ?? {};
  const { uid, gid } = component.server.engine.user;
  const grpc = protocol !== undefined && isGrpc(protocol);
  return {
    container: {
      ...rest,
      name: KSERVE_CONTAINER,
      ...fitted(container, ports, { mode, grpc, health: component.server.engine.grpcHealth }),
      securityContext: {
        // Versions of Knative before 1.23 refuse even `privileged: false`.
        ...restricted,
        // At the container, because Knative takes none for the pod unless a feature flag is on.
        ...(spec.securityContext?.runAsUser !== undefined && { runAsUser: uid, runAsGroup: gid }),
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(mode === DeploymentMode.STANDARD && lifecycle && { lifecycle }),
    },
    volumes: spec.volumes ?? [],
  };
}

/** What the container that serves takes. @internal */
export function servingResources(
  component: ResolvedComponent,
  props: InferenceServiceProps,
): ResourceRequirements {
  return podOf(component, props).container.resources ?? {};
}

interface Fit {
  readonly mode: DeploymentMode;
  readonly grpc: boolean;
  /** Whether the gRPC port answers the health service. */
  readonly health: boolean | undefined;
}

/** Ports and probes: Knative knows one port only, and probes that alone. */
function fitted(
  { startupProbe, readinessProbe, livenessProbe }: Container,
  ports: readonly ContainerPort[],
  { mode, grpc, health }: Fit,
): Pick<Container, 'ports' | 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  const numberOf = (name: string | number): number =>
    typeof name === 'number'
      ? name
      : (ports.find((port) => port.name === name)?.containerPort ?? 0);
  // A container of one's own has one port, whatever it speaks.
  const byName = (wanted: string): ContainerPort | undefined =>
    ports.find(({ name }) => name === wanted);
  const chosen = (grpc ? byName('grpc') : undefined) ?? byName('http');
  const others = ports.filter((port) => port !== chosen);
  const port = chosen?.containerPort ?? 0;
  const knative = mode === DeploymentMode.KNATIVE;
  const overGrpc = knative && grpc;
  const ready = (probe: Probe): Probe =>
    !overGrpc
      ? onPort(probe, numberOf)
      : health === true
        ? grpcProbe(probe, port)
        : tcpProbe(probe, port);
  const alive = (probe: Probe): Probe =>
    overGrpc || (knative && probe.tcpSocket) ? tcpProbe(probe, port) : onPort(probe, numberOf);
  return {
    ports:
      chosen && knative
        ? [{ ...chosen, name: grpc ? 'h2c' : 'http1' }]
        : // The first is the one that KServe's Service leads to.
          [...(chosen ? [chosen] : []), ...others],
    ...(startupProbe && { startupProbe: ready(startupProbe) }),
    ...(readinessProbe && { readinessProbe: ready(readinessProbe) }),
    ...(livenessProbe && { livenessProbe: alive(livenessProbe) }),
  };
}

/** The same probe with numbers in place of names, which ports have other ones of here. */
function onPort(
  { httpGet, tcpSocket, ...rest }: Probe,
  numberOf: (name: string | number) => number,
): Probe {
  return {
    ...rest,
    ...(httpGet && { httpGet: { ...httpGet, port: numberOf(httpGet.port) } }),
    ...(tcpSocket && { tcpSocket: { ...tcpSocket, port: numberOf(tcpSocket.port) } }),
  };
}

function grpcProbe({ httpGet: _, tcpSocket: __, ...rest }: Probe, port: number): Probe {
  return { ...rest, grpc: { port, service: '' } };
}

function tcpProbe({ httpGet: _, grpc: __, ...rest }: Probe, port: number): Probe {
  return { ...rest, tcpSocket: { port } };
}
