/** @see https://rclone.org/s3/ (1.75) */
import { Checks } from '../../core/checks';
import type { ModelSourceDefinition } from '../model-source';
import type { SecretReference } from '../secret-reference';
import { parseBucketUri } from './bucket';
import { EKS_POD_IDENTITY, httpsEgress } from './egress';
import { rcloneCopy } from './rclone';

/** Options of a model in S3. */
export interface S3Options {
  /**
   * Region of the bucket.
   * @default - what the pod's environment says (EKS Pod Identity sets it)
   */
  readonly region?: string;
  /**
   * HTTPS endpoint of an S3-compatible store.
   * @default - Amazon S3
   */
  readonly endpoint?: string;
  /**
   * A Secret whose key `credentials` holds an AWS credentials file.
   * @default - the identity of the pod (EKS Pod Identity)
   */
  readonly credentials?: SecretReference;
  /**
   * Address blocks of the store, such as those of a VPC interface endpoint.
   * @default - every public address, port 443
   */
  readonly egressCidrs?: readonly string[];
}

/** @internal */
export function s3(uri: string, options: S3Options): ModelSourceDefinition {
  const { bucket, prefix } = parseBucketUri('ModelSource.s3', 's3', uri);
  const { region, endpoint, credentials, egressCidrs } = options;
  const checks = new Checks('ModelSource.s3');
  checks.require(
    endpoint === undefined || /^https:\/\/[\w.:-]+$/.test(endpoint),
    'endpoint',
    () => ({
      got: `"${String(endpoint)}"`,
      expected: 'https://host or https://host:port',
      fix: 'name the endpoint of the store; models are not fetched without TLS',
    }),
  );
  checks.finish();
  const remote = {
    type: 's3',
    provider: endpoint === undefined ? 'AWS' : 'Other',
    env_auth: 'true',
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  };
  return {
    uri,
    delivery: rcloneCopy(`${bucket}/${prefix}`, remote, {
      option: 'shared_credentials_file',
      key: 'credentials',
    }),
    egress: [
      ...httpsEgress('ModelSource.s3', egressCidrs),
      ...(credentials ? [] : [EKS_POD_IDENTITY]),
    ],
    ...(credentials && { credentials }),
  };
}
