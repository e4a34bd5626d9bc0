/*
 * The committed manifests before the scanners that reviewers run, with every exception named.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';
import { LAB_HOME, installed, program } from './support/lab-home';
import { schemaFile, writeSchemas } from './support/openapi-schemas';
import { until } from './support/processes';

const cluster = controlPlane();

const MANIFESTS = join(__dirname, '..', '..', 'manifests');

const files = readdirSync(MANIFESTS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => join(MANIFESTS, file));

interface Exception {
  readonly tool: string;
  readonly rule: string;
  readonly objects: readonly string[];
  readonly reason: string;
}

const exceptions = parse(
  readFileSync(join(__dirname, 'scanner-exceptions.yaml'), 'utf8'),
) as Exception[];

/** `rule object` of every exception of a tool, sorted. */
function excepted(tool: string): string[] {
  return exceptions
    .filter((exception) => exception.tool === tool)
    .flatMap(({ rule, objects }) => objects.map((object) => `${rule} ${object}`))
    .sort();
}

test('every exception has a reason', () => {
  expect(exceptions.filter(({ reason }) => !reason || reason.length < 20)).toEqual([]);
});

(installed('kube-score') ? test : test.skip)(
  'kube-score finds what is excepted, and nothing else',
  () => {
    const run = spawnSync(program('kube-score'), ['score', '-o', 'json', ...files], {
      encoding: 'utf8',
    });
    const objects = JSON.parse(run.stdout) as {
      type_meta: { kind: string };
      object_meta: { name: string; namespace?: string };
      checks: { check: { id: string }; grade: number; skipped?: boolean }[];
    }[];

    const findings = objects.flatMap(({ type_meta, object_meta, checks }) =>
      checks
        .filter(({ grade, skipped }) => grade < 10 && skipped !== true)
        .map(
          ({ check }) =>
            `${check.id} ${type_meta.kind}.${object_meta.namespace ?? ''}.${object_meta.name}`,
        ),
    );

    expect(objects.length).toBeGreaterThan(0);
    expect(findings.sort()).toEqual(excepted('kube-score'));
  },
);

(installed('checkov') ? test : test.skip)(
  'checkov finds what is excepted, and nothing else',
  () => {
    const args = [
      '-d',
      MANIFESTS,
      '--framework',
      'kubernetes',
      '--compact',
      '--quiet',
      '-o',
      'json',
      '--skip-download',
    ];
    const run = spawnSync(join(LAB_HOME, 'venv-checkov', 'bin', 'checkov'), args, {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const { results, summary } = JSON.parse(run.stdout) as {
      results: { failed_checks: { check_id: string; resource: string }[] };
      summary: { passed: number };
    };

    const findings = new Set(
      results.failed_checks.map(({ check_id, resource }) => `${check_id} ${resource}`),
    );

    expect(summary.passed).toBeGreaterThan(100);
    expect([...findings].sort()).toEqual(excepted('checkov'));
  },
);

describeWithCluster('kubeconform, with the schemas of the API server', () => {
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lab-schemas-'));
    const objects = files
      .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
      .map((document) => document.toJS() as KubeObject);
    await installDefinitions(cluster.client);
    const kinds = new Set(objects.map(({ kind }) => kind));
    await until('the API server describes all kinds', 60, async () => {
      const { body } = await cluster.client.request('GET', '/openapi/v2');
      writeSchemas(folder, body as Parameters<typeof writeSchemas>[1], kinds);
      const written = readdirSync(folder);
      return objects.every((object) => written.includes(schemaFile(object)));
    });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function kubeconform(...paths: string[]): {
    readonly summary: Record<string, number>;
    readonly resources?: unknown[];
  } {
    const location = join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
    const args = ['-strict', '-summary', '-output', 'json', '-schema-location', location, ...paths];
    const run = spawnSync(program('kubeconform'), args, { encoding: 'utf8' });
    return JSON.parse(run.stdout) as ReturnType<typeof kubeconform>;
  }

  test('takes every manifest', () => {
    const { summary, resources } = kubeconform(...files);

    expect(resources ?? []).toEqual([]);
    expect(summary).toEqual({
      valid: expect.any(Number) as number,
      invalid: 0,
      errors: 0,
      skipped: 0,
    });
    expect(summary['valid']).toBeGreaterThan(40);
  });

  test('refuses a field that the API does not know', () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: wrong\nspec:\n  replicas: 1\n',
    );

    expect(kubeconform(file).summary).toMatchObject({ valid: 0, invalid: 1 });
  });
});
