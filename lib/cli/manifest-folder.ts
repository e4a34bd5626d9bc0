import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Checks } from '../core/checks';
import { readManifests, type Manifest } from '../review/manifest';

/** File in which a synthesis says what its checks concluded, beside the folders of stacks; no manifest. */
export const CHECKS_FILE = 'checks.json';

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/**
 * The objects of a file, of a folder with all folders in it, or of standard input (`-`).
 * @throws ConfigurationError when there is nothing, or something that is no manifest
 */
export function manifestsAt(path: string): readonly Manifest[] {
  const files = filesAt(path);
  const manifests = readManifests(
    files.map((file) => ({ path: file, text: readFileSync(file === '-' ? 0 : file, 'utf8') })),
  );
  const checks = new Checks(path);
  checks.require(manifests.length > 0, 'files', () => ({
    got: files.length === 0 ? 'no YAML or JSON file' : 'no object',
    expected: 'manifests, such as those that `cdk8s synth` writes',
    fix: 'name the folder that they are in',
  }));
  checks.finish();
  return manifests;
}

function filesAt(path: string): readonly string[] {
  if (path === '-' || !statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => EXTENSIONS.some((extension) => name.endsWith(extension)))
    .filter(
      (name) => !name.split('/').some((part) => part.startsWith('.') || part === 'node_modules'),
    )
    .filter((name) => basename(name) !== CHECKS_FILE)
    .sort()
    .map((name) => join(path, name));
}
