/*
 * Generates `imports/` from the custom resource definitions that `cdk8s.yaml` names.
 *
 *   npm run imports                regenerates
 *   npm run imports -- --check     fails if anything differs from what is committed
 *   npm run imports -- --from DIR  takes definitions from DIR instead of from upstream
 *
 * A folder `../shared/crds` with the same definitions is used when it is there, so that it works offline.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';

const ROOT = resolve(__dirname, '..');
const IMPORTS = join(ROOT, 'imports');
const RECORD = join(IMPORTS, 'sources.json');

/** What a generated file was made from. */
interface Source {
  readonly url: string;
  /** Digest of the definition, and of what was generated from it. */
  readonly definition: string;
  readonly generated: string;
}

type Sources = Record<string, Source>;

async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  const folder = args.includes('--from')
    ? args[args.indexOf('--from') + 1]
    : join(ROOT, '..', 'shared', 'crds');
  const recorded = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Sources) : {};
  const problems: string[] = [];
  const fresh: Sources = {};
  const files = new Map<string, string>();
  for (const [name, url] of declared()) {
    const definition = await definitionOf(url, folder);
    if (check && digest(committed(name)) !== recorded[name]?.generated) {
      problems.push(
        `imports/${name}.ts was edited by hand, or sources.json was not committed with it`,
      );
    }
    if (definition === undefined) {
      if (!check) problems.push(`${url} is not to be had`);
    } else if (check && digest(definition) !== recorded[name]?.definition) {
      // Upstream files carry prose that the copies of a folder may lack: same API, other text.
      console.log(
        `  ${name}: made from another copy of the definition; only its integrity is checked`,
      );
    } else {
      const generated = generate(definition);
      files.set(name, generated);
      fresh[name] = { url, definition: digest(definition), generated: digest(generated) };
      if (check && generated !== committed(name))
        problems.push(`imports/${name}.ts differs from what is generated`);
    }
  }
  const extra = readdirSync(IMPORTS).filter(
    (file) => file.endsWith('.ts') && !declared().has(basename(file, '.ts')),
  );
  problems.push(...extra.map((file) => `imports/${file} is not named in cdk8s.yaml`));
  // All or nothing: a definition that is missing leaves everything as it is.
  if (!check && problems.length === 0) {
    for (const [name, generated] of files) writeFileSync(join(IMPORTS, `${name}.ts`), generated);
    writeFileSync(RECORD, `${JSON.stringify(fresh, undefined, 2)}\n`);
  }
  for (const problem of [...new Set(problems)]) console.error(`  ${problem}; run npm run imports`);
  console.log(
    `imports: ${declared().size} kinds, ${problems.length === 0 ? 'in order' : `${problems.length} problems`}`,
  );
  return problems.length === 0 ? 0 : 1;
}

/** File name → address, from `cdk8s.yaml`. */
function declared(): Map<string, string> {
  const { imports = [] } = parse(readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8')) as {
    imports?: string[];
  };
  return new Map(imports.map((entry) => entry.split(':=') as [string, string]));
}

async function definitionOf(url: string, folder: string | undefined): Promise<string | undefined> {
  const local = join(folder ?? '', basename(url).includes('_') ? basename(url) : '');
  if (folder !== undefined && existsSync(local) && basename(url).includes('_'))
    return readFileSync(local, 'utf8');
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return await response.text();
  } catch (error) {
    console.log(`  ${url} cannot be fetched (${String(error)})`);
    return undefined;
  }
}

function generate(definition: string): string {
  const work = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    writeFileSync(join(work, 'definition.yaml'), definition);
    const cli = join(ROOT, 'node_modules', '.bin', 'cdk8s');
    execFileSync(
      cli,
      ['import', 'definition.yaml', '--language', 'typescript', '--output', 'out', '--no-save'],
      {
        cwd: work,
        stdio: 'pipe',
      },
    );
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

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
