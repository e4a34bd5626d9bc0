/*
 * OpenShift Service Mesh 2: Maistra, made of an Istio that does not serve version v1 of its resources yet.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/service_mesh/service-mesh-2-x (2.6, Istio 1.20)
 */
import { MeshCapability as Can } from '../mesh-capability';
import type { RenderedRouting, ResolvedRouting, ServiceMeshDefinition } from '../mesh-definition';
import { CONTROL_PLANE } from './istio-resources';
import {
  ISTIO_CAPABILITIES,
  callersOf,
  renderSidecarRouting,
  sidecarMembership,
} from './sidecar-mesh';

export const openShiftServiceMesh2: ServiceMeshDefinition = {
  id: 'OPENSHIFT_SERVICE_MESH_2',
  title: 'OpenShift Service Mesh 2.6 (Istio 1.20)',
  capabilities: {
    ...ISTIO_CAPABILITIES,
    [Can.RETRIES]: 'http[].retries, DestinationRule connectionPool.http.maxRetries',
  },
  gateway: () => ({ namespace: CONTROL_PLANE, podLabels: { istio: 'ingressgateway' } }),
  certificatesWithGateway: true,
  membership: (sidecar) =>
    sidecarMembership('OpenShift Service Mesh 2', sidecar, {
      // Maistra goes by the annotation.
      'sidecar.istio.io/inject': 'true',
    }),
  callersOf,
  render,
};

function render(routing: ResolvedRouting): RenderedRouting {
  const objects = Object.entries(renderSidecarRouting(routing, { retryBudget: false }));
  return Object.fromEntries(
    objects.map(([id, object]) => [
      id,
      { ...object, apiVersion: object.apiVersion.replace(/\/v1$/, '/v1beta1') },
    ]),
  );
}
