import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import { guardApp } from './app-guards';

/** What all kinds have in common; the types of `kubernetes-types` extend it. */
interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: unknown;
}

/** A kind whose identity is complete. */
type Complete<T extends Manifest> = T & {
  readonly apiVersion: NonNullable<T['apiVersion']>;
  readonly kind: NonNullable<T['kind']>;
  readonly metadata: ObjectMeta & { readonly name: string };
};

/**
 * One object in the cluster, typed by the Kubernetes API itself and named by whoever makes it: never
 * after its place in the tree, so that moving a construct renames nothing.
 */
export class KubernetesObject<T extends Manifest> extends ApiObject {
  /**
   * @param lateSpec the spec, evaluated when the app is synthesised: what other constructs add until
   * then counts, whatever the order of the calls
   */
  public constructor(
    scope: Construct,
    id: string,
    manifest: Complete<T>,
    lateSpec?: () => T['spec'],
  ) {
    const late = lateSpec && { spec: Lazy.any({ produce: lateSpec }) as unknown };
    super(scope, id, { ...manifest, ...late, metadata: { ...manifest.metadata } });
    guardApp(this);
  }
}

/** An object that belongs to no namespace, whatever the chart around it says. */
export class ClusterScopedObject<T extends Manifest> extends KubernetesObject<T> {
  /** @internal */
  public override toJson(): { readonly metadata: Record<string, unknown> } {
    const json = super.toJson() as { metadata: Record<string, unknown> };
    delete json.metadata['namespace'];
    return json;
  }
}
