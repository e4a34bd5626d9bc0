/*
 * Replaces a folder of manifests as a whole: until the new one is complete, the old one stays what it is,
 * and a run that was cut off between the two moves is mended by the next one.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigurationError } from 'inference-constructs';
import { CHECKS_FILE } from './checks';

const MANIFEST = '.k8s.yaml';

/**
 * @param folder the folder to replace
 * @param fill writes everything into the empty folder that it is given
 * @throws ConfigurationError when the folder holds files that are not manifests and would be lost
 */
export function replaceFolder(folder: string, fill: (empty: string) => void): void {
  const parent = dirname(folder);
  const prefix = `.${basename(folder)}-`;
  mkdirSync(parent, { recursive: true });
  recover(folder, parent, prefix);
  requireOnlyManifests(folder);

  const work = mkdtempSync(join(parent, prefix));
  const fresh = join(work, 'new');
  const old = join(work, 'old');
  try {
    mkdirSync(fresh);
    fill(fresh);
    if (existsSync(folder)) renameSync(folder, old);
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (existsSync(old)) renameSync(old, folder);
      throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Puts back what a run left that was stopped after it had moved the old folder away. */
function recover(folder: string, parent: string, prefix: string): void {
  for (const entry of readdirSync(parent).filter((name) => name.startsWith(prefix))) {
    const old = join(parent, entry, 'old');
    if (!existsSync(folder) && existsSync(old)) renameSync(old, folder);
  }
}

function requireOnlyManifests(folder: string): void {
  if (!existsSync(folder)) return;
  const foreign = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      statSync(join(folder, file)).isFile() && !file.endsWith(MANIFEST) && file !== CHECKS_FILE,
  );
  if (foreign.length === 0) return;
  throw new ConfigurationError([
    {
      at: basename(folder),
      got: foreign.join(', '),
      expected: `only files that end in ${MANIFEST}, as the folder is replaced as a whole`,
      fix: 'move what you wrote by hand to another folder',
    },
  ]);
}
