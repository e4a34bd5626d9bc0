/*
 * Knative's own code as judge: its autoscaler for the simulation of it, its webhook for the pods that mode KNATIVE
 * makes of engines.
 */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Cpu,
  DeploymentMode,
  InferenceService,
  KnativeFeature,
  ModelSource,
  NodePool,
  Protocol,
  ScalingPolicy,
  ServingEngine,
  type InferenceServiceProps,
} from 'inference-constructs';
import {
  KnativeDecider,
  TICK_SECONDS,
  type DeciderSettings,
} from '../../lib/serverless/knative-decider';
import { simulateKnative, type SimulatedService } from '../../lib/serverless/knative-simulation';
import { chartOf } from '../support/charts';
import { knativeServicesOf } from '../support/knative-service';
import { installed, program } from './support/lab-home';

function ask<In, Out>(command: 'autoscale' | 'validate', inputs: readonly In[]): Out[] {
  const out = execFileSync(program('knative'), [command], {
    input: JSON.stringify(inputs),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return JSON.parse(out) as Out[];
}

interface Run extends DeciderSettings {
  readonly load: readonly number[];
  readonly ready: readonly number[];
}

interface Decided {
  readonly second: number;
  readonly replicas: number;
  readonly excessBurstCapacity: number;
}

/** What our decider says to the same load and the same replicas. */
function decide({ load, ready, ...settings }: Run): Decided[] {
  const decider = new KnativeDecider(settings);
  return load.flatMap((requests, second) => {
    const replicas = ready[second] ?? 0;
    if (requests > 0 || replicas > 0) decider.record(second, requests);
    if (second % TICK_SECONDS !== 0) return [];
    const decision = decider.decide(second, replicas);
    return decision
      ? [{ second, replicas: decision.replicas, excessBurstCapacity: decision.excessBurstCapacity }]
      : [];
  });
}

const settings: fc.Arbitrary<SimulatedService> = fc
  .record({
    total: fc.integer({ min: 1, max: 200 }),
    percent: fc.constantFrom(50, 70, 75, 100),
    window: fc.constantFrom(6, 10, 30, 60, 120),
    panicPercent: fc.constantFrom(10, 20, 50, 100),
    panicThreshold: fc.constantFrom(1.1, 2, 5),
    burstCapacity: fc.constantFrom(-1, 0, 10, 211),
    scaleDownDelay: fc.constantFrom(0, 10, 30, 60),
    activationReplicas: fc.constantFrom(1, 3),
    minReplicas: fc.constantFrom(0, 1, 2),
    startSeconds: fc.constantFrom(1, 15, 60),
    retention: fc.constantFrom(0, 60),
  })
  .map(({ percent, panicPercent, ...rest }) => ({
    ...rest,
    target: Math.max(0.01, (rest.total * percent) / 100),
    panicWindow: Math.max(1, Math.round((rest.window * panicPercent) / 100)),
    maxReplicas: 1000,
    initialReplicas: 1,
  }));

/** Pauses, plateaus, ramps and bursts. */
const load: fc.Arbitrary<number[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('pause', 'plateau', 'ramp', 'noise'),
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 0, max: 1_000_000 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) =>
    parts.flatMap(([shape, seconds, height, seed]) =>
      Array.from({ length: seconds }, (_, second) => {
        if (shape === 'pause') return 0;
        if (shape === 'plateau') return height;
        if (shape === 'ramp') return Math.floor((height * second) / seconds);
        return (seed * (second + 7)) % (height + 1);
      }),
    ),
  );

(installed('knative') ? describe : describe.skip)('Knative', () => {
  test('asks for as many replicas as the simulation says, at every tick of every run', () => {
    const runs: Run[] = fc
      .sample(fc.tuple(settings, load), { numRuns: 400, seed: 20261124 })
      .map(([service, requests]) => ({
        ...service,
        load: requests,
        // As the simulation has it, with what starts and what goes.
        ready: simulateKnative(requests, service).ready,
      }));

    const theirs = ask<Run, Decided[]>('autoscale', runs);

    const ticks = theirs.flat().length;
    expect(ticks).toBeGreaterThan(20_000);
    runs.forEach((run, index) => {
      expect({ run: index, decided: decide(run) }).toEqual({
        run: index,
        decided: theirs[index],
      });
    });
    console.log(`compared ${runs.length} runs, ${ticks} decisions`);
  });

  const pools = [
    NodePool.gkeSpot('spot', { instanceTypes: ['n2-standard-8'], min: 0, max: 4 }),
    NodePool.gkeOnDemand('fallback', { instanceTypes: ['n2-standard-8'], min: 0, max: 4 }),
  ];
  const knative = { features: [KnativeFeature.AFFINITY, KnativeFeature.TOLERATIONS] };

  /** What its webhook says of the Services that KServe makes. */
  function refusals(
    changes: Partial<InferenceServiceProps>,
    features: readonly KnativeFeature[],
  ): string[] {
    const chart = chartOf();
    new InferenceService(chart, 'Service', {
      name: 'resnet',
      mode: DeploymentMode.KNATIVE,
      predictor: {
        engine: ServingEngine.TRITON,
        model: ModelSource.s3('s3://models/resnet/'),
        memory: Size.gibibytes(4),
      },
      ...changes,
    });
    const services = knativeServicesOf(
      chart.toJson() as { kind: string; metadata: { name: string } }[],
    );
    const flags = Object.fromEntries(features.map((feature) => [feature, 'enabled']));
    return ask<object, string[]>(
      'validate',
      services.map((service) => ({ features: flags, service })),
    ).flat();
  }

  const engines = ServingEngine.all().flatMap((engine) =>
    engine.definition.protocols
      .filter(
        (protocol) =>
          engine.definition.grpcHealth === true ||
          ![Protocol.TFS_GRPC, Protocol.KSERVE_V2_GRPC].includes(protocol),
      )
      .map((protocol) => [engine.toString(), protocol, engine] as const),
  );

  test.each(engines)('takes the pods of %s that speak %s', (_, protocol, engine) => {
    const gpu = engine.definition.images.cpu === undefined;
    const predictor = {
      engine,
      protocol,
      model: ModelSource.s3('s3://models/resnet/'),
      cpu: Cpu.units(2),
      memory: Size.gibibytes(8),
      ...(gpu && { accelerator: Accelerator.nvidia(1) }),
    };

    expect(refusals({ predictor }, [])).toEqual([]);
  });

  test('takes transformers, explainers, settings of its autoscaler, and placement with the feature flags', () => {
    const container = { image: 'registry.example.com/transformer:1.0.0' };
    const changes: Partial<InferenceServiceProps> = {
      predictor: {
        engine: ServingEngine.TENSORFLOW_SERVING,
        model: ModelSource.gcs('gs://models/flowers/'),
        modelSize: Size.gibibytes(5),
        placement: pools,
      },
      transformer: { container },
      explainer: { container },
      knative,
      scaling: {
        minReplicas: 0,
        maxReplicas: 5,
        policy: ScalingPolicy.requestsInFlight(10),
        concurrencyLimit: 20,
        scaleDownDelay: Duration.minutes(1),
        knative: {
          targetUtilizationPercent: 80,
          window: Duration.seconds(30),
          panicWindowPercent: 20,
          panicThresholdPercent: 300,
          targetBurstCapacity: 0,
          initialReplicas: 2,
          activationReplicas: 2,
          lastReplicaRetention: Duration.minutes(2),
        },
      },
    };

    expect(refusals(changes, knative.features)).toEqual([]);
    // As said at synth: without the flags it refuses what placement needs.
    expect(refusals(changes, []).join()).toMatch(/must not set the field\(s\): .*affinity/);
  });

  test('refuses what the checks say that it refuses', () => {
    const transform: InferenceServiceProps['transform'] = (object) => ({
      ...object,
      spec: {
        predictor: {
          ...(object.spec as { predictor: object }).predictor,
          annotations: { 'autoscaling.knative.dev/window': '5s' },
          timeout: 601,
          containerConcurrency: 1001,
        },
      },
    });

    const said = refusals({ transform }, []).join();
    for (const bound of ['6s <= 5s', '601 <= 600', '1001 <= 1000']) expect(said).toContain(bound);
  });
});
