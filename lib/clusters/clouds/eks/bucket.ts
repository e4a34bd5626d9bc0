/*
 * A bucket of S3 for models: nobody reads it without a policy that says so, and nobody without TLS.
 */
import * as kms from '@pulumi/aws/kms';
import * as s3 from '@pulumi/aws/s3';
import * as pulumi from '@pulumi/pulumi';
import type { BucketSpec, Parent, ProvisionedBucket } from '../../cloud';

/** Days for which a version of a model is kept after it was replaced. */
const OLD_VERSION_DAYS = 90;

/** Makes the bucket of `spec`. */
export function bucket(
  parent: Parent,
  name: string,
  { bucketName }: BucketSpec,
): ProvisionedBucket {
  const child = { parent };
  const key = new kms.Key(
    `${name}-key`,
    {
      description: `Models in the bucket ${bucketName}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    },
    child,
  );
  const resource = new s3.Bucket(`${name}-bucket`, { bucket: bucketName }, child);
  new s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket: resource.id, rule: { objectOwnership: 'BucketOwnerEnforced' } },
    child,
  );
  const closed = new s3.BucketPublicAccessBlock(
    `${name}-private`,
    {
      bucket: resource.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    child,
  );
  new s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    {
      bucket: resource.id,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    },
    child,
  );
  const versioned = new s3.BucketVersioning(
    `${name}-versions`,
    { bucket: resource.id, versioningConfiguration: { status: 'Enabled' } },
    child,
  );
  new s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      bucket: resource.id,
      rules: [
        {
          id: 'old-versions',
          status: 'Enabled',
          filter: { prefix: '' },
          noncurrentVersionExpiration: { noncurrentDays: OLD_VERSION_DAYS },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    { parent, dependsOn: [versioned] },
  );
  new s3.BucketPolicy(
    `${name}-tls`,
    {
      bucket: resource.id,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [resource.arn, pulumi.interpolate`${resource.arn}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      }),
    },
    { parent, dependsOn: [closed] },
  );
  return { keyArn: key.arn };
}
