/*
 * Knative's autoscaler, simulated: numbers that can be worked out by hand. That every decision is Knative's own, the lab
 * shows against its code.
 */
import { Duration } from 'cdk8s';
import { DeploymentMode, ScalingPolicy, type ComponentScaling } from 'inference-constructs';
import { drawLoad, knativeTable } from '../../.tools/simulate/knative';
import { KnativeDecider } from '../../lib/serverless/knative-decider';
import {
  secondsUntilZero,
  simulateKnative,
  simulatedService,
  type SimulatedService,
} from '../../lib/serverless/knative-simulation';
import { resolveScaling } from '../../lib/serverless/resolve-scaling';
import { WindowAverage } from '../../lib/serverless/window-average';

function service(scaling: ComponentScaling = {}, startSeconds = 10): SimulatedService {
  const resolved = resolveScaling(
    DeploymentMode.KNATIVE,
    { maxReplicas: 100, scaleDownDelay: Duration.seconds(0), ...scaling },
    Infinity,
  );
  return simulatedService(resolved, startSeconds);
}

const steady = (requests: number, seconds: number): number[] =>
  Array.from({ length: seconds }, () => requests);

describe('settings', () => {
  test('are those of Knative where nothing is said', () => {
    expect(service()).toMatchObject({
      target: 70,
      total: 100,
      window: 60,
      panicWindow: 6,
      panicThreshold: 2,
      burstCapacity: 211,
    });
  });

  test.each<[string, ComponentScaling, number]>([
    ['a target at 70 %', { policy: ScalingPolicy.requestsInFlight(10) }, 7],
    [
      'the hard limit where it is lower',
      { policy: ScalingPolicy.requestsInFlight(10), concurrencyLimit: 10 },
      7,
    ],
    ['the hard limit where there is no target', { concurrencyLimit: 4 }, 2.8],
    [
      'a share of its own',
      { policy: ScalingPolicy.requestsInFlight(10), knative: { targetUtilizationPercent: 90 } },
      9,
    ],
    ['200 requests a second', { policy: ScalingPolicy.requestsPerSecond(200) }, 140],
  ])('keep replicas at %s', (_, scaling, target) => {
    expect(service(scaling).target).toBeCloseTo(target, 9);
  });

  test('round the panic window to seconds, one at the least', () => {
    const panicWindow = (seconds: number, percent: number): number =>
      service({ knative: { window: Duration.seconds(seconds), panicWindowPercent: percent } })
        .panicWindow;

    expect([panicWindow(60, 10), panicWindow(6, 1), panicWindow(45, 10)]).toEqual([6, 1, 5]);
  });
});

describe('averages', () => {
  test('are over as many seconds as there has been anything', () => {
    const average = new WindowAverage(60);
    [10, 10, 4].forEach((value, second) => average.record(second, value));

    expect(average.at(2)).toBe(8);
  });

  test('leave out what is too old, and start anew after a silent window', () => {
    const average = new WindowAverage(4);
    [8, 8, 2, 2].forEach((value, second) => average.record(second, value));
    expect(average.at(3)).toBe(5);
    // Two seconds of silence: the two oldest are out.
    expect(average.at(5)).toBe(2);
    expect(average.at(7)).toBe(0);
    average.record(20, 6);
    expect(average.at(20)).toBe(6);
  });
});

