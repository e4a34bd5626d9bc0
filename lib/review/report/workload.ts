/*
 * What runs pods, of whatever kind, in one form.
 */
import { satisfies } from '../../core/label-requirement';
import {
  at,
  groupKindOf,
  listAt,
  objectAt,
  textAt,
  type JsonObject,
  type Manifest,
} from '../manifest';
import { amountOf, type Range } from '../quantity';
import { numberAt, replicasOf } from '../replicas';

/** CPU in cores, memory in bytes, GPUs. */
export interface PodAmounts {
  readonly cpu: number;
  readonly memory: number;
  readonly gpus: number;
}

/** Something that runs pods. */
export interface Workload {
  readonly manifest: Manifest;
  readonly namespace: string;
  readonly name: string;
  /** Such as `Deployment`; of a service of KServe with its component. */
  readonly kind: string;
  readonly pod: JsonObject;
  readonly podLabels: Readonly<Record<string, string>>;
  /** None where the number is that of the nodes, or of runs. */
  readonly replicas: Range | undefined;
  readonly requests: PodAmounts;
  readonly limits: PodAmounts;
  /** Containers that run beside each other. */
  readonly containers: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[];
  /** Where its pods may land: names of pools, or labels of nodes. */
  readonly pools: readonly string[];
}

type Shape = (manifest: Manifest, all: readonly Manifest[]) => readonly Part[];

interface Part {
  readonly suffix?: string;
  readonly pod: JsonObject | undefined;
  readonly labels: JsonObject | undefined;
  readonly replicas?: Range;
}

const templated =
  (counted: boolean, ...path: readonly string[]): Shape =>
  (manifest, all) => [
    {
      pod: objectAt(manifest, ...path, 'spec'),
      labels: objectAt(manifest, ...path, 'metadata', 'labels'),
      ...(counted && { replicas: replicasOf(manifest, all) }),
    },
  ];

/** Group and kind → how it says what its pods are. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'apps/Deployment': templated(true, 'spec', 'template'),
  'apps/StatefulSet': templated(true, 'spec', 'template'),
  'apps/DaemonSet': templated(false, 'spec', 'template'),
  'batch/Job': templated(false, 'spec', 'template'),
  'batch/CronJob': templated(false, 'spec', 'jobTemplate', 'spec', 'template'),
  'serving.kserve.io/InferenceService': (manifest, all) =>
    ['predictor', 'transformer', 'explainer'].flatMap((component): readonly Part[] => {
      const spec = objectAt(manifest, 'spec', component);
      if (spec === undefined) return [];
      const min = numberAt(manifest, 1, 'spec', component, 'minReplicas');
      return [
        {
          suffix: component,
          pod: servingPod(manifest, spec, all),
          labels: objectAt(spec, 'labels'),
          replicas: { min, max: numberAt(manifest, min, 'spec', component, 'maxReplicas') },
        },
      ];
    }),
  'intel.com/ModelServer': (manifest) => {
    const replicas = numberAt(manifest, 1, 'spec', 'deployment_parameters', 'replicas');
    const resources = at(manifest, 'spec', 'deployment_parameters', 'resources');
    return [
      {
        pod: { containers: [{ name: 'server', resources }] },
        labels: { release: manifest.metadata.name },
        replicas: { min: replicas, max: replicas },
      },
    ];
  },
};

/** The pod of a component: what its runtime says, where that is among the manifests, under what it says itself. */
function servingPod(manifest: Manifest, spec: JsonObject, all: readonly Manifest[]): JsonObject {
  const model = objectAt(spec, 'model');
  if (model === undefined) return spec;
  const runtime = all.find(
    ({ kind, metadata }) =>
      metadata.name === textAt(model, 'runtime') &&
      (kind === 'ClusterServingRuntime' ||
        (kind === 'ServingRuntime' && metadata.namespace === manifest.metadata.namespace)),
  );
  const own = listAt(spec, 'containers');
  const containers = listAt(runtime, 'spec', 'containers').map((container) => ({
    ...container,
    ...(textAt(container, 'name') === 'kserve-container' && model),
    ...own.find((one) => textAt(one, 'name') === textAt(container, 'name')),
  }));
  const others = own.filter(
    (one) => !containers.some((container) => textAt(container, 'name') === textAt(one, 'name')),
  );
  return {
    ...objectAt(runtime, 'spec'),
    ...spec,
    containers:
      runtime === undefined
        ? [{ name: RUNTIME_CONTAINER, ...model }, ...own]
        : [...containers, ...others],
  };
}

