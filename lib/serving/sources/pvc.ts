import { Checks } from '../../core/checks';
import { requireSubdomain } from '../../core/names';
import type { ModelSourceDefinition } from '../model-source';
import { requireSubPath } from './path';

/** Options of a model on a PersistentVolumeClaim. */
export interface PvcOptions {
  /**
   * Directory of the model below the root of the volume.
   * @default - the root
   */
  readonly path?: string;
}

/** @internal */
export function pvc(claimName: string, { path }: PvcOptions): ModelSourceDefinition {
  const checks = new Checks('ModelSource.pvc');
  requireSubdomain(checks, 'claimName', claimName, 'give the name of the claim');
  requireSubPath(checks, 'path', path);
  checks.finish();
  return {
    uri: `pvc://${claimName}/${path ?? ''}`,
    delivery: {
      via: 'volume',
      volume: { persistentVolumeClaim: { claimName, readOnly: true } },
      subPath: path,
    },
    egress: [],
  };
}
