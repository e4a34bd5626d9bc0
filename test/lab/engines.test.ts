/*
 * Real model servers, started with exactly what is rendered for them: probes, an inference with the right
 * numbers, and an end in which no request is lost.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Size } from 'cdk8s';
import {
  Batching,
  Cpu,
  Ensemble,
  Model,
  ModelFormat,
  ModelSource,
  ServingEngine,
  TensorType,
} from 'inference-constructs';
import { InferenceClient, grpcHealth } from './support/inference-client';
import { LAB_HOME, installed } from './support/lab-home';
import { PodProcess } from './support/pod-process';
import { pause } from './support/processes';
import { tritonIn, writeModel } from './support/triton';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-engine-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Twice the numbers and one more, after as many seconds as the first number says. */
const SLOW_MODEL = `
import time
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.add_input({"name": "x", "data_type": "TYPE_FP32", "dims": [-1]})
        config.add_output({"name": "y", "data_type": "TYPE_FP32", "dims": [-1]})
        return config

    def execute(self, requests):
        inputs = [pb_utils.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]
        time.sleep(max(float(x.flat[0]) for x in inputs))
        return [pb_utils.InferenceResponse([pb_utils.Tensor("y", 2 * x + 1)]) for x in inputs]
`;

/** The model above, applied to its own answer. */
const TWICE = Ensemble.of('twice', {
  inputs: [{ name: 'x', type: TensorType.FP32, shape: [-1] }],
  outputs: [{ name: 'z', type: TensorType.FP32, shape: [-1] }],
  steps: [
    { model: 'slow', inputs: { x: 'x' }, outputs: { y: 'between' } },
    { model: 'slow', inputs: { x: 'between' }, outputs: { y: 'z' } },
  ],
  maxBatchSize: 8,
});

(installed('triton') ? describe : describe.skip)('Triton', () => {
  function startTriton(): PodProcess {
    writeModel(folder, 'slow', SLOW_MODEL);
    return new PodProcess(
      {
        name: 'triton',
        engine: ServingEngine.TRITON,
        model: Model.of('slow', ModelSource.s3('s3://models/slow'), { format: ModelFormat.PYTHON }),
        cpu: Cpu.units(2),
        memory: Size.gibibytes(4),
        batching: Batching.of(8, Duration.millis(2)),
        ensembles: [TWICE],
      },
      {
        ...tritonIn(folder),
      },
    );
  }

  test('starts, answers, and loses no request when it is stopped', async () => {
    const pod = startTriton();
    try {
      await pod.started();
      expect(await pod.probe('readinessProbe')).toBe(true);
      expect(await pod.probe('livenessProbe')).toBe(true);

      // By which Knative, with one port of a pod, tells whether it is ready.
      expect(ServingEngine.TRITON.definition.grpcHealth).toBe(true);
      expect(await grpcHealth(`127.0.0.1:${pod.port('grpc')}`)).toBe(1);
      const client = new InferenceClient(`127.0.0.1:${pod.port('grpc')}`);
      expect(await client.infer('slow', 'x', [[0, 3, 4.5]])).toEqual([1, 7, 10]);
      expect(await client.infer('twice', 'x', [[0, 3]])).toEqual([3, 15]);

      const { answers, end } = await stopUnderLoad(pod, () => client.infer('slow', 'x', [[2, 5]]));
      client.close();
      expect(answers).toEqual(Array.from({ length: 4 }, () => [5, 11]));
      expect(end.killed).toBe(false);
      expect(end.seconds).toBeLessThanOrEqual(end.grace);
    } finally {
      pod.kill();
    }
  });

  test('exports its metrics on the port that monitoring is let in to', async () => {
    const pod = startTriton();
    try {
      await pod.started();
      expect(await metricsOf(pod, ServingEngine.TRITON)).toEqual(
        expect.arrayContaining(metricsAskedOf(ServingEngine.TRITON)),
      );
    } finally {
      pod.kill();
    }
  });
});

/** A forest that takes its time for many rows. */
const TRAIN = `
import sys, joblib, numpy
from sklearn.ensemble import RandomForestRegressor
rows = numpy.random.RandomState(0).rand(200, 4)
model = RandomForestRegressor(n_estimators=400, random_state=0, n_jobs=1).fit(rows, rows.sum(axis=1))
joblib.dump(model, sys.argv[1])
print(model.predict(numpy.array([[0.25, 0.5, 0.75, 0.5]], dtype="float32"))[0])
`;

