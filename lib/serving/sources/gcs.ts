/** @see https://rclone.org/googlecloudstorage/ (1.75) */
import type { ModelSourceDefinition } from '../model-source';
import type { SecretReference } from '../secret-reference';
import { parseBucketUri } from './bucket';
import { GKE_METADATA, httpsEgress } from './egress';
import { rcloneCopy } from './rclone';

/** Options of a model in Google Cloud Storage. */
export interface GcsOptions {
  /**
   * A Secret whose key `key.json` holds a service account key.
   * @default - the identity of the pod (Workload Identity)
   */
  readonly credentials?: SecretReference;
  /**
   * Read a public bucket without any identity.
   * @default false
   */
  readonly anonymous?: boolean;
  /**
   * Address blocks of the store, such as those of Private Google Access.
   * @default - every public address, port 443
   */
  readonly egressCidrs?: readonly string[];
}

/** @internal */
export function gcs(
  uri: string,
  { credentials, anonymous = false, egressCidrs }: GcsOptions,
): ModelSourceDefinition {
  const { bucket, prefix } = parseBucketUri('ModelSource.gcs', 'gs', uri);
  const remote = { type: 'gcs', ...(anonymous ? { anonymous: 'true' } : { env_auth: 'true' }) };
  return {
    uri,
    delivery: rcloneCopy(`${bucket}/${prefix}`, remote, {
      option: 'service_account_file',
      key: 'key.json',
    }),
    egress: [
      ...httpsEgress('ModelSource.gcs', egressCidrs),
      ...(credentials || anonymous ? [] : GKE_METADATA),
    ],
    ...(credentials && { credentials }),
  };
}
