/* A routing that asks a mesh for everything that it can. */
import { Duration } from 'cdk8s';
import {
  Certificate,
  Cpu,
  GrpcStatus,
  LoadBalancing,
  MeshCaller,
  MeshCapability as Can,
  type MeshRoute,
  type ServiceMesh,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';
import type { MeshScene } from './meshes';

/** Props of the routing, without its name. */
export function fullRouting(
  mesh: ServiceMesh,
  { current, next, shadow }: MeshScene,
): Omit<ServiceMeshRoutingProps, 'name'> {
  const when = <T extends object>(capability: Can, props: T): Partial<T> =>
    mesh.can(capability) ? props : {};
  const resilient: Partial<MeshRoute> = {
    timeout: Duration.millis(2500),
    ...when(Can.RETRIES, {
      retries: {
        attempts: 2,
        on: [GrpcStatus.UNAVAILABLE, GrpcStatus.RESOURCE_EXHAUSTED],
        attemptTimeout: Duration.millis(800),
      },
    }),
    ...when(Can.FAULTS, {
      fault: {
        delay: { duration: Duration.millis(300), percent: 5 },
        abort: { status: GrpcStatus.UNAVAILABLE, percent: 0.5 },
      },
    }),
  };
  return {
    mesh,
    hosts: [current, 'ovms.example.com'],
    gateway: { certificate: Certificate.fromSecret('ovms-tls') },
    routes: [
      {
        match: { headers: { 'x-shadow': 'true' } },
        split: [{ endpoint: next }],
        mirror: { endpoint: shadow, percent: 12.5 },
      },
      {
        match: {
          method: { service: 'inference.GRPCInferenceService', method: 'ModelInfer' },
          ...when(Can.SOURCES, { source: { namespace: 'vision', labels: { app: 'camera' } } }),
        },
        split: [
          { endpoint: current, ...when(Can.SUBSETS, { subset: { version: 'v1' } }), weight: 90 },
          { endpoint: next, weight: 10 },
        ],
        ...resilient,
      },
      { split: [{ endpoint: current }] },
    ],
    ...when(Can.LOAD_BALANCING, { loadBalancing: LoadBalancing.locality() }),
    ...when(Can.CIRCUIT_BREAKER, {
      circuitBreaker: { maxConnections: 100, maxPendingRequests: 100, maxRequests: 1000 },
    }),
    ...when(Can.ACCESS, {
      access: [MeshCaller.serviceAccount('vision', 'camera'), MeshCaller.namespace('batch')],
    }),
    ...when(Can.SIDECAR, {
      sidecar: { cpu: Cpu.millis(750), egressHosts: ['features/store.features.svc.cluster.local'] },
    }),
  };
}
