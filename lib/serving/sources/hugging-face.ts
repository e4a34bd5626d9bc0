/** @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables (1.33) */
import { Checks } from '../../core/checks';
import type { ModelSourceDefinition } from '../model-source';
import type { SecretReference } from '../secret-reference';
import { httpsEgress } from './egress';

/** Options of a model on the Hugging Face hub. */
export interface HuggingFaceOptions {
  /** Commit of the repository, 40 hexadecimal digits: a branch could change under a running service. */
  readonly revision: string;
  /**
   * A Secret whose key `token` holds an access token; needed for gated repositories.
   * @default - none: the repository is public
   */
  readonly credentials?: SecretReference;
}

/** @internal */
export function huggingFace(
  repository: string,
  { revision, credentials }: HuggingFaceOptions,
): ModelSourceDefinition {
  const checks = new Checks('ModelSource.huggingFace');
  checks.require(/^[\w.-]+\/[\w.-]+$/.test(repository), 'repository', () => ({
    got: `"${repository}"`,
    expected: 'organisation/name',
    fix: 'copy it from the page of the model',
  }));
  checks.require(/^[0-9a-f]{40}$/.test(revision), 'revision', () => ({
    got: `"${revision}"`,
    expected: 'a commit of 40 hexadecimal digits',
    fix: 'copy the commit from the history of the repository, so that every pod serves the same weights',
  }));
  checks.finish();
  return {
    uri: `hf://${repository}@${revision}`,
    delivery: { via: 'hub', repository, revision },
    egress: httpsEgress('ModelSource.huggingFace'),
    ...(credentials && { credentials }),
  };
}
