/*
 * The guides are followed to their end, with the package as it is published: files are written as printed, commands run
 * as printed, one after the other. What needs a cloud or a cluster is marked `console`, and is not run.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, install, pack, type Packed } from './support/consumer';

jest.setTimeout(300_000);

const GUIDES = join(ROOT, 'docs', 'guides');

const LOADER = join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');

/** Guides, and a file that is there at the end. */
const RESULTS: Readonly<Record<string, string>> = {
  'autoscaling.md': 'vision/scaled/resnet.k8s.yaml',
  'eks-spot.md': 'vision/report.html',
  'extending.md': 'acme/manifests/serving.k8s.yaml',
  'first-model-server.md': 'vision/report.html',
  'gitops.md': 'vision/comment.md',
  'gke-gpu.md': 'vision/TOPOLOGY.md',
  'openshift.md': 'vision/report.html',
  'secure.md': 'vision/acme-clients.yaml',
  'security-model.md': 'vision/report.json',
  'serverless.md': 'vision/flowers.json',
  'troubleshooting.md': 'vision/report.json',
  'upgrading.md': 'vision/before',
  'your-own-repository.md': 'platform/manifests/platform.k8s.yaml',
};

/** One shell script of all that a guide says to do. */
function scriptOf(guide: string): string {
  const text = readFileSync(join(GUIDES, guide), 'utf8');
  return [...text.matchAll(/^```(sh|ts)\n([\s\S]*?)^```/gm)]
    .map(([, language, code = '']) => {
      if (language === 'sh') return code;
      const [, file = ''] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? [];
      return `cat > ${file} <<'END_OF_FILE'\n${code}END_OF_FILE\n`;
    })
    .join('\n');
}

test('every guide is followed', () => {
  expect(readdirSync(GUIDES).sort()).toEqual(Object.keys(RESULTS));
});

describe('the guide', () => {
  const work = mkdtempSync(join(tmpdir(), 'guides-'));
  const bin = join(work, 'bin');
  let packed: Packed;

  /** A program of the path that stands before the one of the machine. */
  function program(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }

  beforeAll(() => {
    packed = pack();
    const home = join(work, 'home');
    mkdirSync(home);
    mkdirSync(bin);
    install(home, packed, ['cdk8s', 'cdk8s-plus-28', 'constructs']);
    const cli = join(home, 'node_modules', 'inference-constructs', 'dist', 'lib', 'cli', 'main.js');
    const link = `node --import ${LOADER} ${join(__dirname, 'support', 'link.ts')} "$PWD" ${packed.file}`;
    const real = spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.trim();
    program('npm', `if [ "$1" = install ]; then shift; exec ${link} "$@"; fi\nexec ${real} "$@"`);
    program(
      'npx',
      `name=$1; shift\nif [ -x "node_modules/.bin/$name" ]; then exec "node_modules/.bin/$name" "$@"; fi\n[ "$name" = inference-constructs ] && exec node ${cli} "$@"\necho "no $name" >&2; exit 1`,
    );
  });

  afterAll(() => {
    rmSync(work, { recursive: true });
    rmSync(packed.folder, { recursive: true });
  });

  test.each(Object.entries(RESULTS))('%s ends in %s', (guide, result) => {
    const folder = join(work, guide);
    mkdirSync(folder);

    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-euo', 'pipefail', '-c', scriptOf(guide)],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
      },
    );

    expect({ status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({
      status: 0,
      said: '',
    });
    expect(existsSync(join(folder, result))).toBe(true);
  });
});
