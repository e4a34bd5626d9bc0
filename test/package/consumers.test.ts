/*
 * The package as it is published, in the repositories of others.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRIES, report } from '../../.tools/api-report';
import {
  Consumer,
  pack,
  runTool,
  type ConsumerOptions,
  type Outcome,
  type Packed,
} from './support/consumer';

jest.setTimeout(300_000);

const CDK8S = ['cdk8s', 'cdk8s-plus-28', 'constructs'];

const PULUMI = ['@pulumi/pulumi', '@pulumi/kubernetes', '@pulumi/aws'];

/** Bytes that the package may have, packed and unpacked. */
const LARGEST = { packed: 900_000, unpacked: 5_000_000 };

const SERVER = `
  name: 'resnet',
  engine: ServingEngine.TENSORFLOW_SERVING,
  model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
  cpu: Cpu.units(4),
  memory: Size.gibibytes(4),
`;

/** Makes manifests, and says which. */
const SYNTH = `
import { App, Size, Yaml } from 'cdk8s';
import { Cpu, Model, ModelServer, ModelSource, ServingChart, ServingEngine } from 'inference-constructs';

const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
new ModelServer(chart, 'ResNet', {${SERVER}});
const objects = chart.toJson() as { kind: string }[];
console.log(objects.map(({ kind }) => kind).sort().join(' '), Yaml.stringify(...objects).length > 1000);
`;

const WITHOUT_PULUMI = `
import { createRequire } from 'node:module';
try {
  createRequire(process.cwd() + '/package.json').resolve('@pulumi/pulumi');
  console.log('Pulumi is here');
} catch {
  console.log('no Pulumi');
}
`;

const CERTIFICATES = `
import { CertificateAuthority } from 'inference-constructs';
import { PrivateAuthority } from 'inference-constructs/pki';

console.log(typeof PrivateAuthority, typeof CertificateAuthority.fromSecret('clients'));
`;

const CLUSTER = `
import * as pulumi from '@pulumi/pulumi';
import { Cloud, Cluster, Network, SpotNodeGroup } from 'inference-constructs/cloud';
import { NodePool } from 'inference-constructs';

async function main(): Promise<void> {
  const made: string[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      made.push(type);
      return { id: name, state: { ...inputs, endpoint: 'https://api', certificateAuthority: { data: 'Q0E=' },
        kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' }, latestVersion: 1,
        arn: \`arn:aws:test:eu-west-1:111122223333:\${name}\`, url: 'https://queue', resources: [{ autoscalingGroups: [{ name }] }] } };
    },
    call: () => ({ version: 'v1.0.0-eksbuild.1' }),
  });
  const systemPool = NodePool.eksOnDemand('system', { instanceTypes: ['m7i.large'], min: 2, max: 3 });
  const pool = NodePool.eksSpot('spot', { instanceTypes: ['m5.xlarge', 'm6i.xlarge', 'm7i.xlarge'], min: 0, max: 9 });
  const cluster = new Cluster('serving', {
    version: '1.35', network: new Network('serving', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] }),
    systemPool,
  });
  new SpotNodeGroup('spot', { cluster, pool });
  process.on('beforeExit', () => console.log(made.filter((type) => /cluster:Cluster|NodeGroup$/.test(type)).sort().join(' ')));
}
void main();
`;

/** A repository that had cdk8s before, with charts and L2s of its own. */
const OWN_CHARTS = `
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Cpu, Model, ModelServer, ModelSource, ServingEngine } from 'inference-constructs';

class Platform extends Chart {
  public constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'ml', disableResourceNameHashes: true, labels: { team: 'vision' } });
    const server = new ModelServer(this, 'ResNet', {${SERVER}});
    const web = new kplus.Deployment(this, 'Web', { containers: [{ image: 'registry.example.com/web:1.0.0', portNumber: 8080 }] });
    new kplus.HorizontalPodAutoscaler(this, 'Scaler', {
      target: server, minReplicas: 2, maxReplicas: 8,
      metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(60))],
    });
    web.exposeViaService();
  }
}
const app = new App();
const chart = new Platform(app, 'platform');
const objects = chart.toJson() as { kind: string; metadata: { name: string; namespace: string; labels: Record<string, string> } }[];
console.log(objects.map(({ kind }) => kind).sort().join(' '));
console.log(objects.every(({ metadata }) => metadata.namespace === 'ml' && metadata.labels['team'] === 'vision'));
`;

const SERVER_KINDS =
  'ConfigMap Deployment NetworkPolicy PodDisruptionBudget Service Service ServiceAccount';

