/*
 * A new repository: one model server, or a stack of this library to be changed.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Checks } from '../../core/checks';
import { packageFolder, readPackage } from '../package-folder';
import {
  APP,
  CDK8S_YAML,
  GITIGNORE,
  PULUMI_YAML,
  README,
  TEST,
  TSCONFIG,
  packageJson,
  type Versions,
} from './templates';

const PACKAGE = packageFolder();

const STACKS = join(PACKAGE, 'stacks');

/** Files that name every stack; a repository has them with its own alone. */
const REGISTRIES = ['stacks.ts', 'clusters.ts'];

/** Names of the stacks that a repository can begin with. */
export function stackNames(): readonly string[] {
  return readdirSync(STACKS).filter((name) => existsSync(join(STACKS, name, 'charts.ts')));
}

/**
 * Writes the files of a repository, and returns their names.
 * @throws ConfigurationError when the folder holds something, or there is no such stack
 */
export function makeRepository(folder: string, stack: string | undefined): readonly string[] {
  const checks = new Checks('init');
  const there = existsSync(folder) ? readdirSync(folder).filter((name) => name !== '.git') : [];
  checks.require(there.length === 0, 'folder', () => ({
    got: `${folder} with ${there.slice(0, 3).join(', ')}`,
    expected: 'a folder that is not there, or is empty',
    fix: 'name another one; nothing was written',
  }));
  checks.require(stack === undefined || stackNames().includes(stack), 'stack', () => ({
    got: stack ?? '',
    expected: stackNames().join(', '),
    fix: 'name one of them, or none',
  }));
  checks.finish();

  const name = packageName(folder);
  const files = stack === undefined ? firstServer(name) : fromStack(name, stack);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  if (stack !== undefined) copyStack(folder, stack);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

function firstServer(name: string): Readonly<Record<string, string>> {
  return {
    ...common(name, 'main.ts', 'manifests', []),
    'main.ts': APP,
    'README.md': README(name, undefined),
  };
}

function fromStack(name: string, stack: string): Readonly<Record<string, string>> {
  const pulumi = ['@pulumi/aws', '@pulumi/gcp', '@pulumi/kubernetes', '@pulumi/pulumi'];
  return {
    ...common(name, 'stacks/main.ts', `manifests/${stack}`, pulumi),
    'README.md': README(name, stack),
    'Pulumi.yaml': PULUMI_YAML(name),
    ...Object.fromEntries(REGISTRIES.map((file) => [`stacks/${file}`, registryOf(file, stack)])),
  };
}

function common(
  name: string,
  app: string,
  manifests: string,
  others: readonly string[],
): Readonly<Record<string, string>> {
  const { version, peerDependencies, devDependencies } = readPackage();
  const pick = (from: Versions, names: readonly string[]): Versions =>
    Object.fromEntries(names.map((one) => [one, from[one] ?? '*']));
  const needed = ['cdk8s', 'cdk8s-plus-28', 'constructs', ...others];
  return {
    'package.json': packageJson(
      name,
      app,
      { ...pick(peerDependencies, needed), 'inference-constructs': version },
      pick(devDependencies, ['@types/node', 'tsx', 'typescript']),
    ),
    'tsconfig.json': TSCONFIG,
    'cdk8s.yaml': CDK8S_YAML(app),
    '.gitignore': GITIGNORE,
    'test/manifests.test.ts': TEST(app, manifests),
  };
}

/** What the stack is made of; the registries name it alone. */
function copyStack(folder: string, stack: string): void {
  const left = [...otherThan(stack), ...REGISTRIES];
  cpSync(STACKS, join(folder, 'stacks'), {
    recursive: true,
    filter: (source) => !left.includes(basename(source)),
  });
  const example = `Pulumi.${stack}.example.yaml`;
  if (existsSync(join(PACKAGE, example))) cpSync(join(PACKAGE, example), join(folder, example));
}

/** A registry without the lines of the other stacks. */
function registryOf(file: string, stack: string): string {
  const others = otherThan(stack);
  return readFileSync(join(STACKS, file), 'utf8')
    .split('\n')
    .filter(
      (line) =>
        !others.some((name) => line.includes(`'./${name}/`) || line.startsWith(`  '${name}':`)),
    )
    .join('\n');
}

function otherThan(stack: string): readonly string[] {
  return stackNames().filter((name) => name !== stack);
}

function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'inference' : name;
}
