/*
 * The mesh itself, where an operator makes it. Assumes the operator to be installed and the namespaces to be there;
 * upstream Istio comes as charts (`HelmChart.ISTIO_…`).
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { ClusterScopedObject, KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireName } from '../core/names';
import { MeshCapability } from './mesh-capability';
import type { MeshSidecar } from './mesh-props';
import { ServiceMesh } from './service-mesh';
import { sidecarSize } from './sidecar-size';

/** Options of a control plane. */
export interface MeshControlPlaneProps {
  readonly mesh: ServiceMesh;
  /** Namespaces whose pods may join; DNS labels. */
  readonly members: readonly string[];
  /**
   * The proxy of pods that do not say otherwise.
   * @default - 0.5 cores and 256 MiB
   */
  readonly sidecar?: Pick<MeshSidecar, 'cpu' | 'memory'>;
  /**
   * Version of the mesh, in the operator's words.
   * @default - the one that the library was checked for
   */
  readonly version?: string;
}

/**
 * A mesh with strict mutual TLS, made by an operator. Creates its resources: for OpenShift Service Mesh 2 the control
 * plane, the roll of its members and a member in each namespace; for 3 an Istio and its CNI plugin.
 *
 * @throws ConfigurationError when the mesh is not made from resources, naming those that are, or a name is invalid
 * @example
 * import { App } from 'cdk8s';
 * import { MeshControlPlane, ServiceMesh, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'mesh', { namespace: 'istio-system' });
 * new MeshControlPlane(chart, 'Mesh', {
 *   mesh: ServiceMesh.OPENSHIFT_SERVICE_MESH_3,
 *   members: ['ovms'],
 * });
 */
export class MeshControlPlane extends Construct {
  public readonly mesh: ServiceMesh;
  /** Every object that the operator needs, by its construct ID. */
  public readonly objects: Readonly<Record<string, KubernetesObject<PlainObject>>>;

  public constructor(scope: Construct, id: string, props: MeshControlPlaneProps) {
    super(scope, id);
    this.mesh = props.mesh;
    this.check(props);
    const rendered = props.mesh.definition.controlPlane?.({
      labels: standardLabels({ name: 'mesh', instance: 'default', component: 'mesh' }),
      version: props.version,
      members: props.members,
      sidecar: sidecarSize(props.sidecar ?? {}),
    });
    this.objects = Object.fromEntries(
      Object.entries(rendered ?? {}).map(([role, object]) => {
        // Those of Sail belong to no namespace.
        const Kind =
          object.metadata.namespace === undefined ? ClusterScopedObject : KubernetesObject;
        return [role, new Kind<PlainObject>(this, role, object)];
      }),
    );
  }

  private check({ mesh, members }: MeshControlPlaneProps): void {
    const checks = new Checks(this.node.path);
    const able = ServiceMesh.with(MeshCapability.CONTROL_PLANE);
    checks.require(mesh.can(MeshCapability.CONTROL_PLANE), 'mesh', () => ({
      got: mesh.toString(),
      expected: `a mesh that has ${MeshCapability.CONTROL_PLANE} (${able.join(', ')})`,
      fix: 'install the mesh by its charts, such as HelmChart.ISTIOD',
    }));
    checks.require(members.length > 0, 'members', () => ({
      got: 'none',
      expected: 'at least one namespace',
      fix: 'name the namespaces of the servers and of their callers',
    }));
    for (const member of members) requireName(checks, 'members', member);
    checks.requireUnique(members, 'members', 'every namespace once', 'remove the repeated one');
    checks.finish();
  }
}
