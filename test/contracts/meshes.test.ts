/*
 * Every mesh against every capability: what it claims is rendered, what it lacks is refused with the names of those
 * that have it. A new mesh is covered without a change here.
 */
import { Duration } from 'cdk8s';
import {
  Certificate,
  ConfigurationError,
  Cpu,
  GrpcStatus,
  LoadBalancing,
  MeshCaller,
  MeshCapability as Can,
  MutualTls,
  ServiceMesh,
  type MeshRoute,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';
import { MeshScene } from '../support/meshes';

/** What is asked for, and what must then be found in what is rendered. */
interface Example {
  readonly props: Partial<ServiceMeshRoutingProps>;
  readonly finds: readonly string[];
}

function example(capability: Can, { current, next, shadow }: MeshScene): Example {
  const split = [{ endpoint: current }];
  const route = (more: Partial<MeshRoute>, ...finds: string[]): Example => ({
    props: { routes: [{ split, ...more }] },
    finds,
  });
  const pick = (props: Partial<ServiceMeshRoutingProps>, ...finds: string[]): Example => ({
    props,
    finds,
  });
  switch (capability) {
    case Can.SERVICES:
      return pick({ hosts: [current] }, 'current', '8001');
    case Can.WEIGHTS:
      return route(
        {
          split: [
            { endpoint: current, weight: 93 },
            { endpoint: next, weight: 7 },
          ],
        },
        '"weight":93',
        '"weight":7',
      );
    case Can.SUBSETS:
      return route(
        { split: [{ endpoint: current, subset: { version: 'v1' } }] },
        '"subsets":[{"labels":{"version":"v1"},"name":"v1"}]',
        '"subset":"v1"',
      );
    case Can.METHODS:
      return route(
        { match: { method: { service: 'inference.GRPCInferenceService', method: 'ModelInfer' } } },
        'inference.GRPCInferenceService',
        'ModelInfer',
      );
    case Can.HEADERS:
      return route({ match: { headers: { 'x-tenant': 'acme' } } }, 'x-tenant', 'acme');
    case Can.SOURCES:
      return route(
        { match: { source: { namespace: 'vision', labels: { app: 'camera' } } } },
        '"sourceNamespace":"vision"',
        '"sourceLabels":{"app":"camera"}',
      );
    case Can.MIRROR:
      return route({ mirror: { endpoint: shadow, percent: 25 } }, 'irror', 'shadow', '25');
    case Can.TIMEOUT:
      return route({ timeout: Duration.seconds(75) }, '"75s"');
    case Can.RETRIES:
      return route(
        { retries: { attempts: 2, on: [GrpcStatus.RESOURCE_EXHAUSTED] } },
        '"attempts":2',
        'resource-exhausted',
      );
    case Can.FAULTS:
      return route(
        { fault: { abort: { status: GrpcStatus.UNAVAILABLE, percent: 3 } } },
        '"grpcStatus":"UNAVAILABLE"',
      );
    case Can.LOAD_BALANCING:
      return pick({ loadBalancing: LoadBalancing.consistentHash('x-session') }, 'x-session');
    case Can.CIRCUIT_BREAKER:
      return pick(
        { circuitBreaker: { consecutiveErrors: 7, maxRequests: 99 } },
        '"consecutiveGatewayErrors":7',
        '"consecutive5xxErrors":0',
        '"http2MaxRequests":99',
      );
    case Can.MUTUAL_TLS:
      return pick({ mutualTls: MutualTls.PERMISSIVE }, '"mode":"PERMISSIVE"');
    case Can.ACCESS:
      return pick(
        { access: [MeshCaller.serviceAccount('vision', 'camera'), MeshCaller.namespace('batch')] },
        'cluster.local/ns/vision/sa/camera',
        '"namespaces":["batch"]',
      );
    case Can.GATEWAY:
      return pick(
        {
          hosts: ['ovms.example.com'],
          gateway: { certificate: Certificate.fromSecret('ovms-tls') },
        },
        'ovms.example.com',
        'ovms-tls',
      );
    case Can.CONTROL_PLANE:
      throw new Error('no routing asks for it');
    case Can.SIDECAR:
      return pick(
        { sidecar: { cpu: Cpu.millis(750), egressHosts: ['features/*'] } },
        '"sidecar.istio.io/proxyCPU":"750m"',
        '"sidecar.istio.io/proxyCPULimit":"750m"',
        'features/*',
      );
  }
}

function synthesise(
  mesh: ServiceMesh,
  capability: Can,
): { text: string; finds: readonly string[] } {
  const scene = new MeshScene();
  const { props, finds } = example(capability, scene);
  scene.routing({ mesh, ...props });
  scene.app.synthYaml();
  return { text: JSON.stringify(scene.objects(), sorted), finds };
}

/** Keys in order, so that what is looked for does not depend on who wrote it. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Of the construct `MeshControlPlane`, which has tests of its own. */
const OF_ROUTINGS = Object.values(Can).filter((one) => one !== Can.CONTROL_PLANE);

const cases = ServiceMesh.all().flatMap((mesh) =>
  OF_ROUTINGS.map((capability) => [mesh, capability] as const),
);
const shown = cases.filter(([mesh, capability]) => mesh.can(capability));
const refused = cases.filter(([mesh, capability]) => !mesh.can(capability));

test.each(shown)('%s renders: %s', (mesh, capability) => {
  const { text, finds } = synthesise(mesh, capability);

  for (const find of finds) expect(text).toContain(find);
});

test.each(refused)('%s refuses: %s', (mesh, capability) => {
  const able = ServiceMesh.with(capability).map(String);
  let caught: unknown;
  try {
    synthesise(mesh, capability);
  } catch (error) {
    caught = error;
  }

  expect(caught).toBeInstanceOf(ConfigurationError);
  expect((caught as Error).message).toContain(
    `got ${mesh.toString()}, expected a mesh that has ${capability} (${able.join(', ')})`,
  );
});

test('every capability is had by some mesh', () => {
  const lacking = Object.values(Can).filter((one) => ServiceMesh.with(one).length === 0);

  expect(lacking).toEqual([]);
});