describe('the published package', () => {
  const consumers: Consumer[] = [];
  let packed: Packed;

  beforeAll(() => {
    packed = pack();
  });

  afterAll(() => {
    for (const consumer of consumers) consumer.remove();
    rmSync(packed.folder, { recursive: true });
  });

  function inRepository(options: ConsumerOptions): Consumer {
    const consumer = new Consumer(packed, options);
    consumers.push(consumer);
    return consumer;
  }

  test('holds what is used and nothing else, and stays small', () => {
    const others = packed.files
      .map(({ path }) => path)
      .filter(
        (path) =>
          !/^(dist\/(lib|imports)|policy|stacks|load-client)\/|^Pulumi\..*\.example\.yaml$|^[A-Z]+(\.md)?$|^package\.json$/.test(
            path,
          ),
      );

    expect(others).toEqual([]);
    expect(packed.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'NOTICE',
        'README.md',
        'CHANGELOG.md',
        'dist/lib/index.js',
      ]),
    );
    expect(packed.size).toBeLessThan(LARGEST.packed);
    expect(packed.unpackedSize).toBeLessThan(LARGEST.unpacked);
  });

  test('is clean to publint', () => {
    const { status, output } = runTool('publint/src/cli.js', packed.file, '--strict');

    expect(output).toContain('All good!');
    expect(status).toBe(0);
  });

  test('has types that are right for every way to resolve them', () => {
    const file = '@arethetypeswrong/cli/dist/index.js';
    const { status, output } = runTool(file, packed.file, '--no-emoji');

    expect(output).toContain('No problems found');
    expect(status).toBe(0);
  });

  // npm run api writes the reports.
  test.each(Object.keys(ENTRIES) as (keyof typeof ENTRIES)[])(
    'lets others see of its entry %s what docs/api says',
    (entry) => {
      expect(report(entry, join(packed.folder, 'dist', 'lib'), true)).toBe(true);
    },
  );

  test.each(['commonjs', 'module'] as const)('works in a %s repository without Pulumi', (type) => {
    const consumer = inRepository({
      type,
      installs: CDK8S,
      files: { 'synth.ts': SYNTH, 'certificates.ts': CERTIFICATES, 'pulumi.ts': WITHOUT_PULUMI },
    });

    expect(consumer.compile()).toEqual(well(''));
    expect(consumer.run('out/synth.js')).toEqual(well(`${SERVER_KINDS} true\n`));
    expect(consumer.run('out/certificates.js')).toEqual(well('function object\n'));
    expect(consumer.run('out/pulumi.js')).toEqual(well('no Pulumi\n'));
  });

  test.each(['commonjs', 'module'] as const)(
    'declares clusters in a %s repository with Pulumi',
    (type) => {
      const consumer = inRepository({
        type,
        installs: [...CDK8S, ...PULUMI],
        files: { 'cluster.ts': CLUSTER },
      });

      expect(consumer.compile()).toEqual(well(''));
      expect(consumer.run('out/cluster.js')).toEqual(
        well(
          'aws:eks/cluster:Cluster aws:eks/nodeGroup:NodeGroup inference-constructs:clusters:SpotNodeGroup\n',
        ),
      );
    },
  );

  test('fits into charts of others, beside constructs of cdk8s-plus', () => {
    const consumer = inRepository({
      type: 'commonjs',
      installs: CDK8S,
      files: { 'app.ts': OWN_CHARTS },
    });

    expect(consumer.compile()).toEqual(well(''));
    const { status, output } = consumer.run('out/app.js');
    expect({ status, output }).toEqual(
      well(
        'ConfigMap Deployment Deployment HorizontalPodAutoscaler NetworkPolicy PodDisruptionBudget Service Service Service ServiceAccount\ntrue\n',
      ),
    );
  });

  test.each([
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ])('type-checks with moduleResolution $moduleResolution, libraries included', (resolution) => {
    const consumer = inRepository({
      type: 'module',
      installs: [...CDK8S, ...PULUMI, '@pulumi/gcp'],
      // Declarations of cdk8s and Pulumi are not written for exactOptionalPropertyTypes.
      compilerOptions: { ...resolution, skipLibCheck: false, exactOptionalPropertyTypes: false },
      files: { 'synth.ts': SYNTH, 'certificates.ts': CERTIFICATES, 'cluster.ts': CLUSTER },
    });

    expect(consumer.compile('--noEmit')).toEqual(well(''));
  });

  test('has a command line that starts', () => {
    const consumer = inRepository({ type: 'commonjs', installs: [], files: {} });
    const program = 'node_modules/inference-constructs/dist/lib/cli/main.js';

    expect(consumer.run(program, '--help')).toMatchObject({
      status: 0,
      output: expect.stringContaining('Usage: inference-constructs') as string,
    });
  });
});

/** A program that said this and ended well. */
function well(output: string): Outcome {
  return { status: 0, output };
}
