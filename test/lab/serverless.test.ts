/*
 * Services of KServe on real parts: what is rendered before the API server, a canary without Knative in the real Envoy
 * Gateway, and many small models in a real MLServer.
 */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest, Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import {
  Canary,
  Certificate,
  Cpu,
  DeploymentMode,
  InferenceService,
  Model,
  ModelSource,
  ServerPort,
  ServiceMesh,
  ServingEngine,
  SharedModelServers,
} from 'inference-constructs';
import type { ConfigMap, PodSpec } from 'kubernetes-types/core/v1';
import { chartOf } from '../support/charts';
import { knativeServicesOf } from '../support/knative-service';
import { SERVERLESS } from '../support/serverless';
import { controlPlane, describeWithCluster } from './support/cluster';
import { KARPENTER, installDefinitions } from './support/definitions';
import { LabGateway } from './support/envoy-gateway';
import { InferenceClient } from './support/inference-client';
import type { KubeObject } from './support/kube-client';
import { LAB_HOME, installed } from './support/lab-home';
import { PodProcess } from './support/pod-process';
import { pause } from './support/processes';
import { binomialBound, hostOf } from './support/routed';
import { makeTrust, secretsOf, type Trust } from './support/secured';

const cluster = controlPlane();

describeWithCluster('what is rendered for KServe, before the API server', () => {
  beforeAll(async () => {
    await installDefinitions(cluster.client);
    await installDefinitions(cluster.client, join(KARPENTER, 'knative'));
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'serving' },
    });
  });

  async function accepts(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) {
      const key = `${object.kind} ${object.metadata.name}`;
      const { warnings } = await cluster.client.apply(object, { dryRun: true });
      expect({ [key]: warnings }).toEqual({ [key]: [] });
    }
  }

  test.each(Object.entries(SERVERLESS))(
    '%s is accepted, and so is what KServe makes of it',
    async (_, build) => {
      const chart = chartOf('serving');
      build(chart);
      const objects = chart.toJson() as KubeObject[];

      await accepts(objects);
      const knative = objects.filter(
        ({ metadata }) =>
          (metadata as { annotations?: Record<string, string> }).annotations?.[
            'serving.kserve.io/deploymentMode'
          ] === DeploymentMode.KNATIVE,
      );
      await accepts(
        knativeServicesOf([
          ...knative,
          ...objects.filter(({ kind }) => kind === 'ServingRuntime'),
        ]) as KubeObject[],
      );
    },
  );

  test('pods of components pass Pod Security restricted as they are', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kserve-restricted', labels },
    });
    const pods = Object.values(SERVERLESS).flatMap((build) => {
      const chart = chartOf('kserve-restricted');
      build(chart);
      return podsOf(chart.toJson() as KubeObject[]);
    });

    expect(pods.length).toBeGreaterThan(8);
    for (const [index, spec] of pods.entries()) {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `pod-${index}`, namespace: 'kserve-restricted' },
        spec: { ...spec, serviceAccountName: 'default' },
      } as unknown as KubeObject;
      const { warnings } = await cluster.client.apply(pod, { dryRun: true });
      expect(warnings).toEqual([]);
    }
  });
});

/** Pods of engines and of containers, as KServe makes them, and those of Deployments and Jobs. */
function podsOf(objects: readonly KubeObject[]): PodSpec[] {
  return objects.flatMap(({ kind, spec }) => {
    if (kind === 'ServingRuntime' || kind === 'ClusterServingRuntime') {
      const { containers, volumes } = spec as unknown as PodSpec;
      return [{ containers, ...(volumes && { volumes }) }];
    }
    if (kind === 'Deployment' || kind === 'Job')
      return [(spec as unknown as { template: { spec: PodSpec } }).template.spec];
    if (kind !== 'InferenceService') return [];
    const components = Object.values(spec as Record<string, Partial<PodSpec>>);
    return components.flatMap(({ containers, volumes }) =>
      containers ? [{ containers, ...(volumes && { volumes }) }] : [],
    );
  });
}

/** A model server that counts the requests that it gets by REST. */
class RestServer {
  public calls = 0;
  private readonly server: Server = createServer((message, response) => {
    message.resume().on('end', () => {
      this.calls += 1;
      response.end('{}');
    });
  });

