/*
 * A bucket of Cloud Storage for models. Cloud Storage encrypts what it keeps, and gives objects that are not public
 * to nobody without a token, which clients send by TLS only.
 */
import * as storage from '@pulumi/gcp/storage';
import type { BucketSpec, Parent, ProvisionedBucket } from '../../cloud';

/** Versions of an object that are kept after it was replaced. */
const OLD_VERSIONS = 3;

/** Makes the bucket of `spec`. */
export function bucket(
  parent: Parent,
  name: string,
  { bucketName, region }: BucketSpec,
): ProvisionedBucket {
  new storage.Bucket(
    `${name}-bucket`,
    {
      name: bucketName,
      location: region,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      versioning: { enabled: true },
      lifecycleRules: [
        {
          action: { type: 'Delete' },
          condition: { numNewerVersions: OLD_VERSIONS, withState: 'ARCHIVED' },
        },
      ],
    },
    { parent },
  );
  return { keyArn: undefined };
}
