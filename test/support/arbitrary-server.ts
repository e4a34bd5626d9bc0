/*
 * Random inputs of a `ModelServer`: most of them sensible, many of them at or beyond a bound, some absurd.
 */
import { Duration, Size } from 'cdk8s';
import * as fc from 'fast-check';
import {
  Accelerator,
  Batching,
  CapacityKind,
  Cpu,
  CpuManagerPolicy,
  DisruptionBudget,
  Model,
  ModelCache,
  ModelFormat,
  ModelSource,
  NetworkPeer,
  NodeCloud,
  NodePool,
  QualityOfService,
  SecretReference,
  ServingEngine,
  type ModelServerProps,
  type PodShare,
} from 'inference-constructs';

/** Pools that random servers are placed on; the lab makes a node of each. */
export const FUZZ_POOLS: readonly NodePool[] = [
  NodePool.eksSpot('eks-spot', { instanceTypes: ['m6i.xlarge', 'm7i.xlarge'], min: 0, max: 5 }),
  NodePool.eksSpot('eks-spot-large', {
    instanceTypes: ['m6i.4xlarge', 'm7i.4xlarge'],
    min: 0,
    max: 50,
  }),
  NodePool.eksOnDemand('eks-static', {
    instanceTypes: ['c7i.8xlarge'],
    cpuManagerPolicy: CpuManagerPolicy.STATIC,
    min: 0,
    max: 9,
  }),
  NodePool.eksSpot('eks-arm', { instanceTypes: ['m7g.2xlarge', 'm6g.2xlarge'], min: 0, max: 5 }),
  NodePool.eksSpot('eks-gpu', {
    instanceTypes: ['g6.4xlarge'],
    diskSize: Size.gibibytes(300),
    min: 0,
    max: 5,
  }),
  NodePool.gkeSpot('gke-spot', { instanceTypes: ['n2-standard-8'], min: 0, max: 5 }),
  NodePool.gkeOnDemand('gke-gpu', {
    instanceTypes: ['g2-standard-48'],
    diskSize: Size.gibibytes(500),
    min: 0,
    max: 3,
  }),
  NodePool.existing('somewhere', {
    cloud: NodeCloud.EKS,
    capacity: CapacityKind.ON_DEMAND,
    instanceTypes: ['r7i.8xlarge'],
    labels: { 'team.example.com/pool': 'inference' },
    taints: [{ key: 'dedicated', value: '', effect: 'NoExecute' }],
    min: 1,
    max: 4,
  }),
];

/** Claims that random servers mount; the lab binds each of them. */
export const FUZZ_CLAIMS = ['models', 'shared.models'] as const;

const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: rare });

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/);
const name = often(
  label,
  fc.oneof(fc.string({ maxLength: 80 }), fc.stringMatching(/^[a-z]{50,63}$/)),
);
const secret = label.map((text) => SecretReference.fromSecret(text));
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const hub = fc.tuple(label, optional(secret)).map(([repository, credentials]) =>
  ModelSource.huggingFace(`acme/${repository}`, {
    revision: '0123456789abcdef0123456789abcdef01234567',
    ...given({ credentials }),
  }),
);

const files: fc.Arbitrary<ModelSource> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(label, optional(secret), optional(fc.constant('eu-west-1')))
      .map(([path, credentials, region]) =>
        ModelSource.s3(`s3://models/${path}`, given({ credentials, region })),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(label, fc.boolean())
      .map(([path, anonymous]) => ModelSource.gcs(`gs://models/${path}`, { anonymous })),
  },
  fc
    .tuple(label, optional(secret))
    .map(([path, credentials]) =>
      ModelSource.azureBlob(
        `https://account.blob.core.windows.net/models/${path}`,
        given({ credentials }),
      ),
    ),
  label.map((file) => ModelSource.http(`https://models.example.com/${file}.onnx`)),
  fc
    .tuple(fc.constantFrom(...FUZZ_CLAIMS), optional(label))
    .map(([claim, path]) => ModelSource.pvc(claim, given({ path }))),
  fc
    .tuple(label, optional(label))
    .map(([repository, path]) =>
      ModelSource.ociImage(`registry.example.com/${repository}:1.0`, given({ path })),
    ),
);

