/*
 * What the software of a cluster may do in its cloud. A plain value: `AddonAccess` of the entry `./cloud` makes the
 * role and binds it, and nothing of it is in a manifest.
 */
import { clusterAutoscalerPermissions } from './cluster-autoscaler-permissions';

/** Something that pods may do in their cloud. */
export interface Permission {
  /** What it is for; letters and digits. */
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** The cluster that the software is part of. */
export interface IdentityTarget {
  readonly region: string;
  readonly clusterName: string;
}

/** Whose pods may do what. */
export interface AddonIdentityProps {
  readonly namespace: string;
  readonly serviceAccount: string;
  permissions(target: IdentityTarget): readonly Permission[];
}

/** Service account of an add-on, with the rights that it needs in the cloud and no others. */
export class AddonIdentity {
  /** `ClusterAutoscaler`, in the namespace `kube-system`. */
  public static readonly CLUSTER_AUTOSCALER = AddonIdentity.of({
    namespace: 'kube-system',
    serviceAccount: 'cluster-autoscaler',
    permissions: clusterAutoscalerPermissions,
  });

  /** Rights of your own software. */
  public static of(definition: AddonIdentityProps): AddonIdentity {
    return new AddonIdentity(definition);
  }

  private constructor(
    /** @internal */
    public readonly definition: AddonIdentityProps,
  ) {}
}
