/*
 * Who may read which models, without a key anywhere.
 */
import * as pulumi from '@pulumi/pulumi';
import { Checks } from '../core/checks';
import { requireName, requireSubdomain } from '../core/names';
import type { Cluster } from './cluster';
import type { IModelBucket } from './model-bucket';

/** Arguments of a `ModelAccess`. */
export interface ModelAccessArgs {
  readonly cluster: Cluster;
  readonly bucket: IModelBucket;
  /** Namespace of the service account; the plain string that the chart has. */
  readonly namespace: string;
  /** Name of the service account; a `ModelServer` has one of its own name. */
  readonly serviceAccount: string;
  /**
   * Only keys that start with it, such as `resnet/`.
   * @default - all of the bucket
   */
  readonly prefix?: string;
}

/**
 * Lets the pods of one service account read models, and nothing else: an EKS Pod Identity association with a role
 * of its own, or a binding to the workload identity of GKE. Nothing of it is in the manifests.
 *
 * @throws ConfigurationError when the bucket is in another cloud, a name is invalid, or the service account is
 *   bound already
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html (2026-11)
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity (2026-11)
 * @example
 * import { Cloud, Cluster, ModelAccess, ModelBucket, Network } from 'inference-constructs/cloud';
 *
 * const network = new Network('serving', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
 * const cluster = new Cluster('serving', { network });
 * const bucket = ModelBucket.fromExisting({ cloud: Cloud.EKS, bucketName: 'acme-models' });
 * new ModelAccess('resnet', { cluster, bucket, namespace: 'serving', serviceAccount: 'resnet' });
 */
export class ModelAccess extends pulumi.ComponentResource {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:ModelAccess';

  public constructor(
    name: string,
    args: ModelAccessArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { cluster, bucket, namespace, serviceAccount, prefix = '' } = args;
    checkAccess(name, args);
    super(ModelAccess.token, name, {}, options);
    const { bucketName, keyArn } = bucket;
    cluster.addAccess(this, name, { bucketName, prefix, keyArn, namespace, serviceAccount });
    this.registerOutputs({});
  }
}

function checkAccess(name: string, args: ModelAccessArgs): void {
  const { cluster, bucket, namespace, serviceAccount, prefix = '' } = args;
  const checks = new Checks(`ModelAccess(${name})`);
  requireName(checks, 'namespace', namespace);
  requireSubdomain(checks, 'serviceAccount', serviceAccount, 'name the account as the chart does');
  checks.require(bucket.cloud === cluster.cloud, 'bucket', () => ({
    got: `a bucket of ${bucket.cloud.toString()}`,
    expected: `one of ${cluster.cloud.toString()}, the cloud of the cluster`,
    fix: 'keep models in the cloud that serves them',
  }));
  checks.require(/^[^*?$"\\]*$/.test(prefix) && !prefix.startsWith('/'), 'prefix', () => ({
    got: `"${prefix}"`,
    expected: 'the start of keys, such as resnet/, without wildcards',
    fix: 'write it as in the URL of the model, without the bucket',
  }));
  const finding = cluster.bind(namespace, serviceAccount);
  if (finding) checks.require(false, 'serviceAccount', () => finding);
  checks.finish();
}