const baked = fc.constant(ModelSource.baked('/opt/models/resnet'));

const modelName = often(
  fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,30}$/),
  fc.string({ minLength: 1, maxLength: 120 }),
);

/** A model as a function, because an invalid combination throws where it is built. */
const model = ({ definition }: ServingEngine): fc.Arbitrary<() => Model> =>
  fc
    .record({
      name: modelName,
      source: often(definition.hub ? fc.oneof(hub, files) : files, fc.oneof(hub, baked)),
      format: often(
        fc.constantFrom(undefined, ...definition.formats),
        fc.constantFrom(...Object.values(ModelFormat)),
      ),
      version: often(
        fc.constantFrom(undefined, definition.versions ? 3 : undefined),
        fc.integer({ min: -1, max: 2 ** 32 }),
      ),
      serveVersions: often(
        fc.constant(undefined),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
      ),
      mebibytes: often(
        fc.integer({ min: 1, max: 4000 }),
        optional(fc.integer({ min: 1, max: 500_000 })),
      ),
    })
    .map(
      ({ name, source, mebibytes, ...options }) =>
        () =>
          Model.of(
            name,
            source,
            given({
              ...options,
              size: mebibytes === undefined ? undefined : Size.mebibytes(mebibytes),
            }),
          ),
    );

const cpu = often(
  fc.constantFrom(Cpu.millis(500), Cpu.units(1), Cpu.units(2), Cpu.units(3), Cpu.millis(1250)),
  fc.oneof(
    fc.integer({ min: 0, max: 400_000 }).map((millis) => Cpu.millis(millis)),
    fc.constant(Cpu.units(0.0001)),
  ),
);
const memory = often(
  fc.integer({ min: 2100, max: 8000 }),
  fc.integer({ min: 1, max: 4_000_000 }),
).map((mib) => Size.mebibytes(mib));
const peer = fc.oneof(
  label.map((text) => NetworkPeer.namespace(text)),
  label.map((text) => NetworkPeer.pods({ app: text })),
  fc
    .constantFrom('10.20.0.0/16', '192.168.7.0/24', '0.0.0.0/0')
    .map((cidr) => NetworkPeer.cidr(cidr)),
);
const share: fc.Arbitrary<PodShare> = fc.oneof(
  fc.integer({ min: -1, max: 12 }),
  fc.integer({ min: 0, max: 120 }).map((percent): PodShare => `${percent}%`),
);
const env = fc.dictionary(
  often(
    fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/),
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 30 }),
      fc.constantFrom('API_KEY', 'OMP_NUM_THREADS'),
    ),
  ),
  fc.string({ maxLength: 60 }),
  { maxKeys: 3 },
);

/** Pools that fit together, or any. */
const placement = (gpus: boolean): fc.Arbitrary<readonly NodePool[]> => {
  const fitting = FUZZ_POOLS.filter((pool) => (pool.accelerator !== undefined) === gpus);
  const ofCloud = NodeCloud.all()
    .map((cloud) => fitting.filter((pool) => pool.cloud === cloud))
    .filter(({ length }) => length > 0)
    .map((pools) => fc.uniqueArray(fc.constantFrom(...pools), { maxLength: 2 }));
  return often(fc.oneof(...ofCloud), fc.array(fc.constantFrom(...FUZZ_POOLS), { maxLength: 4 }));
};

