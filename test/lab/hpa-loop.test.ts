/*
 * Replicas that follow load, by Kubernetes' own controllers: kwok plays kubelets whose pods use what a load makes them
 * use, metrics-server reads them, and the controller manager scales the committed Deployment by the committed
 * HorizontalPodAutoscaler. Time runs faster: all periods of both are divided by the same number.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { pools } from '../../stacks/eks-spot-resnet/pools';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';
import { metricsPath } from './support/metrics-server';
import { nodeOf } from './support/nodes';
import { isReady } from './support/pods';
import { savePlot } from './support/plot';
import { pause, until } from './support/processes';

/** How many times faster than in a cluster. */
const SPEED = 10;

/** Periods of the controller manager in a cluster, in seconds. */
const PERIODS = {
  'sync-period': 15,
  'initial-readiness-delay': 30,
  'cpu-initialization-period': 300,
};

const cluster = controlPlane({
  usage: true,
  controllerManager: Object.entries(PERIODS).map(
    ([name, seconds]) => `--horizontal-pod-autoscaler-${name}=${(seconds * 1000) / SPEED}ms`,
  ),
});

const ROOT = join(__dirname, '..', '..');
const NAMESPACE = 'serving';
const TARGET = 50;
const TOLERANCE = 0.1;

/** What a replica requests and may use at most, in cores. */
const REQUEST = 2;
const LIMIT = 4;

/** All of the load, in cores: a share of what 50 replicas request. */
const coresOf = (percent: number): number => (50 * REQUEST * percent) / 100;

interface Sample {
  readonly seconds: number;
  readonly cores: number;
  readonly ready: number;
  readonly current: number;
  readonly desired: number;
  readonly utilization: number;
}

interface Behavior {
  stabilizationWindowSeconds: number;
  policies: { type: string; value: number; periodSeconds: number }[];
}

function committed(): KubeObject[] {
  const folder = join(ROOT, 'manifests', 'eks-spot-resnet');
  return readdirSync(folder)
    .filter((file) => !file.includes('nodes'))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject);
}

/** The same autoscaler in a world that runs faster. */
function faster(autoscaler: KubeObject): { object: KubeObject; up: Behavior; down: Behavior } {
  const { behavior } = autoscaler.spec as unknown as {
    behavior: { scaleUp: Behavior; scaleDown: Behavior };
  };
  const shorten = ({ policies, stabilizationWindowSeconds, ...rest }: Behavior): Behavior => ({
    ...rest,
    stabilizationWindowSeconds: Math.round(stabilizationWindowSeconds / SPEED),
    policies: policies.map((policy) => ({
      ...policy,
      periodSeconds: Math.max(1, Math.round(policy.periodSeconds / SPEED)),
    })),
  });
  const [up, down] = [shorten(behavior.scaleUp), shorten(behavior.scaleDown)];
  const spec = { ...autoscaler.spec, behavior: { scaleUp: up, scaleDown: down } };
  return { object: { ...autoscaler, spec }, up, down };
}

