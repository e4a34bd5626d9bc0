/** @see https://rclone.org/azureblob/ (1.75) */
import type { ModelSourceDefinition } from '../model-source';
import type { SecretReference } from '../secret-reference';
import { requireBucketPath } from './bucket';
import { httpsEgress } from './egress';
import { rcloneCopy } from './rclone';

/** Options of a model in Azure Blob Storage. */
export interface AzureBlobOptions {
  /**
   * A Secret whose key `principal.json` holds a service principal.
   * @default - the identity of the pod (workload identity)
   */
  readonly credentials?: SecretReference;
  /**
   * Address blocks of the store, such as those of a private endpoint.
   * @default - every public address, port 443
   */
  readonly egressCidrs?: readonly string[];
}

/** @internal */
export function azureBlob(
  url: string,
  { credentials, egressCidrs }: AzureBlobOptions,
): ModelSourceDefinition {
  const [, account = '', bucket = '', rest = ''] =
    /^https:\/\/([a-z0-9]{3,24})\.blob\.core\.windows\.net\/([^/]*)\/?(.*)$/.exec(url) ?? [];
  const prefix = rest.replace(/\/+$/, '');
  const expected = 'https://account.blob.core.windows.net/container/prefix';
  requireBucketPath('ModelSource.azureBlob', { bucket, prefix }, url, expected);
  return {
    uri: url,
    delivery: rcloneCopy(
      `${bucket}/${prefix}`,
      { type: 'azureblob', account, env_auth: credentials ? 'false' : 'true' },
      { option: 'service_principal_file', key: 'principal.json' },
    ),
    egress: httpsEgress('ModelSource.azureBlob', egressCidrs),
    ...(credentials && { credentials }),
  };
}