(installed('mlserver') ? describe : describe.skip)('MLServer', () => {
  test('starts, answers, and goes on answering for as long as load balancers may not know that it stops', async () => {
    const bin = join(LAB_HOME, 'venv-mlserver', 'bin');
    mkdirSync(join(folder, 'mnt/models/forest'), { recursive: true });
    const expected = Number(
      execFileSync(
        join(bin, 'python'),
        ['-c', TRAIN, join(folder, 'mnt/models/forest/model.joblib')],
        { encoding: 'utf8' },
      ),
    );
    const pod = new PodProcess(
      {
        name: 'forest',
        engine: ServingEngine.MLSERVER,
        model: Model.of('forest', ModelSource.s3('s3://models/forest'), {
          format: ModelFormat.SCIKIT_LEARN,
        }),
        cpu: Cpu.units(2),
        memory: Size.gibibytes(2),
      },
      { folder, program: [join(bin, 'mlserver')] },
    );
    try {
      await pod.started();
      expect(await pod.probe('readinessProbe')).toBe(true);
      expect(await pod.probe('livenessProbe')).toBe(true);

      const client = new InferenceClient(`127.0.0.1:${pod.port('grpc')}`);
      const row = [0.25, 0.5, 0.75, 0.5];
      const [answer = NaN] = await client.infer('forest', 'x', [row]);
      expect(answer).toBeCloseTo(expected, 6);

      expect(await metricsOf(pod, ServingEngine.MLSERVER)).toEqual(
        expect.arrayContaining(metricsAskedOf(ServingEngine.MLSERVER)),
      );

      // It closes its workers on SIGTERM: what counts is that it serves until then, after the order to stop.
      const rows = Array.from({ length: 2000 }, () => row);
      let signalled = false;
      const end = pod.terminate(() => {
        signalled = true;
        return Promise.resolve();
      });
      const answers: number[] = [];
      for (let second = 0; second < 10; second += 1) {
        answers.push((await client.infer('forest', 'x', rows)).length);
        await pause(1000);
      }
      client.close();
      expect(signalled).toBe(false);
      expect(answers).toEqual(Array.from({ length: 10 }, () => 2000));
      const { killed, seconds, grace } = await end;
      expect(killed).toBe(false);
      expect(seconds).toBeLessThanOrEqual(grace);
    } finally {
      pod.kill();
    }
  });
});

/** Names of the metrics that a server exports, where monitoring is let in to them. */
async function metricsOf(pod: PodProcess, { definition }: ServingEngine): Promise<string[]> {
  const path = definition.metrics?.path ?? '';
  const response = await fetch(`http://127.0.0.1:${pod.port('metrics')}${path}`);
  const lines = (await response.text()).split('\n').filter((line) => !line.startsWith('#'));
  return [...new Set(lines.map((line) => /^[\w:]+/.exec(line)?.[0] ?? ''))];
}

/** Names of the metrics that autoscalers ask the engine for. */
function metricsAskedOf({ definition: { load } }: ServingEngine): string[] {
  const pods = 'a="b"';
  const queries = [
    load?.inFlight?.(pods),
    load?.queued?.(pods),
    load?.succeeded?.(pods, '1m'),
    load?.failed?.(pods, '1m'),
  ];
  const names = queries.flatMap((query) => [...(query ?? '').matchAll(/([\w:]+)\{/g)]);
  expect(names.length).toBeGreaterThan(0);
  return names.map(([, name = '']) => name);
}

/** Stops the pod while four requests are being computed; clients may reach it until the signal. */
async function stopUnderLoad<T>(
  pod: PodProcess,
  call: () => Promise<T>,
): Promise<{
  readonly answers: readonly (T | string)[];
  readonly end: Awaited<ReturnType<PodProcess['terminate']>>;
}> {
  let calls: Promise<T | string>[] = [];
  let open = 4;
  const end = await pod.terminate(async () => {
    calls = Array.from({ length: 4 }, () =>
      call()
        .catch(String)
        .finally(() => (open -= 1)),
    );
    await pause(100);
    // Otherwise nothing would be in flight when the signal comes, and the test could not fail.
    expect(open).toBeGreaterThan(0);
  });
  return { answers: await Promise.all(calls), end };
}
