/* What tests of routings have in common: servers, a routing in front of them as rendered, and how it is called. */
import { App, Size } from 'cdk8s';
import { credentials } from '@grpc/grpc-js';
import {
  Canary,
  Certificate,
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  type ServiceMesh,
  ServiceMeshRouting,
  ServingChart,
  ServingEngine,
  type MeshRoute,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';
import { RecordingServer, SecureClient, type Outcome } from './inference-service';
import type { KubeObject } from './kube-client';

/** External host of a routing. */
export function hostOf(name: string): string {
  return `${name}.inference.example.com`;
}

/** A routing with a gateway, of servers called `name-1`, `name-2` and so on. */
export interface RoutedOptions {
  readonly name: string;
  readonly mesh: ServiceMesh;
  /** Servers that there are. @default 1 */
  readonly servers?: number;
  readonly routes: (...servers: readonly ModelServer[]) => readonly MeshRoute[];
  readonly more?: Partial<ServiceMeshRoutingProps>;
}

/** The objects of a routing, as rendered. */
export function renderRouting({
  name,
  mesh,
  servers = 1,
  routes,
  more,
}: RoutedOptions): KubeObject[] {
  const { chart, made } = serversOf(name, servers);
  return objectsOf(
    new ServiceMeshRouting(chart, 'Routing', {
      ...outside(name),
      mesh,
      routes: routes(...made),
      ...more,
    }),
  );
}

/** The objects of a canary of two servers at a step, as rendered. */
export function renderCanary(name: string, mesh: ServiceMesh, step: number): KubeObject[] {
  const { chart, made } = serversOf(name, 2);
  const [stable, candidate] = made as [ModelServer, ModelServer];
  const canary = new Canary(chart, 'Canary', { ...outside(name), mesh, stable, candidate, step });
  return objectsOf(canary.routing);
}

function serversOf(name: string, count: number): { chart: ServingChart; made: ModelServer[] } {
  const chart = new ServingChart(new App(), 'lab', { namespace: 'serving', forTesting: true });
  const made = Array.from({ length: count }, (_, index) => {
    const server = `${name}-${index + 1}`;
    return new ModelServer(chart, server, {
      name: server,
      engine: ServingEngine.TRITON,
      model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
      cpu: Cpu.units(2),
      memory: Size.gibibytes(4),
    });
  });
  return { chart, made };
}

function outside(name: string): Pick<ServiceMeshRoutingProps, 'name' | 'hosts' | 'gateway'> {
  return {
    name,
    hosts: [hostOf(name)],
    gateway: { certificate: Certificate.fromSecret('server-tls') },
  };
}

function objectsOf({ objects }: ServiceMeshRouting): KubeObject[] {
  return Object.values(objects).map((object) => object.toJson() as KubeObject);
}

/** A client of an external host, in the clear. */
export function plainClient(port: number, name: string): SecureClient {
  return new SecureClient(
    { port, host: hostOf(name), trusts: '' },
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  );
}

/** Calls so many times, some at a time, and returns what became of the calls. */
export async function callMany(
  client: SecureClient,
  count: number,
  atATime = 32,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < count) {
      sent += 1;
      outcomes.push(await client.infer());
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return outcomes;
}

/** Servers on loopback. */
export function listen(count: number): Promise<RecordingServer[]> {
  return Promise.all(Array.from({ length: count }, () => new RecordingServer().listen()));
}

/**
 * How far the number of successes of independent trials may be from what is expected: 99.9 % of all runs are within
 * 3.29 standard deviations.
 */
export function binomialBound(trials: number, share: number): number {
  return 3.29 * Math.sqrt(trials * share * (1 - share));
}
