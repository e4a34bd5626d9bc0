/*
 * Payloads from a model to its detector, on loopback: the predictor of a service as rendered in a real MLServer, its
 * payload log as rendered in the engine of Redpanda Connect, CloudEvents in between, and a detector that finds what has
 * changed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import {
  Cpu,
  DeploymentMode,
  Detector,
  InferenceService,
  ModelSource,
  PayloadLog,
  ServingEngine,
} from 'inference-constructs';
import type { ConfigMap, PodSpec } from 'kubernetes-types/core/v1';
import { chartOf } from '../support/charts';
import type { KubeObject } from './support/kube-client';
import { LAB_HOME, installed, program } from './support/lab-home';
import { PayloadAgent } from './support/payload-agent';
import { PodProcess } from './support/pod-process';
import { freePorts, kill, start, until, type Running } from './support/processes';

/** A model of four features, and the data that it was trained on. */
const TRAIN = `
import sys, joblib, numpy
from sklearn.linear_model import LinearRegression
rows = numpy.random.RandomState(0).normal(size=(2000, 4))
joblib.dump(LinearRegression().fit(rows, rows.sum(axis=1)), sys.argv[1])
numpy.save(sys.argv[2], rows)
`;

const describeWithParts = installed('mlserver', 'benthos') ? describe : describe.skip;