/** Container that a runtime fills in that is not among the manifests. */
export const RUNTIME_CONTAINER = '(of the runtime)';

/** All that runs pods, in the order of the manifests. */
export function workloadsOf(all: readonly Manifest[]): readonly Workload[] {
  return all.flatMap((manifest) =>
    (SHAPES[groupKindOf(manifest)]?.(manifest, all) ?? []).flatMap((part) =>
      part.pod === undefined ? [] : [workloadOf(manifest, part, part.pod)],
    ),
  );
}

function workloadOf(manifest: Manifest, part: Part, pod: JsonObject): Workload {
  const { metadata, kind } = manifest;
  const [containers, initContainers] = [listAt(pod, 'containers'), listAt(pod, 'initContainers')];
  return {
    manifest,
    namespace: metadata.namespace ?? 'default',
    name: part.suffix === undefined ? metadata.name : `${metadata.name}-${part.suffix}`,
    kind,
    pod,
    podLabels: (part.labels ?? {}) as Readonly<Record<string, string>>,
    replicas: part.replicas,
    requests: podAmounts(containers, initContainers, 'requests'),
    limits: podAmounts(containers, initContainers, 'limits'),
    containers,
    initContainers,
    pools: poolsOf(pod),
  };
}

/** What the scheduler reserves: the sum of containers and sidecars, or the largest that runs before them. */
function podAmounts(
  containers: readonly JsonObject[],
  initContainers: readonly JsonObject[],
  which: 'requests' | 'limits',
): PodAmounts {
  const isSidecar = (container: JsonObject): boolean =>
    textAt(container, 'restartPolicy') === 'Always';
  const total = (resource: (container: JsonObject) => number): number => {
    const sum = (some: readonly JsonObject[]): number =>
      some.reduce((result, container) => result + resource(container), 0);
    const sidecars = sum(initContainers.filter(isSidecar));
    const first = initContainers.filter((one) => !isSidecar(one)).map(resource);
    return Math.max(sum(containers) + sidecars, ...first.map((one) => one + sidecars));
  };
  const amount =
    (...names: readonly string[]) =>
    (container: JsonObject): number =>
      names.reduce((sum, name) => {
        const found = amountOf(
          at(container, 'resources', which, name) ??
            (which === 'requests' ? at(container, 'resources', 'limits', name) : undefined),
        );
        return sum + (Number.isNaN(found) ? 0 : found);
      }, 0);
  return {
    cpu: total(amount('cpu')),
    memory: total(amount('memory')),
    gpus: total(amount('nvidia.com/gpu', 'amd.com/gpu', 'gpu.intel.com/i915')),
  };
}

/** Labels of nodes that are names of pools. */
const POOL_LABELS = [
  'inference-constructs/pool',
  'karpenter.sh/nodepool',
  'eks.amazonaws.com/nodegroup',
  'cloud.google.com/gke-nodepool',
];

function poolsOf(pod: JsonObject): readonly string[] {
  const wanted = [
    ...Object.entries(objectAt(pod, 'nodeSelector') ?? {}).map(
      ([key, value]) => [key, [String(value as string)]] as const,
    ),
    ...listAt(
      pod,
      'affinity',
      'nodeAffinity',
      'requiredDuringSchedulingIgnoredDuringExecution',
      'nodeSelectorTerms',
    )
      .flatMap((term) => listAt(term, 'matchExpressions'))
      .map(
        (expression) =>
          [
            textAt(expression, 'key') ?? '',
            (at(expression, 'values') ?? []) as readonly string[],
          ] as const,
      ),
  ];
  const pools = wanted.filter(([key]) => POOL_LABELS.includes(key)).flatMap(([, values]) => values);
  const labels = wanted.map(([key, values]) =>
    values.join() === '' ? key : `${key}=${values.join()}`,
  );
  return [...new Set(pools.length > 0 ? pools : labels)];
}

/** Whether labels are what a selector asks for; one that is empty selects all. */
export function selects(
  selector: JsonObject | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  const matches = Object.entries(objectAt(selector, 'matchLabels') ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return (
    matches &&
    listAt(selector, 'matchExpressions').every((expression) => {
      const value = labels[textAt(expression, 'key') ?? ''];
      const values = (at(expression, 'values') ?? []) as readonly string[];
      return satisfies(value, textAt(expression, 'operator'), values) ?? false;
    })
  );
}
