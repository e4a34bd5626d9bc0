/*
 * Stands for `npm install` in guides: links what a folder declares, and what is named, from this repository.
 *
 *   link.ts FOLDER PACKED [NAME...]
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { install, type Packed } from './consumer';

const [folder = '', packed = '', ...named] = process.argv.slice(2);

interface Declared {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>> | string;
}

const read = (file: string): Declared => JSON.parse(readFileSync(file, 'utf8')) as Declared;

const file = join(folder, 'package.json');
const declared = read(file);
const dependencies = {
  ...declared.dependencies,
  ...Object.fromEntries(named.map((name) => [name, '*'])),
};
if (named.length > 0)
  writeFileSync(file, JSON.stringify({ ...declared, dependencies }, undefined, 2));
const names = Object.keys({ ...dependencies, ...declared.devDependencies });
rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
install(
  folder,
  { file: packed } as Packed,
  names.filter((name) => name !== 'inference-constructs'),
);

const programs = join(folder, 'node_modules', '.bin');
mkdirSync(programs, { recursive: true });
for (const name of names) {
  const home = join(folder, 'node_modules', name);
  const { bin = {} } = read(join(home, 'package.json'));
  const all = typeof bin === 'string' ? { [name]: bin } : bin;
  for (const [program, path] of Object.entries(all)) {
    // As npm does it.
    chmodSync(join(home, path), 0o755);
    if (!existsSync(join(programs, program)))
      symlinkSync(join(home, path), join(programs, program));
  }
}