describeWithCluster('the HorizontalPodAutoscaler of eks-spot-resnet', () => {
  const objects = committed();
  const rendered = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
  if (rendered === undefined) throw new Error('no autoscaler is committed');
  const { object: autoscaler, up, down } = faster(rendered);
  const samples: Sample[] = [];
  let started = 0;
  let cores = coresOf(10);
  let running = true;
  let driver: Promise<void> | undefined;

  const podsPath = `/api/v1/namespaces/${NAMESPACE}/pods`;

  /** Spreads the load over the pods that are ready, and notes what the autoscaler makes of it. */
  async function tick(): Promise<void> {
    const pods = (await cluster.client.list(podsPath)).filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
    const ready = pods.filter(isReady);
    const each = Math.min(LIMIT, cores / Math.max(1, ready.length));
    const usage = `${Math.round(each * 1000)}m`;
    await Promise.all(
      ready
        .filter(({ metadata }) => metadata.annotations?.['kwok.x-k8s.io/usage-cpu'] !== usage)
        .map(({ metadata: { name } }) =>
          cluster.client.request(
            'PATCH',
            `${podsPath}/${name}`,
            { metadata: { annotations: { 'kwok.x-k8s.io/usage-cpu': usage } } },
            'application/merge-patch+json',
          ),
        ),
    );
    const status = (await cluster.client.get(autoscaler)).status as unknown as {
      currentReplicas?: number;
      desiredReplicas?: number;
      currentMetrics?: { containerResource?: { current: { averageUtilization?: number } } }[];
    };
    samples.push({
      seconds: (performance.now() - started) / 1000,
      cores,
      ready: ready.length,
      current: status.currentReplicas ?? 0,
      desired: status.desiredReplicas ?? 0,
      utilization: status.currentMetrics?.[0]?.containerResource?.current.averageUtilization ?? 0,
    });
  }

  const last = (): Sample => samples[samples.length - 1] as Sample;

  /** Changes the load, and waits until the replicas have been the same, as `settled`, for a while. */
  async function load(
    percent: number,
    seconds: number,
    settled: (sample: Sample) => boolean,
  ): Promise<void> {
    cores = coresOf(percent);
    let since = performance.now();
    await until(
      `the replicas follow a load of ${percent} %: ${JSON.stringify(last())}`,
      seconds,
      () => {
        if (!settled(last())) since = performance.now();
        return Promise.resolve(performance.now() - since > 8_000);
      },
    );
  }

  beforeAll(async () => {
    await installDefinitions(cluster.client);
    for (const pool of [pools.spot4x16, pools.spot8x32])
      for (let index = 0; index < pool.max; index += 1)
        await cluster.client.create(nodeOf(pool, index, metricsPath));
    for (const object of objects)
      await cluster.client.apply(object.kind === rendered.kind ? autoscaler : object);
    started = performance.now();
    driver = (async () => {
      while (running) {
        await tick();
        await pause(500);
      }
    })();
  }, 120_000);

  afterAll(async () => {
    running = false;
    await driver;
    save(samples);
  });

  test('takes 20 replicas to 90 and back as the load goes from 10 % to 90 % and back', async () => {
    await load(
      10,
      120,
      ({ ready, desired, utilization }) => ready === 20 && desired === 20 && utilization > 0,
    );
    const quiet = samples.length;
    // 90 cores at half of 2 cores each are 90 replicas, within the tolerance of the controller.
    await load(90, 240, ({ ready, desired }) => ready === desired && ready >= 90 / (1 + TOLERANCE));
    expect(last().ready).toBeGreaterThanOrEqual(Math.floor(90 / (1 + TOLERANCE)));
    expect(last().ready).toBeLessThanOrEqual(100);
    const dropped = last().seconds;
    await load(10, 240, ({ ready, desired }) => ready === 20 && desired === 20);

    const least = Math.min(...samples.slice(quiet).map(({ desired }) => desired));
    expect(least).toBe(20);
    expect(Math.max(...samples.map(({ desired }) => desired))).toBeLessThanOrEqual(100);
    const calm = samples.filter(
      ({ seconds }) => seconds > dropped && seconds < dropped + down.stabilizationWindowSeconds - 2,
    );
    expect(new Set(calm.map(({ desired }) => desired)).size).toBe(1);
  }, 600_000);

  test('never asks for more than the formula does', () => {
    const beyond = samples.filter((sample, index) => {
      const recent = samples.slice(Math.max(0, index - 6), index + 1);
      const asked = recent.map(({ current, utilization }) =>
        Math.ceil((current * utilization) / TARGET),
      );
      return sample.desired > Math.max(20, ...asked, ...recent.map(({ current }) => current));
    });

    expect(beyond).toEqual([]);
  });

  test('adds and removes no faster than its policies say', () => {
    const steps = samples.flatMap((sample, index) => {
      const before = samples[index - 1];
      return before && before.desired > 0 && before.desired !== sample.desired
        ? [{ from: before.desired, to: sample.desired, seconds: sample.seconds }]
        : [];
    });
    const within = (period: number, at: number): number[] =>
      samples
        .filter(({ seconds, desired }) => desired > 0 && seconds <= at && seconds > at - period)
        .map(({ desired }) => desired);
    const valueOf = ({ policies }: Behavior, type: string): number =>
      policies.find((policy) => policy.type === type)?.value ?? 0;

    expect(steps.length).toBeGreaterThan(6);
    for (const { from, to, seconds } of steps) {
      const behavior = to > from ? up : down;
      const period = behavior.policies[0]?.periodSeconds ?? 0;
      // A sample is taken every half second: the window is as much shorter.
      const start = within(Math.max(0.6, period - 1), seconds);
      if (to > from) {
        const least = Math.min(from, ...start);
        const percent = Math.ceil(least * (1 + valueOf(up, 'Percent') / 100));
        expect(to).toBeLessThanOrEqual(Math.max(percent, least + valueOf(up, 'Pods')));
      } else {
        const most = Math.max(from, ...start);
        const percent = Math.floor(most * (1 - valueOf(down, 'Percent') / 100));
        expect(to).toBeGreaterThanOrEqual(Math.min(percent, most - valueOf(down, 'Pods')));
      }
    }
  });
});

/** Keeps the series, and draws it. */
function save(samples: readonly Sample[]): void {
  const line = (of: (sample: Sample) => number): [number, number][] =>
    samples.map((sample) => [Math.round(sample.seconds * SPEED) / 60, of(sample)]);
  savePlot('hpa-loop', {
    title: `eks-spot-resnet on a real control plane, ${SPEED} times as fast`,
    x: 'minutes of a cluster',
    y: 'replicas, and percent of the load',
    series: {
      'load (% of 50 replicas)': line(({ cores }) => (cores / (50 * REQUEST)) * 100),
      'replicas wanted': line(({ desired }) => desired),
      'replicas ready': line(({ ready }) => ready),
    },
  });
}
