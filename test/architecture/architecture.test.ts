/*
 * The rules of docs/architecture.md that a reader would otherwise have to remember.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ServingEngine } from 'inference-constructs';

const ROOT = resolve(__dirname, '..', '..');

interface Source {
  /** Path below the root. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[];
}

function sourcesOf(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(ROOT, file), 'utf8');
      const imports = [...text.matchAll(/^(?:import|export) (type )?[^;'"]*from '([^']+)'/gm)].map(
        ([, type, from = '']) => ({
          from: from.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), from)) : from,
          typeOnly: type !== undefined,
        }),
      );
      return { file, text, imports };
    });
}

const lib = sourcesOf('lib');
const stacks = sourcesOf('stacks');
const roomOf = (file: string): string => file.split('/')[1] ?? '';

/** Rooms that each room may import from, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  nodes: ['core'],
  serving: ['core', 'nodes'],
  pki: ['core'],
  ingress: ['core', 'nodes', 'serving', 'pki'],
  mesh: ['core', 'serving', 'pki'],
  openshift: ['core', 'nodes', 'serving'],
  tenancy: ['core', 'nodes', 'pki'],
  scaling: ['core', 'nodes', 'serving'],
  observability: ['core', 'serving'],
  serverless: ['core', 'nodes', 'serving', 'scaling'],
  addons: ['core', 'nodes'],
  clusters: ['core', 'nodes', 'addons'],
  review: ['core'],
  cli: ['core', 'pki', 'review'],
};

test('rooms import only from the rooms below them', () => {
  const wrong = lib
    .filter(({ file }) => file.split('/').length > 2)
    .flatMap(({ file, imports }) =>
      imports
        .filter(
          ({ from }) =>
            from.startsWith('lib/') &&
            roomOf(from) !== roomOf(file) &&
            !MAY_IMPORT[roomOf(file)]?.includes(roomOf(from)),
        )
        .map(({ from }) => `${file} -> ${from}`),
    );

  expect(wrong).toEqual([]);
});

test('every room is in the list of this test', () => {
  const rooms = readdirSync(join(ROOT, 'lib'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );

  expect(rooms.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('values never import each other in circles', () => {
  const edges = new Map(
    lib.map(({ file, imports }) => [
      file,
      imports.filter(({ typeOnly }) => !typeOnly).map(({ from }) => `${from}.ts`),
    ]),
  );
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path, file].join(' -> '));
    else for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
  };
  for (const file of edges.keys()) visit(file, []);

  expect(circles).toEqual([]);
});

test('variants import their contract and what they share, never each other or the construct that uses them', () => {
  const wrong = lib.flatMap(({ file, imports }) => {
    const [, engine] = /^lib\/serving\/engines\/(.+)\.ts$/.exec(file) ?? [];
    if (engine === undefined || engine === 'probes') return [];
    return imports
      .filter(({ from }) =>
        /lib\/serving\/(engine|model-server|engines\/(?!probes$).*)$/.test(from),
      )
      .map(({ from }) => `${file} -> ${from}`);
  });

  expect(wrong).toEqual([]);
});

test.each([
  {
    folder: 'lib/ingress/providers/',
    shared: ['gateway-resources', 'envoy-clients', 'nginx-settings', 'object-names'],
    users: /^lib\/ingress\/(secure-grpc-ingress|ingress-provider)$/,
  },
  {
    folder: 'lib/mesh/meshes/',
    shared: ['istio-resources', 'istio-security', 'sidecar-mesh', 'gateway-routes'],
    users: /^lib\/mesh\/(service-mesh|service-mesh-routing|canary|shadow|mesh-job)$/,
  },
])(
  'variants in $folder know the contract and what they share, never each other',
  ({ folder, shared, users }) => {
    const wrong = lib.flatMap(({ file, imports }) => {
      if (!file.startsWith(folder)) return [];
      return imports
        .filter(({ from }) => {
          const variant = from.startsWith(folder) ? from.slice(folder.length) : undefined;
          return users.test(from) || (variant !== undefined && !shared.includes(variant));
        })
        .map(({ from }) => `${file} -> ${from}`);
    });

    expect(wrong).toEqual([]);
  },
);

test('what issues certificates is not loaded by those who declare them', () => {
  const wrong = lib.flatMap(({ file, imports }) =>
    /^lib\/(pki\/issuing|cli)\/|^lib\/pki\.ts$/.test(file)
      ? []
      : imports.filter(({ from }) => from.startsWith('lib/pki/issuing')).map(() => file),
  );

  expect(wrong).toEqual([]);
});

test('engines are named nowhere but in their own file and the registry', () => {
  const ids = ServingEngine.all().map((engine) => engine.definition.id);
  const wrong = lib
    .filter(({ file }) => !file.startsWith('lib/serving/engines/'))
    // KServe calls a format and a runtime of its own by the name of the engine.
    .filter(({ file }) => !/^lib\/serverless\/kserve-(format|runtime)\.ts$/.test(file))
    .filter(({ text }) => ids.some((id) => text.includes(`'${id}'`)));

  expect(wrong.map(({ file }) => file)).toEqual([]);
});

test('cdk8s-plus is imported in one file', () => {
  const importers = [...lib, ...stacks].filter(({ imports }) =>
    imports.some(({ from }) => from.startsWith('cdk8s-plus')),
  );

  expect(importers.map(({ file }) => file)).toEqual(['lib/core/cdk8s-plus.ts']);
});

test('Pulumi is imported only by clusters and the programs of stacks', () => {
  const importers = [...lib, ...stacks].filter(({ imports }) =>
    imports.some(({ from }) => from.startsWith('@pulumi/')),
  );

  expect(
    importers
      .map(({ file }) => file)
      .filter((file) => !/^(lib\/clusters\/|stacks\/pulumi\/)/.test(file)),
  ).toEqual([]);
});

test('clusters know nothing of cdk8s', () => {
  const wrong = lib.filter(
    ({ file, imports }) =>
      file.startsWith('lib/clusters/') && imports.some(({ from }) => from === 'cdk8s'),
  );

  expect(wrong.map(({ file }) => file)).toEqual([]);
});

test('the library reads no clock, environment, network or disk', () => {
  const wrong = lib
    .filter(({ file }) => !file.startsWith('lib/cli/'))
    .filter(({ text }) =>
      /process\.env|Date\.now|new Date\(\)|Math\.random|node:fs|node:http|fetch\(/.test(text),
    );

  expect(wrong.map(({ file }) => file)).toEqual([]);
});

test('every generated binding is used, and in each room by one file', () => {
  const bindings = sourcesOf('imports').map(({ file }) => file.replace(/\.ts$/, ''));
  const importers = bindings.map((binding) =>
    lib
      .filter(({ imports }) => imports.some(({ from }) => from === binding))
      .map(({ file }) => roomOf(file)),
  );

  expect(bindings.filter((_, index) => importers[index]?.length === 0)).toEqual([]);
  expect(importers.filter((rooms) => new Set(rooms).size < rooms.length)).toEqual([]);
});

test('stacks import the library by its entries', () => {
  const wrong = stacks.flatMap(({ file, imports }) =>
    imports.filter(({ from }) => from.startsWith('lib')).map(({ from }) => `${file} -> ${from}`),
  );

  expect(wrong).toEqual([]);
});

test('no file is longer than 400 lines', () => {
  const all = [...lib, ...stacks, ...sourcesOf('test')];
  const long = all.filter(({ text }) => text.split('\n').length > 400);

  expect(long.map(({ file }) => file)).toEqual([]);
});

describe('loading', () => {
  // In a process of its own, as jest keeps what other tests have loaded.
  function loadedBy(entry: string): string[] {
    const script = `require('tsx/cjs'); require('./${entry}'); console.log(JSON.stringify(Object.keys(require.cache)))`;
    const out = execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' });
    return JSON.parse(out.trim().split('\n').pop() ?? '[]') as string[];
  }

  test('the entry for manifests loads no Pulumi', () => {
    const loaded = loadedBy('lib/index.ts');

    expect(loaded.filter((file) => file.includes('@pulumi'))).toEqual([]);
    expect(loaded.some((file) => file.endsWith('lib/serving/model-server.ts'))).toBe(true);
  });

  test('the entry for manifests loads no library for certificates', () => {
    const loaded = loadedBy('lib/index.ts');

    expect(loaded.filter((file) => /@peculiar|reflect-metadata|commander/.test(file))).toEqual([]);
  });

  test('the entry for certificates loads neither cdk8s nor Pulumi', () => {
    const loaded = loadedBy('lib/pki.ts');

    expect(loaded.filter((file) => /node_modules\/(cdk8s|constructs|@pulumi)/.test(file))).toEqual(
      [],
    );
    expect(loaded.some((file) => file.includes('@peculiar/x509'))).toBe(true);
  });

  test('the entry for clusters loads neither cdk8s nor the SDK of a cloud', () => {
    const loaded = loadedBy('lib/cloud.ts');

    expect(
      loaded.filter((file) => /node_modules\/(cdk8s|constructs|@pulumi\/(aws|gcp))/.test(file)),
    ).toEqual([]);
    expect(loaded.some((file) => file.includes('@pulumi/kubernetes'))).toBe(true);
  });
});

test('the types of the entry for clusters need the SDK of no cloud', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from } of lib.find((one) => one.file === file)?.imports ?? [])
      visit(from.startsWith('lib/') ? `${from}.ts` : from);
  };
  visit('lib/cloud.ts');

  expect([...reached].filter((from) => /^@pulumi\/(aws|gcp)/.test(from))).toEqual([]);
  expect([...reached].some((from) => from.startsWith('@pulumi/kubernetes'))).toBe(true);
});

test('clouds are named nowhere but in their own files and the registry', () => {
  const wrong = lib
    .filter(
      ({ file }) => /^lib\/clusters\/[^/]+\.ts$/.test(file) && file !== 'lib/clusters/cloud.ts',
    )
    .filter(({ text }) => /'(eks|gke)'/.test(text));

  expect(wrong.map(({ file }) => file)).toEqual([]);
});

test('a cloud knows nothing of another', () => {
  const wrong = lib.flatMap(({ file, imports }) => {
    const [, cloud] = /^lib\/clusters\/clouds\/(\w+)/.exec(file) ?? [];
    return imports
      .filter(({ from }) => {
        const [, other] = /^lib\/clusters\/clouds\/(\w+)/.exec(from) ?? [];
        return cloud !== undefined && other !== undefined && other !== cloud;
      })
      .map(({ from }) => `${file} -> ${from}`);
  });

  expect(wrong).toEqual([]);
});

test('the policy pack has the version of the package', () => {
  const versionOf = (path: string): unknown =>
    (JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as { version: unknown }).version;

  expect(versionOf('policy/package.json')).toBe(versionOf('package.json'));
});