describe('replicas', () => {
  test('follow a steady load at once, and are its share of the target', () => {
    const { ready } = simulateKnative(
      steady(21, 120),
      service({ policy: ScalingPolicy.requestsInFlight(10) }),
    );

    // 21 requests at 7 for each.
    expect(ready[119]).toBe(3);
    expect(ready.findIndex((replicas) => replicas === 3)).toBe(10);
  });

  test('panic at twice what they are for, and are not taken away for a window', () => {
    const load = [...steady(5, 60), ...steady(70, 20), ...steady(5, 200)];
    const { asked, panicSeconds } = simulateKnative(
      load,
      service({ policy: ScalingPolicy.requestsInFlight(10) }, 5),
    );

    // The average of 6 s reaches 14, twice of 7, within two seconds of the burst.
    expect(asked[62]).toBeGreaterThanOrEqual(4);
    expect(Math.max(...asked)).toBe(10);
    // Ten for the burst, and for the window after the panic was last confirmed.
    expect(asked[100]).toBe(10);
    expect(asked[279]).toBe(1);
    expect(panicSeconds).toBeGreaterThan(60);
  });

  test('go no faster than by half at a time', () => {
    const load = [...steady(700, 120), ...steady(0, 200)];
    const { asked } = simulateKnative(
      load,
      service({ policy: ScalingPolicy.requestsInFlight(10) }, 1),
    );
    const steps = asked
      .slice(120)
      .filter((replicas, second, all) => replicas < (all[second - 1] ?? 1e9));

    for (const [index, replicas] of steps.slice(1).entries())
      expect(replicas).toBeGreaterThanOrEqual(Math.floor((steps[index] ?? 0) / 2));
  });

  test('stay for the delay of scaling down', () => {
    const load = [...steady(14, 60), ...steady(1, 200)];
    const goneAt = (seconds: number): number => {
      const { asked } = simulateKnative(
        load,
        service({
          policy: ScalingPolicy.requestsInFlight(10),
          scaleDownDelay: Duration.seconds(seconds),
        }),
      );
      return asked.findIndex((replicas, second) => second > 60 && replicas === 1);
    };

    expect(goneAt(60) - goneAt(0)).toBeGreaterThanOrEqual(58);
    expect(goneAt(60) - goneAt(0)).toBeLessThanOrEqual(60);
  });

  test('are at least as many as wake together, and at most the most', () => {
    const scaling = { minReplicas: 0, maxReplicas: 4, knative: { activationReplicas: 3 } };
    const { asked } = simulateKnative(
      [...steady(0, 200), ...steady(1, 60), ...steady(9000, 60)],
      service(scaling),
    );

    expect(asked[199]).toBe(0);
    expect(asked[259]).toBe(3);
    expect(asked[319]).toBe(4);
  });
});

describe('to zero', () => {
  test.each<[string, ComponentScaling, number]>([
    ['a window after the last request', {}, 60],
    ['and after the delay of scaling down', { scaleDownDelay: Duration.seconds(30) }, 90],
    ['later with a longer window', { knative: { window: Duration.seconds(120) } }, 120],
    ['and after its retention', { knative: { lastReplicaRetention: Duration.seconds(120) } }, 180],
    [
      'not before the activator has been in the way for its grace',
      { policy: ScalingPolicy.requestsInFlight(100), knative: { targetBurstCapacity: 0 } },
      90,
    ],
  ])('it goes %s', (_, scaling, seconds) => {
    const found = secondsUntilZero(service({ minReplicas: 0, ...scaling }));

    // A decision every two seconds.
    expect(found).toBeGreaterThanOrEqual(seconds);
    expect(found).toBeLessThanOrEqual(seconds + 4);
  });

  test('it never goes where one replica must be', () => {
    expect(secondsUntilZero(service({ minReplicas: 1 }))).toBe(Infinity);
  });

  test('the first request after a pause waits for a replica, once', () => {
    const load = [...steady(1, 60), ...steady(0, 300), ...steady(1, 60)];
    const { coldStarts, coldSeconds, ready } = simulateKnative(
      load,
      service({ minReplicas: 0 }, 20),
    );

    expect(coldStarts).toBe(1);
    expect(coldSeconds).toBe(20);
    expect(ready[359]).toBe(0);
    expect(ready[380]).toBe(1);
  });
});

test('nothing is decided before there is anything to go by', () => {
  expect(new KnativeDecider(service()).decide(0, 0)).toBeUndefined();
});

test('a made-up day costs less to zero, and its first requests wait', () => {
  expect(knativeTable(drawLoad(1))).toMatchSnapshot();
});
