/*
 * Repositories of others: folders of their own that have the package as it is published, and of what it needs only
 * what it declares or what they install beside it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** This repository. */
export const ROOT = resolve(__dirname, '..', '..', '..');

/** The package as `npm publish` would send it. */
export interface Packed {
  /** What it was made of, to be removed with it. */
  readonly folder: string;
  readonly file: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Builds and packs it apart from `dist/`, which others may be building at the time. */
export function pack(): Packed {
  // Inside of this repository, so that declarations find the packages that they import.
  const folder = mkdtempSync(join(ROOT, 'test', 'package', '.packed-'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'lib', '--outDir', join(folder, 'dist')], {
    cwd: ROOT,
  });
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const name of names.split('\n'))
    if (/^(policy|stacks|load-client)\/|^[^/]+$/.test(name))
      cpSync(join(ROOT, name), join(folder, name));
  const said = execFileSync('npm', ['pack', '--json'], { cwd: folder });
  const [packed] = JSON.parse(said.toString()) as (Packed & { readonly filename: string })[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return { ...packed, folder, file: join(folder, packed.filename) };
}

/** A repository that uses the package. */
export interface ConsumerOptions {
  readonly type: 'commonjs' | 'module';
  /** What it installs beside the package. */
  readonly installs: readonly string[];
  readonly compilerOptions?: object;
  /** File name → content. */
  readonly files: Readonly<Record<string, string>>;
}

/** Runs a program of a package of this repository. */
export function runTool(file: string, ...args: readonly string[]): Outcome {
  return runNode(ROOT, join(ROOT, 'node_modules', file), args);
}

/** What a program said and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** Does what `npm install` would: the package as it is published, and links to what it and they declare. */
export function install(folder: string, packed: Packed, installs: readonly string[]): void {
  const own = join(folder, 'node_modules', 'inference-constructs');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['-xzf', packed.file, '-C', own, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of new Set([...Object.keys(dependencies), ...installs, '@types/node'])) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), place);
  }
}

export class Consumer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'consumer-'));

  public constructor(packed: Packed, options: ConsumerOptions) {
    const { type, installs, compilerOptions, files } = options;
    install(this.folder, packed, installs);
    const all = {
      'package.json': JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type }),
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          module: 'nodenext',
          types: ['node'],
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: true,
          outDir: 'out',
          rootDir: '.',
          ...compilerOptions,
        },
        include: ['*.ts'],
      }),
      ...files,
    };
    for (const [name, content] of Object.entries(all))
      writeFileSync(join(this.folder, name), content);
  }

  /** Compiles with the compiler of this repository. */
  public compile(...args: readonly string[]): Outcome {
    return this.run(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.', ...args);
  }

  /** Runs a program of Node. */
  public run(program: string, ...args: readonly string[]): Outcome {
    return runNode(this.folder, program, args);
  }

  public remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Runs a program of Node in a folder. */
export function runNode(cwd: string, program: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}