/** Builds the props of a server; throws `ConfigurationError` where a part of them is invalid. */
export const serverProps: fc.Arbitrary<() => ModelServerProps> = fc
  .constantFrom(...ServingEngine.all())
  .chain((engine) => {
    const { images, maxModels, batching } = engine.definition;
    return fc.boolean().chain((chance) => {
      const onGpu = images.cpu === undefined || (images.nvidia !== undefined && chance);
      return fc.record({
        name,
        engine: fc.constant(engine),
        models: fc.array(model(engine), { minLength: 1, maxLength: maxModels === 1 ? 1 : 3 }),
        single: often(fc.constant(maxModels === 1), fc.boolean()),
        cpu,
        memory,
        gpus: often(fc.constant(onGpu ? 1 : undefined), optional(fc.integer({ min: 0, max: 8 }))),
        gpuModel: often(fc.constant(undefined), fc.constantFrom('l4', 'a100')),
        replicas: optional(
          often(fc.integer({ min: 1, max: 6 }), fc.integer({ min: -1, max: 9000 })),
        ),
        placement: placement(onGpu),
        burstable: often(
          fc.constant(undefined),
          fc.record({ cpu: optional(cpu), memory: optional(memory) }),
        ),
        threads: often(fc.constant(undefined), fc.integer({ min: -1, max: 300 })),
        batch: often(
          fc.constantFrom(undefined, ...(batching ? [[8, 5] as [number, number]] : [])),
          fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 1100 })),
        ),
        env,
        image: often(
          fc.constantFrom(undefined, `acme/server:1@sha256:${'a'.repeat(64)}`),
          fc.constantFrom('nginx', 'nginx:latest', 'acme/server:1', 'acme/Server:1'),
        ),
        drain: often(fc.constantFrom(undefined, 12, 15), fc.integer({ min: -5, max: 4000 })),
        budget: often(fc.constant(undefined), fc.tuple(fc.boolean(), share)),
        clients: fc.array(peer, { maxLength: 2 }),
        monitoring: fc.array(peer, { maxLength: 1 }),
        claim: often(fc.constant(undefined), fc.constantFrom(...FUZZ_CLAIMS)),
      });
    });
  })
  .map((input) => () => propsOf(input));

interface Input {
  readonly name: string;
  readonly engine: ServingEngine;
  readonly models: readonly (() => Model)[];
  readonly single: boolean;
  readonly cpu: Cpu;
  readonly memory: Size;
  readonly gpus: number | undefined;
  readonly gpuModel: string | undefined;
  readonly replicas: number | undefined;
  readonly placement: readonly NodePool[];
  readonly burstable:
    { readonly cpu: Cpu | undefined; readonly memory: Size | undefined } | undefined;
  readonly threads: number | undefined;
  readonly batch: readonly [number, number] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly image: string | undefined;
  readonly drain: number | undefined;
  readonly budget: readonly [boolean, PodShare] | undefined;
  readonly clients: readonly NetworkPeer[];
  readonly monitoring: readonly NetworkPeer[];
  readonly claim: string | undefined;
}

function propsOf(input: Input): ModelServerProps {
  const models = input.models.map((build) => build());
  const [first] = models;
  return {
    name: input.name,
    engine: input.engine,
    ...(input.single && first ? { model: first } : { models }),
    cpu: input.cpu,
    memory: input.memory,
    env: input.env,
    placement: input.placement,
    networkAccess: { clients: input.clients, monitoring: input.monitoring },
    ...given({
      accelerator:
        input.gpus === undefined ? undefined : Accelerator.nvidia(input.gpus, input.gpuModel),
      replicas: input.replicas,
      qualityOfService:
        input.burstable &&
        QualityOfService.burstable(
          given({ cpuLimit: input.burstable.cpu, memoryLimit: input.burstable.memory }),
        ),
      threads: input.threads,
      batching: input.batch && Batching.of(input.batch[0], Duration.millis(input.batch[1])),
      image: input.image,
      drain: input.drain === undefined ? undefined : durationOf(input.drain),
      podDisruptionBudget:
        input.budget &&
        (input.budget[0]
          ? DisruptionBudget.minAvailable(input.budget[1])
          : DisruptionBudget.maxUnavailable(input.budget[1])),
      modelCache:
        input.claim === undefined ? undefined : ModelCache.persistentVolumeClaim(input.claim),
    }),
  };
}

/** cdk8s refuses negative durations on its own. */
function durationOf(seconds: number): Duration {
  return Duration.seconds(Math.max(0, seconds));
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the properties that are undefined. */
function given<T extends object>(properties: T): Given<T> {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined),
  ) as Given<T>;
}
