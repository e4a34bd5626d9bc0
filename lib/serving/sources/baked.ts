import { Checks } from '../../core/checks';
import type { ModelSourceDefinition } from '../model-source';

/** @internal */
export function baked(path: string): ModelSourceDefinition {
  const checks = new Checks('ModelSource.baked');
  checks.require(/^(\/[\w.-]+)+\/?$/.test(path) && !path.split('/').includes('..'), 'path', () => ({
    got: `"${path}"`,
    expected: 'an absolute directory inside the image, of letters, digits, "_", "." and "-"',
    fix: 'give the path that the image was built with',
  }));
  checks.finish();
  const directory = path.replace(/\/$/, '');
  return { uri: `image://${directory}`, delivery: { via: 'image', path: directory }, egress: [] };
}
