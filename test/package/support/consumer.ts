/*
 * Repositories of others: folders of their own that have the package as it is published, and of what it needs only
 * what it declares or what they install beside it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** This repository. */
export const ROOT = resolve(__dirname, '..', '..', '..');

/** The package as `npm publish` would send it. */
export interface Packed {
  readonly file: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** What `npm pack` says of it. */
export function pack(folder: string): Packed {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  const [packed] = JSON.parse(said.toString()) as (Packed & { readonly filename: string })[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return { ...packed, file: join(folder, packed.filename) };
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

export class Consumer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'consumer-'));

  public constructor(packed: Packed, options: ConsumerOptions) {
    const { type, installs, compilerOptions, files } = options;
    const own = join(this.folder, 'node_modules', 'inference-constructs');
    mkdirSync(own, { recursive: true });
    execFileSync('tar', ['-xzf', packed.file, '-C', own, '--strip-components=1']);
    const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    for (const name of [...Object.keys(dependencies), ...installs, '@types/node']) {
      const place = join(this.folder, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), place);
    }
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

function runNode(cwd: string, program: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}
