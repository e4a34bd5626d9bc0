/*
 * What the documentation shows compiles, and what the README shows runs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const ROOT = resolve(__dirname, '..', '..');

interface Example {
  readonly from: string;
  readonly code: string;
}

function filesBelow(folder: string, suffix: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name));
}

/** Guides; reports of the API show declarations, not code. */
const guides = filesBelow('docs', '.md').filter((name) => !name.endsWith('.api.md'));

/** `@example` blocks of doc comments, and fenced TypeScript of Markdown. */
const examples: Example[] = [
  ...filesBelow('lib', '.ts').flatMap((from) =>
    [...readFileSync(join(ROOT, from), 'utf8').matchAll(/ \* @example\n((?: \*.*\n)+?) \*\//g)].map(
      ([, block = '']) => ({
        from,
        code: block.replace(/^ \* ?/gm, ''),
      }),
    ),
  ),
  ...['README.md', 'CONTRIBUTING.md', ...guides].flatMap((from) =>
    [...readFileSync(join(ROOT, from), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
      ([, code = '']) => ({ from, code }),
    ),
  ),
];

test('there are examples to check', () => {
  expect(examples.length).toBeGreaterThan(6);
  expect(examples.map(({ from }) => from)).toContain('README.md');
});

test('every example compiles as it is printed', () => {
  const folder = mkdtempSync(join(ROOT, 'test', 'docs', '.examples-'));
  try {
    const files = examples.map(({ code }, index) => {
      const file = join(folder, `example-${index}.ts`);
      writeFileSync(file, `${code}\nexport {};\n`);
      return file;
    });
    const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
    const program = ts.createProgram(files, { ...options, noEmit: true, noUnusedLocals: false });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      const index = files.indexOf(file?.fileName ?? '');
      return `${examples[index]?.from ?? file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });

    expect(problems).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

describe('the first example of the README', () => {
  const [first] = examples.filter(({ from }) => from === 'README.md');
  const code = first?.code ?? '';

  /** Runs it in an empty folder, as a reader would, and returns that folder's files and what was printed. */
  function run(source: string): { readonly files: string[]; readonly printed: string } {
    const folder = mkdtempSync(join(tmpdir(), 'readme-'));
    try {
      const file = join(folder, 'main.ts');
      writeFileSync(file, source);
      const args = [
        join(ROOT, 'node_modules/tsx/dist/cli.mjs'),
        '--tsconfig',
        join(ROOT, 'tsconfig.json'),
        file,
      ];
      const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules') };
      const { stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: folder,
        encoding: 'utf8',
        env,
      });
      return {
        files: ts.sys.readDirectory(folder, ['.yaml']).map((path) => path.slice(folder.length)),
        printed: stdout + stderr,
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('is at most 15 lines, and writes manifests', () => {
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    expect(run(code)).toEqual({ files: ['/dist/resnet.k8s.yaml'], printed: '' });
  });

  test('fails as the README says when it asks for too much', () => {
    const { files, printed } = run(code.replace('Size.gibibytes(4)', 'Size.gibibytes(30)'));
    const [told = ''] =
      /ConfigurationError: .*/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

    expect(files).toEqual([]);
    expect(told).not.toBe('');
    expect(printed).toContain(told);
  });
});

test('every exported construct shows how it is used', () => {
  const constructs = filesBelow('lib', '.ts').filter((file) =>
    /^export class \w+ extends (Construct|Chart|pulumi\.ComponentResource)/m.test(
      readFileSync(join(ROOT, file), 'utf8'),
    ),
  );

  expect(constructs.filter((file) => !examples.some(({ from }) => from === file))).toEqual([]);
});

test('every link to a file of the repository leads somewhere', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs', '.md')];
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target = '']) => join(page, '..', target))
      .filter(
        (target) =>
          !ts.sys.fileExists(join(ROOT, target)) && !ts.sys.directoryExists(join(ROOT, target)),
      )
      .map((target) => `${page} -> ${target}`),
  );

  expect(broken).toEqual([]);
});
