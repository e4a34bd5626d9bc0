/*
 * What must hold for every engine; a new one is covered by being registered.
 */
import {
  Accelerator,
  Batching,
  DeploymentMode,
  InferenceService,
  Model,
  ModelSource,
  NodePool,
  ServingEngine,
} from 'inference-constructs';
import { Duration, Size } from 'cdk8s';
import type { PodSpec, Probe } from 'kubernetes-types/core/v1';
import { chartOf, find, podOf, serverOf, serverProps } from '../support/charts';

const HUB = ModelSource.huggingFace('acme/model', { revision: 'a'.repeat(40) });

describe.each(ServingEngine.all().map((engine) => [engine.definition.id, engine] as const))(
  '%s',
  (_, engine) => {
    const { definition } = engine;
    const gpu = definition.images.cpu === undefined ? { accelerator: Accelerator.nvidia(1) } : {};
    const base = serverProps({ engine, memory: Size.gibibytes(8), ...gpu });
    const server = (changes = {}): ReturnType<typeof serverOf> => serverOf({ ...base, ...changes });
    const container = (
      changes = {},
    ): NonNullable<ReturnType<typeof podOf>['containers'][number]> => {
      const [first] = podOf(server(changes)).containers;
      if (first === undefined) throw new Error('no container');
      return first;
    };
    const ports = [
      ...Object.values(definition.ports),
      ...(definition.metrics ? [definition.metrics.port] : []),
    ];

    test('runs pinned images', () => {
      for (const image of Object.values(definition.images))
        expect(image).toMatch(/:[\w.-]*\d[\w.-]*$/);
    });

    test('listens on ports that an ordinary user may open, each once', () => {
      expect(ports.filter((port) => port < 1024)).toEqual([]);
      const named = container().ports?.map(({ containerPort }) => containerPort) ?? [];
      expect(new Set(named).size).toBe(named.length);
      expect(named).toEqual(expect.arrayContaining([...new Set(ports)]));
    });

    test('is told its ports and its model by its command line, environment or files', () => {
      const { command = [], args = [], env = [] } = container();
      const files = Object.values(definition.render(inputOf(engine)).files ?? {});
      const told = [...command, ...args, ...env.map(({ value = '' }) => value), ...files].join(
        '\n',
      );

      for (const port of Object.values(definition.ports)) expect(told).toContain(String(port));
      expect(told).toContain('/mnt/models');
    });

    test('is probed on ports that it opens, with startup as strict as readiness', () => {
      const { startupProbe, readinessProbe, livenessProbe, ports: opened = [] } = container();
      const names = opened.flatMap(({ name, containerPort }) => [name, containerPort]);

      for (const probe of [startupProbe, readinessProbe, livenessProbe])
        expect(names).toContain(portOf(probe));
      expect(target(startupProbe)).toEqual(target(readinessProbe));
      expect(livenessProbe).not.toEqual(readinessProbe);
    });

    test('is given at least ten minutes to load its model', () => {
      const { startupProbe } = container();
      expect(
        (startupProbe?.periodSeconds ?? 0) * (startupProbe?.failureThreshold ?? 0),
      ).toBeGreaterThanOrEqual(600);
    });

    test('serves on while its endpoint is removed, then has the time that it needs to drain', () => {
      const { terminationGracePeriodSeconds = 0, containers } = podOf(server());
      const preStop = containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;

      expect(preStop).toBe(15);
      expect(terminationGracePeriodSeconds - preStop).toBe(definition.drain.seconds);
    });

    test('drains within the 15 s of a GKE spot node without being told', () => {
      const type = definition.images.cpu === undefined ? 'g2-standard-8' : 'n2-standard-8';
      const pool = NodePool.gkeSpot('spot', {
        instanceTypes: [type],
        diskSize: Size.gibibytes(100),
        min: 0,
        max: 3,
      });
      const { terminationGracePeriodSeconds = 0, containers } = podOf(
        server({ placement: [pool] }),
      );
      const preStop = containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;

      expect(terminationGracePeriodSeconds).toBe(15);
      expect(terminationGracePeriodSeconds - preStop).toBeGreaterThanOrEqual(
        definition.drain.atLeastSeconds,
      );
      expect(preStop).toBeGreaterThanOrEqual(2);
    });

    test('computes with the threads that it is given', () => {
      const rendered = JSON.stringify(definition.render({ ...inputOf(engine), threads: 37 }));
      expect(rendered).toContain('37');
    });

    test('passes Pod Security restricted', () => {
      const { securityContext, containers, initContainers = [], volumes = [] } = podOf(server());

      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(securityContext?.runAsUser).toBeGreaterThan(0);
      for (const { securityContext: own } of [...containers, ...initContainers]) {
        expect(own).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          runAsNonRoot: true,
        });
      }
      expect(volumes.filter((volume) => 'hostPath' in volume)).toEqual([]);
    });

    test('downloads from the hub itself, or refuses to', () => {
      const build = (): unknown =>
        server({ model: Model.of('model', HUB, { size: Size.gibibytes(1) }) });

      if (definition.hub) expect(build).not.toThrow();
      else expect(build).toThrow('it cannot download from the Hugging Face hub');
    });

    test('batches as it is told, or refuses to', () => {
      const build = (): string =>
        JSON.stringify(
          find(server({ batching: Batching.of(17, Duration.millis(3)) }), 'Deployment'),
        );

      if (definition.batching) expect(build).not.toThrow();
      else expect(build).toThrow('drop batching');
    });

    test('serves two models, or refuses to', () => {
      const models = ['one', 'two'].map((name) =>
        Model.of(name, ModelSource.s3(`s3://models/${name}`)),
      );
      const { model, ...rest } = base;
      const build = (): unknown => serverOf({ ...rest, models });

      expect(model).toBeDefined();
      if (definition.maxModels > 1) expect(build).not.toThrow();
      else expect(build).toThrow('expected at most 1');
    });

    test('serves chosen versions, or refuses to', () => {
      const model = Model.of('model', ModelSource.s3('s3://models/model'), {
        serveVersions: [1, 2],
      });

      if (definition.versions) expect(() => server({ model })).not.toThrow();
      else expect(() => server({ model })).toThrow('as it knows none');
    });

    test('names where it is let write, and nothing else can be written', () => {
      const { readOnlyRootFilesystem } = container().securityContext ?? {};
      expect(readOnlyRootFilesystem).toBe(definition.readOnlyRootFilesystem);
      expect(container().volumeMounts?.map(({ mountPath }) => mountPath)).toContain('/tmp');
    });
  },
);

