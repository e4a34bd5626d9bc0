/*
 * OpenShift Service Mesh 3: upstream Istio, installed by the Sail operator, always with the CNI plugin.
 * @see https://docs.redhat.com/en/documentation/red_hat_openshift_service_mesh/3.0 (3.0)
 */
import type { ServiceMeshDefinition } from '../mesh-definition';
import {
  ISTIO_CAPABILITIES,
  callersOf,
  renderSidecarRouting,
  sidecarMembership,
} from './sidecar-mesh';

export const openShiftServiceMesh3: ServiceMeshDefinition = {
  id: 'OPENSHIFT_SERVICE_MESH_3',
  title: 'OpenShift Service Mesh 3 (Istio 1.30)',
  capabilities: ISTIO_CAPABILITIES,
  gateway: () => ({ namespace: 'istio-ingress', podLabels: { istio: 'ingressgateway' } }),
  certificatesWithGateway: true,
  membership: (sidecar) =>
    sidecarMembership('OpenShift Service Mesh 3', sidecar, {
      'sidecar.istio.io/nativeSidecar': 'true',
    }),
  callersOf,
  render: (routing) => renderSidecarRouting(routing, { retryBudget: true }),
};
