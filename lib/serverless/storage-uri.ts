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
      return delivery.volume.image ? uri.replace(/\/$/, '') : uri;
  }
}

/** Whether the files of a source take space on the node's disk. */
export function isDownloaded(source: ModelSource): boolean {
  const { via } = source.definition.delivery;
  return via === 'pull' || via === 'hub';
}

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
}
