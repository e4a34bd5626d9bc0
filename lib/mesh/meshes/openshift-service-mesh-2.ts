/*
 * OpenShift Service Mesh 2: Maistra, made of an Istio that does not serve version v1 of its resources yet.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/service_mesh/service-mesh-2-x (2.6, Istio 1.20)
 */
import { ServiceMeshControlPlane } from '../../../imports/service-mesh-control-plane';
import { ServiceMeshMember } from '../../../imports/service-mesh-member';
import { ServiceMeshMemberRoll } from '../../../imports/service-mesh-member-roll';
import { customResource, type PlainObject } from '../../core/custom-resource';
import { quantitiesOf } from '../../core/quantities';
import { MeshCapability as Can } from '../mesh-capability';
import type {
  ResolvedControlPlane,
  RenderedRouting,
  ResolvedRouting,
  ServiceMeshDefinition,
} from '../mesh-definition';
import { CONTROL_PLANE, callerScope } from './istio-resources';
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
    [Can.CONTROL_PLANE]: 'ServiceMeshControlPlane, ServiceMeshMemberRoll, ServiceMeshMember',
    [Can.RETRIES]: 'http[].retries, DestinationRule connectionPool.http.maxRetries',
  },
  gateway: () => ({ namespace: CONTROL_PLANE, podLabels: { istio: 'ingressgateway' } }),
  certificatesWithGateway: true,
  controlPlane,
  membership: (sidecar) => ({
    ...sidecarMembership('OpenShift Service Mesh 2', sidecar, {
      // Maistra goes by the annotation.
      'sidecar.istio.io/inject': 'true',
    }),
    // It takes the name of HTTP/2 in the clear that Kubernetes has since for TCP.
    appProtocol: 'grpc',
  }),
  callersOf,
  callerScope: (caller) => older(callerScope(caller)),
  render,
};

/** Name of the control plane, as its members know it. */
const PLANE = 'basic';

function controlPlane({
  labels,
  version = 'v2.6',
  members,
  sidecar,
}: ResolvedControlPlane): RenderedRouting {
  const metadata = (
    name: string,
    namespace: string,
  ): { name: string; namespace: string; labels: Record<string, string> } => ({
    name,
    namespace,
    labels: { ...labels },
  });
  const amounts = quantitiesOf(sidecar);
  return {
    ControlPlane: customResource(ServiceMeshControlPlane, {
      metadata: metadata(PLANE, CONTROL_PLANE),
      spec: {
        version,
        security: {
          controlPlane: { mtls: true },
          dataPlane: { mtls: true, automtls: true },
        },
        proxy: { runtime: { container: { resources: { requests: amounts, limits: amounts } } } },
        // Proxies that start before their pods and end after them, so that jobs can end.
        runtime: {
          components: { pilot: { container: { env: { ENABLE_NATIVE_SIDECARS: 'true' } } } },
        },
        gateways: { ingress: { enabled: true }, egress: { enabled: false } },
        telemetry: { type: 'Istiod' },
        tracing: { type: 'None' },
      },
    }),
    // Who is a member, said by those who run the mesh; and that they want to be, said in their namespace.
    MemberRoll: customResource(ServiceMeshMemberRoll, {
      metadata: metadata('default', CONTROL_PLANE),
      spec: { members: [...members] },
    }),
    ...Object.fromEntries(
      members.map((namespace) => [
        `Member-${namespace}`,
        customResource(ServiceMeshMember, {
          metadata: metadata('default', namespace),
          spec: { controlPlaneRef: { name: PLANE, namespace: CONTROL_PLANE } },
        }),
      ]),
    ),
  };
}

function render(routing: ResolvedRouting): RenderedRouting {
  const objects = Object.entries(renderSidecarRouting(routing, { retryBudget: false }));
  return Object.fromEntries(objects.map(([id, object]) => [id, older(object)]));
}

/** In the version that it serves. */
function older(object: PlainObject): PlainObject {
  return { ...object, apiVersion: object.apiVersion.replace(/\/v1$/, '/v1beta1') };
}
