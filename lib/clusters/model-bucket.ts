/*
 * Where models are kept.
 */
import * as pulumi from '@pulumi/pulumi';
import { Checks } from '../core/checks';
import type { Cloud } from './cloud';

/** Arguments of a `ModelBucket`. */
export interface ModelBucketArgs {
  readonly cloud: Cloud;
  /** Region of the bucket; that of the network, so that pulling models costs no transfer. */
  readonly region: string;
  /** Name, unique in the whole cloud: 3 to 63 lower-case letters, digits and `-`. */
  readonly bucketName: string;
}

/** Arguments of a bucket that is made elsewhere. */
export interface ExistingBucketArgs {
  readonly cloud: Cloud;
  readonly bucketName: string;
  /**
   * ARN of the KMS key that its objects are encrypted with, which readers must be let use (S3).
   * @default - none: the objects are encrypted with a key that the bucket's readers may use anyway
   */
  readonly keyArn?: pulumi.Input<string>;
}

/** A bucket that models are read from. */
export interface IModelBucket {
  readonly cloud: Cloud;
  readonly bucketName: string;
  /** Such as `s3://models`; plain, so that the same text can be given to `ModelSource`. */
  readonly url: string;
  readonly keyArn: pulumi.Input<string> | undefined;
}

/**
 * A bucket that only those read who are let: private, encrypted, versioned, by TLS only. Its name is chosen, not
 * generated, so that manifests know it before it is made.
 *
 * @throws ConfigurationError when the name is invalid
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html (2026-11)
 * @example
 * import { Cloud, ModelBucket } from 'inference-constructs/cloud';
 *
 * new ModelBucket('models', { cloud: Cloud.EKS, region: 'eu-west-1', bucketName: 'acme-models' });
 */
export class ModelBucket extends pulumi.ComponentResource implements IModelBucket {
  /** Type token; part of the public API. */
  public static readonly token = 'inference-constructs:clusters:ModelBucket';

  /**
   * A bucket that is made elsewhere; nothing is changed in it.
   * @throws ConfigurationError when the name is invalid
   */
  public static fromExisting({ cloud, bucketName, keyArn }: ExistingBucketArgs): IModelBucket {
    checkBucket('ModelBucket.fromExisting', bucketName);
    const url = `${cloud.definition.bucketScheme}${bucketName}`;
    return { cloud, bucketName, url, keyArn };
  }

  public readonly cloud: Cloud;
  public readonly bucketName: string;
  public readonly url: string;
  public readonly keyArn: pulumi.Output<string> | undefined;

  public constructor(
    name: string,
    args: ModelBucketArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { cloud, bucketName, region } = args;
    checkBucket(`ModelBucket(${name})`, bucketName);
    super(ModelBucket.token, name, {}, options);
    this.cloud = cloud;
    this.bucketName = bucketName;
    this.url = `${cloud.definition.bucketScheme}${bucketName}`;
    this.keyArn = cloud.provisioner().bucket(this, name, { bucketName, region }).keyArn;
    this.registerOutputs({ url: this.url });
  }
}

function checkBucket(path: string, bucketName: string): void {
  const checks = new Checks(path);
  checks.require(/^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$/.test(bucketName), 'bucketName', () => ({
    got: `"${bucketName}"`,
    expected: '3 to 63 lower-case letters, digits and "-", with neither end "-"',
    fix: 'choose such a name; a dot would break TLS by host name',
  }));
  checks.finish();
}
