import type { MeshCapability } from './mesh-capability';
import type { ServiceMeshDefinition } from './mesh-definition';
import { gatewayApi } from './meshes/gateway-api';
import { istio } from './meshes/istio';
import { istioAmbient } from './meshes/istio-ambient';
import { openShiftServiceMesh2 } from './meshes/openshift-service-mesh-2';
import { openShiftServiceMesh3 } from './meshes/openshift-service-mesh-3';

/** The meshes that a `ServiceMeshRouting` can be written for; the cluster must run it. */
export class ServiceMesh {
  private static readonly registered: ServiceMesh[] = [];

  /** Istio with a proxy in each pod. */
  public static readonly ISTIO = ServiceMesh.register(istio);
  /** Istio without sidecars: a proxy on each node, and a waypoint for what depends on requests. */
  public static readonly ISTIO_AMBIENT = ServiceMesh.register(istioAmbient);
  /** OpenShift Service Mesh 2, the Istio of Maistra. */
  public static readonly OPENSHIFT_SERVICE_MESH_2 = ServiceMesh.register(openShiftServiceMesh2);
  /** OpenShift Service Mesh 3, upstream Istio by the Sail operator. */
  public static readonly OPENSHIFT_SERVICE_MESH_3 = ServiceMesh.register(openShiftServiceMesh3);
  /** Any mesh or gateway that conforms to the Gateway API: standard resources only. */
  public static readonly GATEWAY_API = ServiceMesh.register(gatewayApi);

  /** Every mesh that ships with the library; contract tests run over these. */
  public static all(): readonly ServiceMesh[] {
    return [...this.registered];
  }

  /** The meshes that can do something. */
  public static with(capability: MeshCapability): readonly ServiceMesh[] {
    return this.registered.filter((mesh) => mesh.can(capability));
  }

  private static register(definition: ServiceMeshDefinition): ServiceMesh {
    const mesh = new ServiceMesh(definition);
    this.registered.push(mesh);
    return mesh;
  }

  private constructor(
    /** What it can do and how it is configured. */
    public readonly definition: ServiceMeshDefinition,
  ) {
    Object.freeze(this);
  }

  /** Whether it can do something; if not, asking for it is a `ConfigurationError`. */
  public can(capability: MeshCapability): boolean {
    return this.definition.capabilities[capability] !== undefined;
  }

  public toString(): string {
    return this.definition.id;
  }
}
