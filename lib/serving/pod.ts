/*
 * The pod of a model server. It passes Pod Security "restricted" as it is, and every field that is set
 * differs from the default of the API on purpose.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ (v1.35)
 */
import type {
  Container,
  PodSpec,
  PodTemplateSpec,
  ResourceRequirements,
} from 'kubernetes-types/core/v1';
import { digest } from '../core/digest';
import { CONTENT_HASH_ANNOTATION } from '../core/labels';
import { cpuQuantity, memoryQuantity } from '../core/quantities';
import { containerSecurity, podSecurity } from '../core/restricted-pod';
import type { EngineRendering } from './engine-definition';
import { metricsAnnotations } from './mesh-membership';
import { configData, environment, modelVolumes } from './model-volumes';
import { affinity, tolerations, topologySpread } from './placement';
import type { ResolvedModelServer } from './resolve';

/** Name of the container that serves. */
export const SERVER_CONTAINER = 'server';

/** What is given to the pod from outside of the resolved server. */
export interface PodContext {
  readonly labels: Readonly<Record<string, string>>;
  readonly versionLabels: Readonly<Record<string, string>>;
  readonly selector: Record<string, string>;
  readonly env: Readonly<Record<string, string>>;
  readonly priorityClassName: string | undefined;
}

/** @internal */
export function podTemplate(
  resolved: ResolvedModelServer,
  rendering: EngineRendering,
  context: PodContext,
): PodTemplateSpec {
  return {
    metadata: {
      labels: { ...context.versionLabels, ...resolved.mesh?.podLabels, ...context.labels },
      annotations: {
        ...metricsAnnotations(resolved.mesh, resolved.engine.metrics),
        ...resolved.mesh?.podAnnotations,
        [CONTENT_HASH_ANNOTATION]: contentHash(resolved, rendering),
        // Without it, the scratch volumes would keep the autoscaler from ever removing the node.
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
      },
    },
    spec: podSpec(resolved, rendering, context),
  };
}

function podSpec(
  resolved: ResolvedModelServer,
  rendering: EngineRendering,
  context: PodContext,
): PodSpec {
  const { engine, pools, drain } = resolved;
  const { volumes, mounts, initContainers } = modelVolumes(resolved, rendering);
  const spread = tolerations(pools);
  return {
    serviceAccountName: resolved.name,
    automountServiceAccountToken: false,
    // Variables such as VLLM_PORT, made of Service names, would be taken for settings.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: drain.totalSeconds,
    ...(context.priorityClassName !== undefined && {
      priorityClassName: context.priorityClassName,
    }),
    securityContext: podSecurity(resolved.platform, engine.user, true),
    affinity: affinity(pools, context.selector),
    topologySpreadConstraints: topologySpread(context.selector),
    ...(spread.length > 0 && { tolerations: spread }),
    ...(initContainers.length > 0 && {
      initContainers: initContainers.map((container) => ({
        ...container,
        imagePullPolicy: 'Always' as const,
        terminationMessagePolicy: 'FallbackToLogsOnError' as const,
        // The same as the server: they run before it, so that the pod asks for no more by them.
        resources: resources(resolved, false),
        securityContext: containerSecurity(true),
      })),
    }),
    containers: [{ ...serverContainer(resolved, rendering, context), volumeMounts: [...mounts] }],
    volumes: [...volumes],
  };
}

function serverContainer(
  resolved: ResolvedModelServer,
  rendering: EngineRendering,
  { env }: PodContext,
): Container {
  const { engine, image, input, drain } = resolved;
  const { startup, readiness, liveness } = engine.probes(input);
  const startupPeriod = startup.periodSeconds ?? 10;
  return {
    name: SERVER_CONTAINER,
    ...(image !== undefined && { image }),
    imagePullPolicy: 'Always',
    ...(rendering.command && { command: [...rendering.command] }),
    ...(rendering.args.length > 0 && { args: [...rendering.args] }),
    ...environment({ ...rendering.env, ...env }),
    ports: containerPorts(engine),
    resources: resources(resolved, true),
    startupProbe: {
      ...startup,
      failureThreshold: Math.ceil(resolved.startupSeconds / startupPeriod),
      successThreshold: 1,
    },
    readinessProbe: readiness,
    livenessProbe: liveness,
    lifecycle: { preStop: { sleep: { seconds: drain.preStopSeconds } } },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: containerSecurity(engine.readOnlyRootFilesystem),
  };
}

function containerPorts({
  ports,
  metrics,
}: ResolvedModelServer['engine']): { name: string; containerPort: number; protocol: 'TCP' }[] {
  const own =
    metrics && ![ports.http, ports.grpc].includes(metrics.port) ? { metrics: metrics.port } : {};
  return Object.entries({ ...ports, ...own }).map(([name, containerPort]) => ({
    name,
    containerPort,
    protocol: 'TCP',
  }));
}

/** Requests and limits; accelerators only for the server, as init containers have no use for them. */
function resources(
  { requests, limits, demand }: ResolvedModelServer,
  withAccelerator: boolean,
): ResourceRequirements {
  const disk = { 'ephemeral-storage': memoryQuantity(demand.ephemeralStorageMib) };
  const { accelerator } = demand;
  const extended =
    accelerator && withAccelerator ? { [accelerator.resourceName]: String(accelerator.count) } : {};
  return {
    requests: {
      cpu: cpuQuantity(requests.cpuMillis),
      memory: memoryQuantity(requests.memoryMib),
      ...disk,
      ...extended,
    },
    limits: {
      ...(limits.cpuMillis !== undefined && { cpu: cpuQuantity(limits.cpuMillis) }),
      memory: memoryQuantity(limits.memoryMib),
      ...disk,
      ...extended,
    },
  };
}

/** Changes whenever the files that the server reads at its start do. */
function contentHash(resolved: ResolvedModelServer, rendering: EngineRendering): string {
  const sources = resolved.models.map(({ model }) => [
    model.name,
    model.source.toString(),
    model.options.version ?? '',
  ]);
  const content = JSON.stringify([sources, configData(rendering, resolved)]);
  return digest(content);
}
