/*
 * Where logged payloads are kept, for looking at them later.
 * @see https://docs.redpanda.com/redpanda-connect/components/outputs/about/ (4.38)
 */
import type { Egress } from '../serving/model-source';
import { ModelSource } from '../serving/model-source';
import { parseBucketUri } from '../serving/sources/bucket';

/** Objects of so many events, or of so long. */
const BATCHING = { count: 1000, period: '60s', processors: [{ archive: { format: 'lines' } }] };

/** One object for each batch, by day. */
const PATH =
  '${! timestamp_unix().ts_format("2006/01/02", "UTC") }/${! timestamp_unix_nano() }-${! count("batches") }.jsonl';

/** Options of a store in S3. */
export interface S3StoreOptions {
  /**
   * Region of the bucket.
   * @default - that of the pod's environment
   */
  readonly region?: string;
}

/** A bucket that payloads are written to, by the identity of the pod. */
export class PayloadStore {
  /**
   * A prefix of a bucket in S3.
   * @param uri `s3://bucket/prefix`
   * @throws ConfigurationError when the URI is no bucket and prefix
   */
  public static s3(uri: string, { region }: S3StoreOptions = {}): PayloadStore {
    const { bucket, prefix } = parseBucketUri('PayloadStore.s3', 's3', uri);
    const { egress } = ModelSource.s3(uri).definition;
    const output = {
      bucket,
      path: pathBelow(prefix),
      ...(region !== undefined && { region }),
      batching: BATCHING,
    };
    return new PayloadStore({ aws_s3: output }, egress);
  }

  /**
   * A prefix of a bucket in Google Cloud Storage.
   * @param uri `gs://bucket/prefix`
   * @throws ConfigurationError when the URI is no bucket and prefix
   */
  public static gcs(uri: string): PayloadStore {
    const { bucket, prefix } = parseBucketUri('PayloadStore.gcs', 'gs', uri);
    const { egress } = ModelSource.gcs(uri).definition;
    const output = { bucket, path: pathBelow(prefix), batching: BATCHING };
    return new PayloadStore({ gcp_cloud_storage: output }, egress);
  }

  private constructor(
    /** @internal */
    public readonly output: Readonly<Record<string, object>>,
    /** @internal */
    public readonly egress: readonly Egress[],
  ) {
    Object.freeze(this);
  }
}

function pathBelow(prefix: string): string {
  return prefix === '' ? PATH : `${prefix}/${PATH}`;
}
