/*
 * OpenShift Service Mesh 3: upstream Istio, installed by the Sail operator, always with the CNI plugin.
 * @see https://docs.redhat.com/en/documentation/red_hat_openshift_service_mesh/3.0 (3.0)
 */
import { Istio } from '../../../imports/sail-istio';
import { IstioCni } from '../../../imports/sail-istio-cni';
import { customResource } from '../../core/custom-resource';
import { quantitiesOf } from '../../core/quantities';
import { MeshCapability as Can } from '../mesh-capability';
import type {
  RenderedRouting,
  ResolvedControlPlane,
  ServiceMeshDefinition,
} from '../mesh-definition';
import { CONTROL_PLANE, callerScope } from './istio-resources';
import {
  ISTIO_CAPABILITIES,
  callersOf,
  renderSidecarRouting,
  sidecarMembership,
} from './sidecar-mesh';

export const openShiftServiceMesh3: ServiceMeshDefinition = {
  id: 'OPENSHIFT_SERVICE_MESH_3',
  title: 'OpenShift Service Mesh 3 (Istio 1.30)',
  capabilities: { ...ISTIO_CAPABILITIES, [Can.CONTROL_PLANE]: 'Istio, IstioCNI' },
  gateway: () => ({ namespace: 'istio-ingress', podLabels: { istio: 'ingressgateway' } }),
  certificatesWithGateway: true,
  controlPlane,
  membership: (sidecar) =>
    sidecarMembership('OpenShift Service Mesh 3', sidecar, {
      'sidecar.istio.io/nativeSidecar': 'true',
    }),
  callersOf,
  callerScope,
  render: (routing) => renderSidecarRouting(routing, { retryBudget: true }),
};

function controlPlane({
  labels,
  version = 'v1.30.3',
  members,
  sidecar,
}: ResolvedControlPlane): RenderedRouting {
  const metadata = { name: 'default', labels: { ...labels } };
  const amounts = quantitiesOf(sidecar);
  return {
    ControlPlane: customResource(Istio, {
      metadata,
      spec: {
        namespace: CONTROL_PLANE,
        version: version as 'v1.30.3',
        updateStrategy: { type: 'InPlace' },
        values: {
          global: { proxy: { resources: { requests: amounts, limits: amounts } } },
          meshConfig: {
            // Proxies and the control plane know the members only.
            discoverySelectors: [CONTROL_PLANE, 'istio-ingress', ...members].map((namespace) => ({
              matchLabels: { 'kubernetes.io/metadata.name': namespace },
            })),
            enableAutoMtls: true,
            enablePrometheusMerge: true,
          },
        },
      },
    }),
    Cni: customResource(IstioCni, {
      metadata,
      spec: { namespace: 'istio-cni', version: version as 'v1.30.3' },
    }),
  };
}
