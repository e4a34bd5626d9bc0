/*
 * New repositories as `inference-constructs init` of the published package makes them: they compile, synthesise and test
 * at once.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stacks } from '../../stacks/stacks';
import { ROOT, install, pack, runNode, type Packed } from './support/consumer';

jest.setTimeout(300_000);

const STACKS = Object.keys(stacks);

const CLI = join('node_modules', 'inference-constructs', 'dist', 'lib', 'cli', 'main.js');

interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

describe('a new repository', () => {
  const work = mkdtempSync(join(tmpdir(), 'init-'));
  const home = join(work, 'home');
  let packed: Packed;

  beforeAll(() => {
    mkdirSync(home);
    packed = pack();
    install(home, packed, ['cdk8s', 'cdk8s-plus-28', 'constructs']);
  });

  afterAll(() => {
    rmSync(work, { recursive: true });
    rmSync(packed.folder, { recursive: true });
  });

  /** What npm would install of what the repository declares. */
  function installed(folder: string): PackageJson {
    const declared = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
    const names = Object.keys({ ...declared.dependencies, ...declared.devDependencies });
    install(
      folder,
      packed,
      names.filter((name) => name !== 'inference-constructs'),
    );
    return declared;
  }

  test.each(['', ...STACKS])('begun with %p works at once', (stack) => {
    const folder = join(work, stack || 'first');
    const made = runNode(home, CLI, ['init', folder, ...(stack === '' ? [] : ['--stack', stack])]);
    expect(made).toMatchObject({
      status: 0,
      output: expect.stringContaining('npm run synth') as string,
    });
    const { scripts } = installed(folder);
    const app = scripts['synth']?.replace(/^tsx /, '') ?? '';
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

    expect(runNode(folder, tsc, ['--noEmit'])).toEqual({ status: 0, output: '' });
    expect(runNode(folder, '--import', ['tsx', app])).toMatchObject({ status: 0 });
    const tested = runNode(folder, '--import', ['tsx', '--test', 'test/manifests.test.ts']);
    // Reporters differ with versions of Node.
    expect(tested.output).toMatch(/fail 0$/m);
    expect(tested.status).toBe(0);
    if (stack === '') return;
    // The same as in this repository.
    for (const file of readdirSync(join(ROOT, 'manifests', stack)))
      expect(readFileSync(join(folder, 'manifests', stack, file), 'utf8')).toBe(
        readFileSync(join(ROOT, 'manifests', stack, file), 'utf8'),
      );
  });

  test('its test fails when manifests are not what the code makes', () => {
    const folder = join(work, 'changed');
    runNode(home, CLI, ['init', folder]);
    installed(folder);
    runNode(folder, '--import', ['tsx', 'main.ts']);
    const [file = ''] = readdirSync(join(folder, 'manifests'));
    writeFileSync(join(folder, 'manifests', file), 'kind: Secret\n');

    expect(runNode(folder, '--import', ['tsx', '--test', 'test/manifests.test.ts']).status).toBe(1);
  });

  test('is not made where something is, or of a stack that is none', () => {
    const folder = join(work, 'taken');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine.txt'), 'mine');

    const taken = runNode(home, CLI, ['init', folder, '--stack', 'none']);

    expect(taken.status).toBe(1);
    expect(taken.output).toContain('init.folder: got');
    expect(taken.output).toContain('init.stack: got none');
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });
});
