/*
 * Generates `imports/` from the custom resource definitions in `imports/definitions/`, as `cdk8s.yaml` names
 * them. Reads no network: `cdk8s import` does the same.
 *
 *   npm run imports                regenerates
 *   npm run imports -- --check     fails if anything differs from what is committed
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';

const ROOT = resolve(__dirname, '..');
const IMPORTS = join(ROOT, 'imports');

function main(args: readonly string[]): number {
  const check = args.includes('--check');
  const problems: string[] = [];
  const kinds = declared();
  const files = new Map<string, string>();
  for (const [name, definition] of kinds) {
    const generated = generate(join(ROOT, definition));
    files.set(name, generated);
    if (check && generated !== committed(name))
      problems.push(`imports/${name}.ts differs from what is generated; run npm run imports`);
  }
  const extra = readdirSync(IMPORTS).filter(
    (file) => file.endsWith('.ts') && !kinds.has(basename(file, '.ts')),
  );
  problems.push(...extra.map((file) => `imports/${file} is not named in cdk8s.yaml`));
  // All or nothing: a definition that is broken leaves everything as it is.
  if (!check && problems.length === 0) {
    for (const [name, generated] of files) writeFileSync(join(IMPORTS, `${name}.ts`), generated);
  }
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(
    `imports: ${kinds.size} kinds, ${problems.length === 0 ? 'in order' : `${problems.length} problems`}`,
  );
  return problems.length === 0 ? 0 : 1;
}

/** File name → path of the definition, from `cdk8s.yaml`. */
function declared(): Map<string, string> {
  const { imports = [] } = parse(readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8')) as {
    imports?: string[];
  };
  return new Map(imports.map((entry) => entry.split(':=') as [string, string]));
}

function generate(definition: string): string {
  const work = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    // A folder without a configuration of cdk8s, which would be changed.
    writeFileSync(join(work, 'definition.yaml'), readFileSync(definition));
    const cli = join(ROOT, 'node_modules', '.bin', 'cdk8s');
    const args = ['import', 'definition.yaml', '--language', 'typescript', '--output', 'out'];
    execFileSync(cli, [...args, '--no-save'], { cwd: work, stdio: 'pipe' });
    const [file] = readdirSync(join(work, 'out'));
    return readFileSync(join(work, 'out', file ?? ''), 'utf8');
  } finally {
    rmSync(work, { recursive: true });
  }
}

function committed(name: string): string {
  const file = join(IMPORTS, `${name}.ts`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

process.exitCode = main(process.argv.slice(2));
