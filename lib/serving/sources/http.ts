/** @see https://rclone.org/commands/rclone_copyurl/ (1.75) */
import { Checks } from '../../core/checks';
import type { ModelSourceDefinition } from '../model-source';
import { httpsEgress } from './egress';
import { rcloneCopyUrl } from './rclone';

/** @internal */
export function http(url: string): ModelSourceDefinition {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const fileName = /\/([\w.-]+)$/.exec(parsed?.pathname ?? '')?.[1] ?? '';
  const plain = parsed?.protocol === 'https:' && parsed.username === '' && parsed.search === '';
  const checks = new Checks('ModelSource.http');
  checks.require(plain && fileName !== '' && fileName !== '..', 'url', () => ({
    // What stands before the host or behind the path may be secret, and messages end up in logs.
    got: parsed
      ? `"${parsed.protocol}//${parsed.host}${parsed.pathname}" (credentials and query left out)`
      : 'no URL',
    expected: 'https://host/path/file without credentials or query',
    fix: 'name one file on a server with TLS; for a directory use a bucket',
  }));
  checks.finish();
  return {
    uri: url,
    delivery: rcloneCopyUrl(url, fileName),
    egress: httpsEgress('ModelSource.http'),
  };
}
