/** @see https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/ (v1.35) */
import { Checks } from '../../core/checks';
import { requirePinnedImage } from '../../core/image-reference';
import type { ModelSourceDefinition } from '../model-source';
import { requireSubPath } from './path';

/** Options of a model in an OCI image. */
export interface OciImageOptions {
  /**
   * Directory of the model inside the image.
   * @default - the root
   */
  readonly path?: string;
}

/** @internal */
export function ociImage(reference: string, { path }: OciImageOptions): ModelSourceDefinition {
  const checks = new Checks('ModelSource.ociImage');
  requirePinnedImage(checks, 'reference', reference);
  requireSubPath(checks, 'path', path);
  checks.finish();
  return {
    uri: `oci://${reference}/${path ?? ''}`,
    delivery: {
      via: 'volume',
      volume: { image: { reference, pullPolicy: 'IfNotPresent' } },
      subPath: path,
    },
    egress: [],
    warning: {
      message:
        'image volumes are beta up to Kubernetes 1.35 and need containerd 2.1 or CRI-O 1.31 on the nodes',
      fix: 'check the node image, or pull the model from a bucket',
    },
  };
}
