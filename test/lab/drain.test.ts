/*
 * Requests while a node is taken back: three real Tritons behind the real gateway under 200 calls a second, one of
 * which is told to drain as its node would be: preStop and grace period as rendered, and a control plane that takes
 * three seconds to tell the gateway.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelFormat,
  ModelSource,
  ServingEngine,
  type ModelServerTransforms,
} from 'inference-constructs';
import { LabGateway } from './support/envoy-gateway';
import type { ClientOptions } from './support/inference-service';
import type { KubeObject } from './support/kube-client';
import { installed } from './support/lab-home';
import { startLoad, type Load } from './support/load';
import { PodProcess } from './support/pod-process';
import { pause } from './support/processes';
import { HOST, inFront, makeTrust, secretsOf, type Trust } from './support/secured';
import { tritonIn, writeModel } from './support/triton';

const CALLS_PER_SECOND = 200;

/** How long the control plane and the gateway take to learn that a pod goes. */
const PROPAGATION_SECONDS = 3;

/** Answers at once, whatever it is asked. */
const MODEL = `
import numpy
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.add_input({"name": "x", "data_type": "TYPE_UINT8", "dims": [-1]})
        config.add_output({"name": "n", "data_type": "TYPE_INT64", "dims": [1]})
        return config

    def execute(self, requests):
        return [pb_utils.InferenceResponse([pb_utils.Tensor("n", numpy.array([1], dtype="int64"))]) for _ in requests]
`;

/** As rendered, but for the hook that keeps a pod serving while load balancers learn of its end. */
const withoutHook: ModelServerTransforms = {
  deployment: (spec) => {
    const [server] = spec.template.spec?.containers ?? [];
    if (server) delete server.lifecycle;
    return spec;
  },
};

(installed('triton', 'envoy-gateway', 'envoy') ? describe : describe.skip)(
  'three servers under load, of which one is drained',
  () => {
    let folder = '';
    let trust: Trust;
    let pods: PodProcess[] = [];
    let gateway: LabGateway | undefined;

    afterEach(async () => {
      await gateway?.stop();
      for (const pod of pods) pod.kill();
      pods = [];
      rmSync(folder, { recursive: true, force: true });
    });

    const addressOf = (index: number): string => `127.0.0.${index + 1}`;

    async function startServers(transform: ModelServerTransforms): Promise<LabGateway> {
      folder = mkdtempSync(join(tmpdir(), 'lab-drain-'));
      trust = await makeTrust();
      let objects: readonly KubeObject[] = [];
      pods = [0, 1, 2].map((index) => {
        const own = join(folder, String(index));
        writeModel(own, 'resnet', MODEL);
        const address = addressOf(index);
        const triton = tritonIn(own);
        return new PodProcess(
          {
            name: 'resnet',
            engine: ServingEngine.TRITON,
            model: Model.of('resnet', ModelSource.s3('s3://models/resnet'), {
              format: ModelFormat.PYTHON,
            }),
            cpu: Cpu.units(1),
            memory: Size.gibibytes(4),
            transform,
          },
          {
            ...triton,
            address,
            extraArgs: [
              ...triton.extraArgs,
              ...['http', 'grpc', 'metrics'].map((port) => `--${port}-address=${address}`),
            ],
            connect: (server) => {
              objects = inFront(server);
            },
          },
        );
      });
      for (const pod of pods) await pod.started();
      gateway = await LabGateway.start({
        objects,
        secrets: await secretsOf(trust),
        backends: { resnet: endpoints([0, 1, 2]) },
      });
      return gateway;
    }

    const endpoints = (indices: readonly number[]): string[] =>
      indices.map((index) => `${addressOf(index)}:${pods[index]?.port('grpc') ?? 0}`);

    /** Calls go on while the first server is drained. */
    async function drainOne(transform: ModelServerTransforms = {}): Promise<Load> {
      const live = await startServers(transform);
      const identity = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      const options: ClientOptions = {
        port: live.port('resnet'),
        host: HOST,
        trusts: trust.servers.pem,
        identity,
      };
      const load = startLoad(options, CALLS_PER_SECOND, {
        call: (client) => client.inferMessage(64),
      });
      await pause(2000);
      const ended = pods[0]?.terminate(() => Promise.resolve());
      await pause(PROPAGATION_SECONDS * 1000);
      live.update({ backends: { resnet: endpoints([1, 2]) } });
      const end = await ended;
      await pause(2000);
      await load.stop();
      console.log(
        `${load.answered()} calls answered, ${load.failures.length} failed; gone after ${(end?.seconds ?? 0).toFixed(0)} s of ${end?.grace ?? 0} s`,
      );
      expect(end?.killed).toBe(false);
      return load;
    }

    test('none of 200 calls a second fails', async () => {
      const load = await drainOne();

      expect(load.failures).toEqual([]);
      expect(load.answered()).toBeGreaterThan(15 * CALLS_PER_SECOND);
    });

    test('without the preStop hook some fail', async () => {
      const load = await drainOne(withoutHook);

      expect(load.failures.length).toBeGreaterThan(0);
    });
  },
);
