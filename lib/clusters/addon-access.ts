/*
 * What software of a cluster may do in its cloud, for what is installed by manifests, Flux or Argo CD.
 */
import * as pulumi from '@pulumi/pulumi';
import type { AddonIdentity } from '../addons/addon-identity';
import type { IdentitySpec } from './cloud';
import type { Cluster, ICluster } from './cluster';

/** Arguments of an `AddonAccess`. */
export interface AddonAccessArgs {
  readonly cluster: Cluster;
  /** Whose service account gets which rights. */
  readonly identity: AddonIdentity;
}

/**
 * A role for the service account of an add-on, with the rights it needs and no others. Declare it before
 * `Manifests`: pods get their identity when they start, and never after. `HelmRelease` does it by itself.
 *
 * @throws ConfigurationError when the service account has an identity already, or its cloud brings such software itself
 * @example
 * import { AddonAccess, AddonIdentity, Cloud, Cluster, Network } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
 * const cluster = new Cluster('serving', { network });
 * new AddonAccess('autoscaler', { cluster, identity: AddonIdentity.CLUSTER_AUTOSCALER });
 */
export class AddonAccess extends pulumi.ComponentResource {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:AddonAccess';

  public constructor(
    name: string,
    { cluster, identity }: AddonAccessArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super(AddonAccess.token, name, {}, options);
    cluster.addIdentity(this, name, identitySpec(identity, cluster));
    this.registerOutputs({});
  }
}

/** @internal */
export function identitySpec(
  { definition }: AddonIdentity,
  { region, clusterName }: Pick<ICluster, 'region' | 'clusterName'>,
): IdentitySpec {
  const { namespace, serviceAccount } = definition;
  return {
    namespace,
    serviceAccount,
    permissions: definition.permissions({ region, clusterName }),
  };
}