  public async listen(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return this;
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const describeWithGateway = installed('envoy', 'envoy-gateway') ? describe : describe.skip;

describeWithGateway('a canary in mode STANDARD, in the real Envoy Gateway', () => {
  const names = ['iris-1', 'iris-2'];
  let servers: RestServer[];
  let gateway: LabGateway;
  let trust: Trust;

  /** The routing of two services at a step, as rendered. */
  function objectsAt(step: number): KubeObject[] {
    const chart = chartOf('serving');
    const [stable, candidate] = names.map(
      (name) =>
        new InferenceService(chart, name, {
          name,
          mode: DeploymentMode.STANDARD,
          predictor: {
            engine: ServingEngine.MLSERVER,
            model: ModelSource.s3(`s3://models/${name}/`),
            modelSize: Size.mebibytes(10),
          },
        }),
    ) as [InferenceService, InferenceService];
    const { routing } = new Canary(chart, 'Canary', {
      name: 'iris',
      mesh: ServiceMesh.GATEWAY_API,
      hosts: [hostOf('iris')],
      gateway: { certificate: Certificate.fromSecret('server-tls') },
      route: { port: ServerPort.HTTP },
      stable,
      candidate,
      steps: [10, 50, 100],
      step,
    });
    return Object.values(routing.objects).map((object) => object.toJson() as KubeObject);
  }

  beforeAll(async () => {
    servers = await Promise.all(names.map(() => new RestServer().listen()));
    trust = await makeTrust();
    const backends = Object.fromEntries(
      names.map((name, index) => [`${name}-endpoint`, [servers[index]?.port ?? 0]]),
    );
    gateway = await LabGateway.start({
      objects: objectsAt(1),
      secrets: await secretsOf(trust),
      backends,
      http1: Object.keys(backends),
    });
  });

  afterAll(async () => {
    await gateway.stop();
    for (const server of servers) server.stop();
  });

  /** POSTs so many times over some connections, and returns the statuses that were not 200. */
  async function post(count: number): Promise<number[]> {
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const once = (): Promise<number> =>
      new Promise((done, failed) => {
        const request = httpsRequest(
          {
            host: '127.0.0.1',
            port: gateway.port(),
            servername: hostOf('iris'),
            headers: { host: hostOf('iris') },
            ca: trust.servers.pem,
            path: '/v2/models/iris/infer',
            method: 'POST',
            agent,
          },
          (response) => {
            response.resume().on('end', () => done(response.statusCode ?? 0));
          },
        );
        request.once('error', failed);
        request.end('{}');
      });
    const statuses: number[] = [];
    let sent = 0;
    const worker = async (): Promise<void> => {
      while (sent < count) {
        sent += 1;
        statuses.push(await once());
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    agent.destroy();
    return statuses.filter((status) => status !== 200);
  }

  test('a tenth of 5,000 requests go to the next model, and half of them a commit later', async () => {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      if ((await post(1).catch(() => [0])).length === 0) break;
      await pause(200);
    }
    for (const [step, share] of [0.1, 0.5].entries()) {
      if (step > 0) {
        gateway.update({ objects: objectsAt(step + 1) });
        await pause(2000);
      }
      const before = servers.map(({ calls }) => calls);
      expect(await post(5000)).toEqual([]);
      const [, next = 0] = servers.map(({ calls }, index) => calls - (before[index] ?? 0));

      console.log(`${next} of 5,000 to the ${share * 100} %`);
      expect(Math.abs(next - 5000 * share)).toBeLessThanOrEqual(binomialBound(5000, share));
    }
  });
});

const describeWithServer = installed('mlserver') ? describe : describe.skip;

describeWithServer('many small models in a real MLServer', () => {
  const TRAIN = `
import os, sys, joblib, numpy
from sklearn.linear_model import LinearRegression
rows = numpy.random.RandomState(0).rand(50, 2)
for index, name in enumerate(sys.argv[2:]):
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder)
    joblib.dump(LinearRegression().fit(rows, (index + 1) * rows.sum(axis=1)), os.path.join(folder, "model.joblib"))
`;
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-shared-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('a server of the 20 answers for each of its models by name', async () => {
    const chart = chartOf('shops');
    const shops = Array.from({ length: 60 }, (_, index) => `shop-${index}`);
    const shared = new SharedModelServers(chart, 'Shops', {
      name: 'shops',
      engine: ServingEngine.MLSERVER,
      models: shops.map((shop) =>
        Model.of(shop, ModelSource.s3(`s3://shops/${shop}/`), { size: Size.mebibytes(1) }),
      ),
      servers: [0, 1, 2],
      cpu: Cpu.units(2),
      memory: Size.gibibytes(4),
    });
    const objects = chart.toJson() as KubeObject[];
    // The one with the most models; at least a third of them.
    const own = Object.keys(shared.servers)
      .map((server) => shops.filter((shop) => shared.assignment[shop] === server))
      .reduce((most, models) => (models.length > most.length ? models : most));
    const server = shared.assignment[own[0] ?? ''] ?? '';
    expect(own.length).toBeGreaterThanOrEqual(20);

    const bin = join(LAB_HOME, 'venv-mlserver', 'bin');
    mkdirSync(join(folder, 'models'));
    execFileSync(join(bin, 'python'), ['-c', TRAIN, join(folder, 'models'), ...own]);
    mkdirSync(join(folder, 'mnt'));
    cpSync(join(folder, 'models'), join(folder, 'mnt/models'), { recursive: true });
    const named = (kind: string, name: string): KubeObject | undefined =>
      objects.find((object) => object.kind === kind && object.metadata.name === name);
    const { template } = named('Deployment', server)?.spec as { template: { spec: PodSpec } };
    const pod = new PodProcess(
      { pod: template.spec, config: named('ConfigMap', `${server}-config`) as ConfigMap },
      { folder, program: [join(bin, 'mlserver')] },
    );
    try {
      await pod.started();
      const client = new InferenceClient(`127.0.0.1:${pod.port('grpc')}`);
      const answers: number[] = [];
      for (const model of own)
        answers.push((await client.infer(model, 'x', [[0.25, 0.5]]))[0] ?? NaN);
      client.close();

      answers.forEach((answer, index) => expect(answer).toBeCloseTo((index + 1) * 0.75, 5));
    } finally {
      pod.kill();
    }
  });
});
