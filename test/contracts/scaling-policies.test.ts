/*
 * Every policy with every engine: it is rendered with a query that Prometheus can read, or refused with the names of
 * those that work. A new policy must be added to the samples here, or the first test fails.
 */
import { Size } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  ConfigurationError,
  Cpu,
  Model,
  ModelFormat,
  ModelServer,
  ModelSource,
  RequestObserver,
  ScalingPolicy,
  ServingEngine,
} from 'inference-constructs';
import { chartOf } from '../support/charts';
import { promqlErrors } from '../support/promql';
import { objectOf } from '../support/scaled';

const SAMPLES: Readonly<Record<string, readonly ScalingPolicy[]>> = {
  cpuUtilization: [ScalingPolicy.cpuUtilization(50)],
  memoryUtilization: [ScalingPolicy.memoryUtilization(80)],
  requestsInFlight: [
    ScalingPolicy.requestsInFlight(4),
    ScalingPolicy.requestsInFlight(4, RequestObserver.envoyGateway('server')),
    ScalingPolicy.requestsInFlight(4, RequestObserver.istio('server')),
  ],
  requestsPerSecond: [ScalingPolicy.requestsPerSecond(50)],
  queueDepth: [ScalingPolicy.queueDepth(4)],
  gpuUtilization: [ScalingPolicy.gpuUtilization(80)],
  prometheusQuery: [
    ScalingPolicy.prometheusQuery({ name: 'jobs', query: 'sum(jobs)', target: 3, activation: 0 }),
  ],
  externalMetric: [ScalingPolicy.externalMetric({ name: 'jobs', target: 3 })],
  schedule: [
    ScalingPolicy.schedule({
      start: '0 8 * * 1-5',
      end: '0 18 * * 1-5',
      timezone: 'Europe/Berlin',
      replicas: 5,
    }),
  ],
};

test('there is a sample of every policy', () => {
  const made = Object.getOwnPropertyNames(ScalingPolicy).filter(
    (name) => typeof (ScalingPolicy as unknown as Record<string, unknown>)[name] === 'function',
  );

  expect(made.filter((name) => name !== 'prototype').sort()).toEqual(Object.keys(SAMPLES).sort());
});

describe.each(ServingEngine.all().map((engine) => [engine.toString(), engine] as const))(
  '%s',
  (_, engine) => {
    const server = (): ModelServer => {
      const gpu = engine.definition.images.nvidia !== undefined;
      const hub = engine.definition.formats[0] === ModelFormat.HUGGING_FACE;
      return new ModelServer(chartOf(), 'Server', {
        name: 'server',
        engine,
        model: hub
          ? Model.of('m', ModelSource.s3('s3://models/m/'), { size: Size.gibibytes(1) })
          : Model.of('m', ModelSource.s3('s3://models/m/'), { size: Size.mebibytes(100) }),
        cpu: Cpu.units(4),
        memory: Size.gibibytes(8),
        ...(gpu && { accelerator: Accelerator.nvidia(1) }),
      });
    };

    test.each(
      Object.values(SAMPLES)
        .flat()
        .map((policy, index) => [`${policy.toString()} (${index})`, policy] as const),
    )('%s is rendered, or refused with what works', (__, policy) => {
      const target = server();
      const scale = (): Autoscaling =>
        new Autoscaling(target, 'Scaling', {
          target,
          minReplicas: 2,
          maxReplicas: 9,
          policies: [policy],
        });
      let refused: ConfigurationError | undefined;
      try {
        scale();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        refused = error;
      }

      if (refused) {
        expect(refused.message).toMatch(
          /expected (one of .*cpuUtilization|a server with an accelerator)/,
        );
        return;
      }
      const chart = target.node.scope as ReturnType<typeof chartOf>;
      const made = [objectOf(chart, 'HorizontalPodAutoscaler'), objectOf(chart, 'ScaledObject')];
      expect(made.filter((object) => object !== undefined)).toHaveLength(1);
      const text = JSON.stringify(made);
      expect(text).not.toMatch(/undefined|NaN|\[object/);
      for (const query of queriesIn(made[1])) expect(promqlErrors(query)).toEqual([]);
    });
  },
);

test('the parser of queries finds what is wrong with one', () => {
  expect(promqlErrors('sum(rate(a{b="c"}[1m])')).not.toEqual([]);
});

function queriesIn(scaledObject: Record<string, unknown> | undefined): string[] {
  const { triggers = [] } = (scaledObject?.['spec'] ?? {}) as {
    triggers?: { metadata: { query?: string } }[];
  };
  return triggers.flatMap(({ metadata: { query } }) => query ?? []);
}