describe.each(
  ServingEngine.all().flatMap((engine) =>
    Object.values(DeploymentMode).map((mode) => [engine.toString(), mode, engine] as const),
  ),
)('%s on KServe in mode %s', (_, mode, engine) => {
  const { definition } = engine;
  const chart = chartOf();
  const service = new InferenceService(chart, 'Service', {
    name: 'resnet',
    mode,
    predictor: {
      engine,
      model: ModelSource.s3('s3://models/resnet/'),
      memory: Size.gibibytes(8),
      ...(definition.images.cpu === undefined && { accelerator: Accelerator.nvidia(1) }),
    },
  });
  const text = JSON.stringify(chart.toJson());
  const { spec } = service.servingRuntime?.toJson() as { spec: PodSpec };

  test('is told that the model is at /mnt/models, under the name of the service', () => {
    expect(text).toContain('/mnt/models');
    expect(text).not.toMatch(/undefined|NaN|\/mnt\/models\/resnet/);
  });

  test('has the ports that the mode allows, and probes on those', () => {
    const [container] = spec.containers;
    const ports = (container?.ports ?? []).map(({ containerPort }) => containerPort);
    if (mode === DeploymentMode.KNATIVE) expect(ports).toHaveLength(1);
    else expect(ports).toContain(definition.ports.http);
    for (const probe of [
      container?.startupProbe,
      container?.readinessProbe,
      container?.livenessProbe,
    ])
      expect(ports).toContain(portOf(probe));
  });

  test('drains where nobody else does', () => {
    const drains = spec.containers[0]?.lifecycle?.preStop !== undefined;

    expect(drains).toBe(mode === DeploymentMode.STANDARD);
  });
});

function inputOf({
  definition,
}: ServingEngine): Parameters<ServingEngine['definition']['render']>[0] {
  const [format] = definition.formats;
  if (format === undefined) throw new Error('an engine without formats');
  return {
    models: [
      {
        name: 'resnet',
        location: '/mnt/models/resnet',
        format,
        serveVersions: undefined,
        hubRevision: undefined,
      },
    ],
    repository: '/mnt/models',
    ensembles: [],
    cpus: 2,
    threads: 2,
    accelerators: 0,
    batching: undefined,
    maxRequestBytes: undefined,
    tls: false,
    drainSeconds: 15,
  };
}

function portOf(probe: Probe | undefined): string | number | undefined {
  return probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port;
}

function target(probe: Probe | undefined): unknown {
  return probe?.httpGet ?? probe?.tcpSocket ?? probe?.grpc;
}
