/*
 * Files of a new repository.
 */

/** What versions of others a repository needs; name → range. */
export type Versions = Readonly<Record<string, string>>;

/** `package.json`. */
export function packageJson(
  name: string,
  app: string,
  dependencies: Versions,
  development: Versions,
): string {
  return json({
    name,
    version: '0.0.0',
    private: true,
    type: 'commonjs',
    scripts: {
      synth: `tsx ${app}`,
      typecheck: 'tsc --noEmit',
      test: 'npm run typecheck && node --import tsx --test test/manifests.test.ts',
      report: 'inference-constructs report manifests',
      diff: 'inference-constructs diff',
    },
    dependencies,
    devDependencies: development,
  });
}

export const TSCONFIG = json({
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    esModuleInterop: true,
    noEmit: true,
  },
  exclude: ['node_modules', 'dist'],
});

export const GITIGNORE = `node_modules/
dist/
.manifests-*/
report.html
pki/
Pulumi.*.yaml
!Pulumi.*.example.yaml
`;

export const CDK8S_YAML = (app: string): string => `language: typescript
app: npx tsx ${app}
output: dist/manifests
`;

export const PULUMI_YAML = (name: string): string => `name: ${name}
description: A cluster with model servers
main: stacks/index.ts
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: --import tsx
`;

/** The app of a repository that begins with one model server. */
export const APP = `/*
 * The cdk8s app: \`npm run synth\` writes manifests/, which belongs into git.
 */
import { App, Size } from 'cdk8s';
import {
  Autoscaling,
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  ScalingPolicy,
  ServingChart,
  ServingEngine,
  ServingNamespace,
} from 'inference-constructs';

const app = new App({ outdir: process.env['CDK8S_OUTDIR'] ?? 'manifests' });

const namespace = new ServingChart(app, 'namespace', { namespace: 'serving' });
const { priorityClassName } = new ServingNamespace(namespace, 'Namespace', {
  name: 'serving',
  quota: { cpu: Cpu.units(40), memory: Size.gibibytes(80), pods: 20 },
});

const chart = new ServingChart(app, 'resnet', { namespace: 'serving' });
const server = new ModelServer(chart, 'ResNet', {
  name: 'resnet',
  engine: ServingEngine.TENSORFLOW_SERVING,
  // Where your model is: ModelSource.gcs, .azureBlob, .huggingFace, .pvc, .ociImage and others.
  model: Model.of('resnet', ModelSource.s3('s3://models/resnet/'), { size: Size.mebibytes(256) }),
  cpu: Cpu.units(2),
  memory: Size.gibibytes(4),
  priorityClassName,
});
new Autoscaling(chart, 'Scaling', {
  target: server,
  minReplicas: 2,
  maxReplicas: 10,
  policies: [ScalingPolicy.cpuUtilization(60)],
});

app.synth();
`;

/** The test of any repository: what is committed is what the code makes, and it is safe. */
export const TEST = (app: string, folder: string): string => `/*
 * What is committed is what the code makes, and the report has nothing serious to say of it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('manifests/ is what the code makes: npm run synth', () => {
  const work = mkdtempSync(join(tmpdir(), 'manifests-'));
  const fresh = join(work, 'manifests');
  try {
    const env = { ...process.env, CDK8S_OUTDIR: fresh };
    execFileSync(process.execPath, ['--import', 'tsx', '${app}'], { env });
    assert.deepEqual(contentsOf('manifests'), contentsOf(fresh));
  } finally {
    rmSync(work, { recursive: true });
  }
});

test('nothing serious is found in what is made', () => {
  const cli = join('node_modules', 'inference-constructs', 'dist', 'lib', 'cli', 'main.js');
  const said = execFileSync(process.execPath, [cli, 'report', '${folder}', '--json'], {
    encoding: 'utf8',
  });
  const report = JSON.parse(said) as { findings: { severity: string }[]; workloads: unknown[] };
  assert.notEqual(report.workloads.length, 0);
  assert.deepEqual(
    report.findings.filter(({ severity }) => severity !== 'low'),
    [],
  );
});
`;

export const README = (name: string, stack: string | undefined): string => `# ${name}

\`\`\`sh
npm install
npm run synth     # writes manifests/
npm test          # types, manifests as committed, nothing unsafe
npm run report    # draws them: report.html
\`\`\`

${stack === undefined ? 'Begin in `main.ts`: where your model is, how much CPU and memory it takes.' : `Begin in \`stacks/${stack}/charts.ts\`. What can be chosen without changing code is in \`stacks/settings.ts\`; \`pulumi up\` makes the cluster, too: see \`Pulumi.yaml\`.`}

Before merging a change, \`npm run diff -- OLD NEW\` says what it does to a cluster that has the old manifests.
`;

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