describeWithParts('payloads', () => {
  const python = join(LAB_HOME, 'venv-mlserver', 'bin', 'python');
  let folder = '';
  let predictor: PodProcess;
  let receiver: Running;
  let detector: Running;
  let agent: PayloadAgent;
  let ports: Readonly<Record<'log' | 'status' | 'detector', number>>;

  /** As the manifests have it; only addresses are those of this machine. */
  function objects(): KubeObject[] {
    const chart = chartOf('serving');
    const log = new PayloadLog(chart, 'Payloads', { name: 'payloads' });
    const watches = new InferenceService(chart, 'Income', {
      name: 'income',
      mode: DeploymentMode.STANDARD,
      predictor: {
        engine: ServingEngine.MLSERVER,
        model: ModelSource.s3('s3://models/income/'),
        modelSize: Size.mebibytes(1),
      },
      payloadLogging: { sink: log },
    });
    new Detector(chart, 'Drift', {
      name: 'income-drift',
      watches,
      log,
      container: {
        image: 'registry.example.com/drift:1.0.0',
        readyPath: '/ready',
        livePath: '/live',
      },
      model: ModelSource.s3('s3://models/income-reference/'),
      cpu: Cpu.units(1),
      memory: Size.gibibytes(1),
    });
    return chart.toJson() as KubeObject[];
  }

  function find(made: readonly KubeObject[], kind: string, name: string): KubeObject {
    const object = made.find((one) => one.kind === kind && one.metadata.name === name);
    if (object === undefined) throw new Error(`no ${kind} ${name}`);
    return object;
  }

  function startReceiver(made: readonly KubeObject[]): Running {
    const { data = {} } = find(made, 'ConfigMap', 'payloads') as ConfigMap;
    const pipeline = (data['pipeline.yaml'] ?? '')
      .replace('0.0.0.0:8080', `127.0.0.1:${ports.log}`)
      .replace('0.0.0.0:4195', `127.0.0.1:${ports.status}`)
      .replace(
        'http://income-drift.serving.svc.cluster.local:8080/',
        `http://127.0.0.1:${ports.detector}/`,
      );
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline);
    return start(folder, 'receiver', program('benthos'), ['run', join(folder, 'pipeline.yaml')]);
  }

  /** With the environment that the manifest gives it. */
  function startDetector(made: readonly KubeObject[]): Running {
    const { template } = find(made, 'Deployment', 'income-drift').spec as {
      template: { spec: PodSpec };
    };
    const [container] = template.spec.containers;
    const mounted = container?.volumeMounts?.map(({ mountPath }) => mountPath);
    expect(mounted).toContain('/mnt/models/detector');
    const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    const script = join(__dirname, 'support', 'drift-detector.py');
    const environment = { ...process.env, ...env, PORT: String(ports.detector) };
    return start(folder, 'detector', python, [script, join(folder, 'reference')], environment);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lab-payloads-'));
    mkdirSync(join(folder, 'mnt/models'), { recursive: true });
    mkdirSync(join(folder, 'reference'));
    const [log = 0, status = 0, own = 0] = await freePorts(3);
    ports = { log, status, detector: own };
    execFileSync(python, [
      '-c',
      TRAIN,
      join(folder, 'mnt/models/model.joblib'),
      join(folder, 'reference/reference.npy'),
    ]);
    const made = objects();
    const { containers, volumes = [] } = find(made, 'ServingRuntime', 'income')
      .spec as unknown as PodSpec;
    predictor = new PodProcess(
      {
        pod: { containers, volumes },
        config: find(made, 'ConfigMap', 'income-config') as ConfigMap,
      },
      { folder, program: [join(LAB_HOME, 'venv-mlserver', 'bin', 'mlserver')] },
    );
    receiver = startReceiver(made);
    detector = startDetector(made);
    agent = new PayloadAgent({
      service: 'income',
      namespace: 'serving',
      serverPort: predictor.port('http'),
      sinkUrl: `http://127.0.0.1:${ports.log}/`,
    });
    await predictor.started();
    await until(
      'the receiver is ready',
      30,
      async () => (await fetch(`http://127.0.0.1:${ports.status}/ready`)).ok,
    );
    await until('the detector is ready', 30, async () => (await metrics())['windows'] === 0);
  }, 180_000);

  afterAll(() => {
    predictor.kill();
    kill(receiver);
    kill(detector);
    rmSync(folder, { recursive: true, force: true });
  });

  async function metrics(): Promise<Record<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${ports.detector}/metrics`)).text();
    return Object.fromEntries(
      [...text.matchAll(/^drift_(\w+) (\S+)$/gm)].map(([, name = '', value]) => [
        name,
        Number(value),
      ]),
    );
  }

  /** Rows of the normal distribution around a mean, the same for the same seed. */
  function rows(count: number, mean: number, seed: number): number[] {
    const script = `import numpy; print(*numpy.random.RandomState(${seed}).normal(${mean}, 1, ${count * 4}))`;
    return execFileSync(python, ['-c', script], { encoding: 'utf8' }).trim().split(' ').map(Number);
  }

  /** Twenty requests of ten rows each; every answer is the sum of its row. */
  async function askFor(mean: number, seed: number): Promise<void> {
    const data = rows(200, mean, seed);
    for (let request = 0; request < 20; request += 1) {
      const part = data.slice(request * 40, (request + 1) * 40);
      const answer = (await agent.infer({
        inputs: [{ name: 'x', datatype: 'FP64', shape: [10, 4], data: part }],
      })) as { outputs: { data: number[] }[] };
      const [first = NaN] = answer.outputs[0]?.data ?? [];
      expect(first).toBeCloseTo(
        part.slice(0, 4).reduce((sum, value) => sum + value, 0),
        6,
      );
    }
    await agent.flush();
  }

  test('a detector sees every request and answer of its service, and no others', async () => {
    await askFor(0, 1);
    await fetch(`http://127.0.0.1:${ports.log}/`, {
      method: 'POST',
      headers: {
        'ce-id': '1',
        'ce-specversion': '1.0',
        'ce-source': 'test',
        'ce-type': 'org.kubeflow.serving.inference.request',
        'ce-inferenceservicename': 'another',
        'content-type': 'application/json',
      },
      body: '{"inputs": []}',
    });

    await until('all have arrived', 20, async () => (await metrics())['responses'] === 20);
    expect(await metrics()).toMatchObject({ requests: 20, responses: 20, foreign: 0, windows: 1 });
    expect(agent.refused).toEqual([]);
  });

  test('inputs like those of the training are not flagged, shifted ones are', async () => {
    const { flagged } = await metrics();
    expect(flagged).toBe(0);

    await askFor(0.5, 2);
    await until('the second window is judged', 20, async () => (await metrics())['windows'] === 2);
    expect((await metrics())['flagged']).toBe(1);

    await askFor(0, 3);
    await until('the third window is judged', 20, async () => (await metrics())['windows'] === 3);
    expect((await metrics())['flagged']).toBe(1);
  });

  test('a detector that is gone holds up nobody, and the next one gets what comes then', async () => {
    const before = agent.taken;
    kill(detector);
    await detector.ended;

    await askFor(0, 4);
    expect(agent.taken - before).toBe(40);
    expect(agent.refused).toEqual([]);

    detector = startDetector(objects());
    await until('it is back', 30, async () => (await metrics())['windows'] === 0);
    await askFor(0, 5);
    await until('it sees the rest', 60, async () => ((await metrics())['responses'] ?? 0) >= 20);
    console.log(`slowest of ${agent.taken} events: ${agent.slowest.toFixed(0)} ms`);
  });
});
