/*
 * Where models are, as KServe's storage initializer is told.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/python/storage/kserve_storage/kserve_storage.py (0.20)
 */
import type { Checks } from '../core/checks';
import type { ModelSource } from '../serving/model-source';

/** The address of a source in KServe's words; undefined for files that are in the image already. */
export function storageUriOf(source: ModelSource): string | undefined {
  const { uri, delivery } = source.definition;
  switch (delivery.via) {
    case 'image':
    case 'platform':
      return undefined;
    case 'hub':
      return `hf://${delivery.repository}:${delivery.revision}`;
    case 'pull':
      return uri;
    case 'volume':
      // An image volume, as for our own servers: without `native`, a sidecar would share its processes with the server.
      return delivery.volume.image ? uri.replace(/^oci:(.*)\/$/, 'oci+native:$1') : uri;
  }
}

/** Whether the files of a source take space on the node's disk. */
export function isDownloaded(source: ModelSource): boolean {
  const { via } = source.definition.delivery;
  return via === 'pull' || via === 'hub';
}

/** Settings of a bucket that KServe's storage initializer takes from the Secret, by their variables for our own. */
const FROM_SECRET = {
  RCLONE_CONFIG_SOURCE_ENDPOINT: ['an endpoint', 'serving.kserve.io/s3-endpoint'],
  RCLONE_CONFIG_SOURCE_REGION: ['a region', 'serving.kserve.io/s3-region'],
} as const;

/** Records a source that KServe's storage initializer cannot bring. */
export function requireStorageUri(checks: Checks, property: string, source: ModelSource): void {
  const { delivery } = source.definition;
  const inImage = delivery.via === 'volume' && delivery.volume.image !== undefined;
  checks.require(
    !inImage || (delivery.via === 'volume' && delivery.subPath === undefined),
    property,
    () => ({
      got: `${source.toString()}, a directory inside of an image`,
      expected: 'the model at /models of the image, where KServe looks for it',
      fix: 'build the image so and drop path, or use ModelServer',
    }),
  );
  const env = delivery.via === 'pull' ? delivery.env : {};
  for (const [variable, [what, annotation]] of Object.entries(FROM_SECRET))
    checks.require(env[variable] === undefined, property, () => ({
      got: `${source.toString()} with ${what}`,
      expected: 'none: KServe takes it from the Secret with the credentials',
      fix: `drop it, and annotate the Secret with ${annotation}; pods of EKS know their region`,
    }));
}
