/*
 * What KServe makes of a service in mode KNATIVE: the Service of Knative, from the InferenceService and its runtime. A
 * second implementation of the part of KServe's reconciler that matters to Knative's webhook.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/controller/v1beta1/inferenceservice/components/predictor.go (0.20)
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
}

interface Component extends Omit<PodSpec, 'containers'> {
  /** None where the container is KServe's. */
  readonly containers?: PodSpec['containers'];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleMetric?: string;
  readonly scaleTarget?: number;
  readonly containerConcurrency?: number;
  readonly timeout?: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly model?: Partial<Container> & { readonly modelFormat?: object; readonly runtime: string };
}

type Pod = Pick<PodSpec, 'containers' | 'volumes'>;

/** Services of Knative of all components whose containers are among the objects, or theirs. */
export function knativeServicesOf(objects: readonly Manifest[]): object[] {
  return objects
    .filter(({ kind }) => kind === 'InferenceService')
    .flatMap(({ metadata, spec }) =>
      Object.entries(spec as Record<string, Component>).flatMap(([role, component]) => {
        const pod = podOf(component, objects);
        return pod ? [serviceOf(`${metadata.name}-${role}`, component, pod)] : [];
      }),
    );
}

function serviceOf(name: string, component: Component, pod: Pod): object {
  const { containers, volumes } = pod;
  const { minReplicas, maxReplicas, scaleMetric, scaleTarget } = component;
  const scale = {
    'min-scale': minReplicas,
    'max-scale': maxReplicas,
    metric: scaleMetric,
    target: scaleTarget,
  };
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: 'serving' },
    spec: {
      template: {
        metadata: {
          labels: component.labels,
          annotations: {
            ...component.annotations,
            ...Object.fromEntries(
              Object.entries(scale)
                .filter(([, value]) => value !== undefined)
                .map(([key, value]) => [`autoscaling.knative.dev/${key}`, String(value)]),
            ),
          },
        },
        spec: {
          ...picked(component),
          containers,
          ...(volumes && { volumes }),
        },
      },
    },
  };
}

/** Fields of the pod, and those of a revision. */
function picked(component: Component): object {
  const { labels, annotations, minReplicas, maxReplicas, scaleMetric, scaleTarget, ...rest } =
    component;
  const { model, timeout, containers, volumes, ...pod } = rest as Component &
    Record<string, unknown>;
  for (const field of ['scaleMetricType', 'canaryTrafficPercent', 'batcher', 'logger', 'art'])
    delete (pod as Record<string, unknown>)[field];
  return { ...pod, ...(timeout !== undefined && { timeoutSeconds: timeout }) };
}

function podOf(
  { model, containers, volumes }: Component,
  objects: readonly Manifest[],
): Pod | undefined {
  if (model === undefined) return containers && { containers, ...(volumes && { volumes }) };
  const runtime = objects.find(
    ({ kind, metadata }) => kind === 'ServingRuntime' && metadata.name === model.runtime,
  )?.spec as PodSpec | undefined;
  const [container] = runtime?.containers ?? [];
  // One of KServe's own.
  if (container === undefined) return undefined;
  const { resources } = model;
  return {
    containers: [
      {
        ...container,
        ...(resources && { resources }),
        // KServe's webhook mounts what its storage initializer brings; claims it mounts by itself.
        env: [...(container.env ?? [])],
      },
    ],
    ...(runtime?.volumes && { volumes: runtime.volumes }),
  };
}
