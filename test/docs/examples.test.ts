/*
 * What the documentation shows compiles, and what the README shows runs.
 */
import { readFileSync, readdirSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
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
  ...['README.md', 'CONTRIBUTING.md', ...filesBelow('docs', '.md')].flatMap((from) =>
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
