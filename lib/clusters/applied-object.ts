/*
 * One object of Kubernetes in a cluster, as it is: the same type tokens as the typed classes of @pulumi/kubernetes,
 * so that state, policies and imports treat it alike, for kinds and custom resources that have no class, too.
 */
import { getVersion } from '@pulumi/kubernetes/utilities';
import * as pulumi from '@pulumi/pulumi';

/** An object as a chart gives it. */
export interface KubernetesManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** An object in a cluster. */
export class AppliedObject extends pulumi.CustomResource {
  /** What the cluster says of it; undefined of kinds that have none. */
  declare public readonly status: pulumi.Output<unknown>;

  public constructor(
    name: string,
    public readonly manifest: KubernetesManifest,
    options: pulumi.CustomResourceOptions,
  ) {
    super(
      tokenOf(manifest),
      name,
      { status: undefined, ...manifest },
      pulumi.mergeOptions({ version: getVersion() }, options),
    );
  }
}

/** Token of the provider for a kind: `kubernetes:core/v1:Service`, `kubernetes:apps/v1:Deployment`. */
export function tokenOf({ apiVersion, kind }: KubernetesManifest): string {
  const version = apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`;
  return `kubernetes:${version}:${kind}`;
}
