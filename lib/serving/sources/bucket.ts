import { Checks } from '../../core/checks';

/** A bucket and a prefix without slashes around it; the prefix may be empty. */
export interface BucketPath {
  readonly bucket: string;
  readonly prefix: string;
}

/** Names of buckets and containers of the clouds, in one rule: letters in lower case, digits, `-`, `_`, `.`. */
const BUCKET = /^[a-z0-9][-a-z0-9_.]{1,61}[a-z0-9]$/;

/** Characters that are safe in keys and in every command line, and nothing that climbs out of a directory. */
const PREFIX = /^[\w!.*'()/=+@,-]*$/;

/** @throws ConfigurationError unless `uri` is `<scheme>://bucket/prefix` */
export function parseBucketUri(call: string, scheme: string, uri: string): BucketPath {
  const [, bucket = '', prefix = ''] = new RegExp(`^${scheme}://([^/]*)/?(.*)$`).exec(uri) ?? [];
  requireBucketPath(call, { bucket, prefix }, uri, `${scheme}://bucket/prefix`);
  return { bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') };
}

/** @throws ConfigurationError unless the bucket and the prefix can be used */
export function requireBucketPath(
  call: string,
  { bucket, prefix }: BucketPath,
  got: string,
  expected: string,
): void {
  const checks = new Checks(call);
  const safe = PREFIX.test(prefix) && !prefix.split('/').includes('..');
  checks.require(BUCKET.test(bucket) && safe, 'uri', () => ({
    got: `"${got}"`,
    expected: `${expected}, with letters, digits and !-_.*'()=+@, in the prefix`,
    fix: 'correct the address',
  }));
  checks.finish();
}
