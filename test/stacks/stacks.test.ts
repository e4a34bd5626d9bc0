/*
 * The committed manifests are the product: they are what the stacks say, byte for byte, however they are made.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';
import { replaceFolder } from '../../stacks/synth/replace-folder';
import { summarise, table } from '../../stacks/synth/summary';

const SETTINGS = readSettings(() => undefined);

const ROOT = resolve(__dirname, '..', '..');
const MANIFESTS = join(ROOT, 'manifests');

let work = '';

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'stacks-'));
});

afterEach(() => {
  rmSync(work, { recursive: true, force: true });
});

/** File name → content of everything below a folder. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file.slice(folder.length), readFileSync(file, 'utf8')];
    }),
  );
}

function tsx(...args: string[]): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
}

describe.each(Object.entries(stacks))('%s', (name, build) => {
  test('is committed as it is synthesised', () => {
    const app = new App({ outdir: work });
    build(app, SETTINGS);
    app.synth();

    expect(contents(work)).toEqual(contents(join(MANIFESTS, name)));
  });

  test('has pinned images, no secrets, and no empty maps', () => {
    for (const [file, text] of Object.entries(contents(join(MANIFESTS, name)))) {
      expect({
        file,
        found: /:latest|^kind: Secret$|Output<T>|: \{\}$/m.exec(
          text.replace(/podSelector: \{\}/g, ''),
        )?.[0],
      }).toEqual({ file, found: undefined });
    }
  });

  test('puts every object but those of the cluster into a namespace', () => {
    const objects = Object.values(contents(join(MANIFESTS, name)))
      .flatMap((text) => parseAllDocuments(text))
      .map(
        (document) =>
          document.toJS() as { kind: string; metadata: { name: string; namespace?: string } },
      );
    const homeless = objects.filter(({ metadata }) => metadata.namespace === undefined);

    const clusterScoped = [
      'ClusterRole',
      'ClusterRoleBinding',
      'ClusterStorageContainer',
      'Istio',
      'IstioCNI',
      'KubeletConfig',
      'MachineConfigPool',
      'Namespace',
      'PriorityClass',
    ];
    expect(homeless.filter(({ kind }) => !clusterScoped.includes(kind))).toEqual([]);
  });
});

test('one setting gives eks-spot-resnet another way in', () => {
  const build = (ingress: string): string[] => {
    const app = new App();
    stacks['eks-spot-resnet']?.(
      app,
      readSettings((key) => (key === 'ingress' ? ingress : undefined)),
    );
    return app.charts
      .flatMap((chart) => chart.toJson() as { kind: string }[])
      .map(({ kind }) => kind);
  };

  expect(build('aws-alb').filter((kind) => kind === 'Ingress')).toHaveLength(2);
  expect(build('envoy-gateway')).toEqual(
    expect.arrayContaining(['Gateway', 'GRPCRoute', 'HTTPRoute', 'SecurityPolicy']),
  );
  expect(() => build('nginx')).toThrow(
    'inference:ingress: got "nginx", expected aws-alb, envoy-gateway; choose one with INFERENCE_INGRESS, or with: pulumi config set inference:ingress NAME',
  );
});

describe('settings of openshift-mesh', () => {
  const build = (chosen: Readonly<Record<string, string>>): { kind: string }[] => {
    const app = new App();
    stacks['openshift-mesh']?.(
      app,
      readSettings((key) => chosen[key]),
    );
    return app.charts.flatMap((chart) => chart.toJson() as { kind: string }[]);
  };
  const kindsOf = (chosen: Readonly<Record<string, string>>): string[] =>
    build(chosen).map(({ kind }) => kind);

  test('choose the mesh, and what makes it', () => {
    expect(kindsOf({})).toEqual(expect.arrayContaining(['Istio', 'IstioCNI']));
    expect(kindsOf({ mesh: 'openshift-service-mesh-2' })).toEqual(
      expect.arrayContaining([
        'ServiceMeshControlPlane',
        'ServiceMeshMemberRoll',
        'ServiceMeshMember',
      ]),
    );
    const charts = kindsOf({ mesh: 'istio', delivery: 'flux' });
    expect(charts.filter((kind) => kind === 'HelmRelease')).toHaveLength(3);
  });

  test('choose who runs the servers', () => {
    const of = (server: string): string[] =>
      kindsOf({ server }).filter((kind) => ['Deployment', 'ModelServer'].includes(kind));

    expect(of('deployment')).toEqual(['Deployment', 'Deployment']);
    expect(of('operator')).toEqual(['ModelServer', 'ModelServer']);
  });

  test('let things go wrong on purpose in the test variant only', () => {
    expect(JSON.stringify(build({}))).not.toContain('"fault"');
    expect(JSON.stringify(build({ purpose: 'test' }))).toContain('"grpcStatus":"UNAVAILABLE"');
  });
});

test('npm run synth and cdk8s synth write the same bytes', () => {
  execFileSync(join(ROOT, 'node_modules/.bin/cdk8s'), ['synth', '--output', join(work, 'out')], {
    cwd: ROOT,
    stdio: 'pipe',
    env: { ...process.env, CI: 'true' },
  });

  expect(contents(join(work, 'out'))).toEqual(contents(MANIFESTS));
}, 60_000);

describe('settings of eks-spot-resnet', () => {
  const kindsOf = (settings: Readonly<Record<string, string>>): string[] => {
    const app = new App();
    stacks['eks-spot-resnet']?.(
      app,
      readSettings((key) => settings[key]),
    );
    return app.charts.flatMap((chart) =>
      (chart.toJson() as { kind: string; metadata: { name: string } }[]).map(
        ({ kind, metadata }) => `${chart.node.id}: ${kind} ${metadata.name}`,
      ),
    );
  };
  const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/111122223333/serving-termination';
  const AUTOSCALER = 'nodes: Deployment cluster-autoscaler';
  const HANDLER = 'nodes: Deployment aws-node-termination-handler';

  test('have an autoscaler of nodes, but with Karpenter', () => {
    expect(kindsOf({})).toContain(AUTOSCALER);
    expect(kindsOf({ spotProvisioning: 'self-managed' })).toContain(AUTOSCALER);
    expect(kindsOf({ spotProvisioning: 'karpenter' })).not.toContain(AUTOSCALER);
  });

  test('have a handler for self-managed groups that are made elsewhere, and only for those', () => {
    expect(kindsOf({ spotProvisioning: 'self-managed', queueUrl: QUEUE })).toContain(HANDLER);
    expect(kindsOf({ spotProvisioning: 'self-managed' })).not.toContain(HANDLER);
    expect(kindsOf({ queueUrl: QUEUE })).not.toContain(HANDLER);
  });

  test.each([
    ['flux', 'HelmRelease'],
    ['argo-cd', 'Application'],
  ])('hand charts to %s, before everything else', (delivery, kind) => {
    const kinds = kindsOf({ delivery, networkId: 'vpc-1', ingress: 'envoy-gateway' });

    expect(kinds).toContain(`software: ${kind} aws-load-balancer-controller`);
    expect(kinds).toContain(`software: ${kind} envoy-gateway`);
    expect(kinds[0]).toMatch(/^software: /);
  });

  test('name the network where a chart must know it', () => {
    expect(() => kindsOf({ delivery: 'flux' })).toThrow(
      /software\/load-balancers.networkId: got nothing/,
    );
  });
});

test('the table says what was written', () => {
  const app = new App();
  stacks['eks-spot-resnet']?.(app, SETTINGS);

  expect(table([summarise('eks-spot-resnet', app)])).toBe(
    '  stack            objects  pods (min–max)  cpu (min–max)  runs on\n' +
      '  eks-spot-resnet       24          20–100         40–200  spot-4x16, spot-8x32',
  );
});

describe('writing the manifests', () => {
  const old = (): string => {
    const folder = join(work, 'manifests');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.k8s.yaml'), 'old');
    return folder;
  };

  test('replaces the folder as a whole', () => {
    const folder = old();

    replaceFolder(folder, (empty) => writeFileSync(join(empty, 'b.k8s.yaml'), 'new'));

    expect(contents(folder)).toEqual({ '/b.k8s.yaml': 'new' });
    expect(readdirSync(work)).toEqual(['manifests']);
  });

  test('leaves the old folder as it was when it fails half-way', () => {
    const folder = old();

    expect(() =>
      replaceFolder(folder, (empty) => {
        writeFileSync(join(empty, 'b.k8s.yaml'), 'new');
        throw new Error('half-way');
      }),
    ).toThrow('half-way');

    expect(contents(folder)).toEqual({ '/a.k8s.yaml': 'old' });
    expect(readdirSync(work)).toEqual(['manifests']);
  });

  test('puts back what a run left that was killed between its two moves', () => {
    const folder = old();
    mkdirSync(join(work, '.manifests-killed'));
    execFileSync('mv', [folder, join(work, '.manifests-killed', 'old')]);

    expect(() =>
      replaceFolder(folder, () => {
        throw new Error('again');
      }),
    ).toThrow('again');

    expect(contents(folder)).toEqual({ '/a.k8s.yaml': 'old' });
  });

  test('refuses a folder with files that it would lose', () => {
    const folder = old();
    writeFileSync(join(folder, 'notes.md'), 'mine');

    expect(() => replaceFolder(folder, () => undefined)).toThrow(
      'manifests: got notes.md, expected only files that end in .k8s.yaml, as the folder is replaced as a whole; move what you wrote by hand to another folder',
    );
    expect(contents(folder)).toEqual({ '/a.k8s.yaml': 'old', '/notes.md': 'mine' });
  });

  test('tells every problem of every stack, and writes nothing', () => {
    const script = join(work, 'broken.ts');
    writeFileSync(
      script,
      `import { readSettings } from '../../stacks/settings';
import { stacks } from '${ROOT}/stacks/stacks';
       import { ServingChart } from '${ROOT}/lib/index';
       for (const name of ['one', 'two']) {
         (stacks as Record<string, unknown>)[name] = (app: never) => new ServingChart(app, name, { namespace: 'default' });
       }
       process.env['CDK8S_OUTDIR'] = '${join(work, 'out')}';
       require('${ROOT}/stacks/main');`,
    );
    const { status, stderr } = tsx('--tsconfig', join(ROOT, 'tsconfig.json'), script);

    expect(String(stderr)).toContain(
      'ConfigurationError: 2 problems\none.namespace: got "default"',
    );
    expect(String(stderr)).toContain('\ntwo.namespace: got "default"');
    expect(status).toBe(1);
    expect(readdirSync(work)).toEqual(['broken.ts']);
  }, 30_000);
});
