/*
 * One change of a program, and exactly what the engine makes of it: nothing else is touched.
 */
import { Size } from 'cdk8s';
import { CpuManagerPolicy } from 'inference-constructs';
import { NatGateways, ReleaseChannel, SpotProvisioning } from 'inference-constructs/cloud';
import { installed } from './support/lab-home';
import { startEngine, type Engine, type Result } from './support/pulumi-engine';
import { eksSample, gkeSample, type Sample } from './support/sample-program';
import { SimulatedCloud } from './support/simulated-cloud';

const describeWithEngine = installed('pulumi') ? describe : describe.skip;

/** What was done, without what stayed as it was: `update aws:eks/nodeGroup:NodeGroup spot-nodes [labels]`. */
function stepsOf({ steps, error }: Result): readonly string[] {
  if (error) return [error.message];
  const done = steps
    .filter(({ op }) => !['same', 'read'].includes(op))
    .map(({ op, type, name, diffs }) => {
      const what = op === 'update' || op === 'replace' ? ` [${[...diffs].sort().join(', ')}]` : '';
      return `${op} ${type.split(':').pop() ?? ''} ${name}${what}`;
    });
  return [...new Set(done)].sort();
}

type Change = readonly [title: string, change: Sample];

const MORE_TYPES = ['m5.xlarge', 'm6i.xlarge', 'm7i.xlarge', 'm5n.xlarge'];

const EKS: readonly Change[] = [
  ['most nodes of a pool', { pool: { max: 20 } }],
  ['fewest nodes of a pool', { pool: { min: 1 } }],
  ['instance types of a pool', { pool: { instanceTypes: MORE_TYPES } }],
  ['a label of a pool', { pool: { labels: { team: 'vision' } } }],
  ['taints of a pool', { pool: { taints: [] } }],
  ['the disk of a pool', { pool: { diskSize: Size.gibibytes(200) } }],
  ['whole cores for pods', { pool: { cpuManagerPolicy: CpuManagerPolicy.STATIC } }],
  ['zones of a pool', { pool: { zones: ['eu-west-1a'] } }],
  ['how many nodes are upgraded at a time', { group: { maxUnavailable: 3 } }],
  ['who reaches the API server', { cluster: { apiAccessFrom: ['203.0.113.0/24'] } }],
  ['the version of the cluster', { cluster: { version: '1.36' } }],
  [
    'an administrator',
    { cluster: { administrators: ['arn:aws:iam::111122223333:role/platform'] } },
  ],
  ['the version of an add-on', { cluster: { addonVersions: { coredns: 'v1.12.3-eksbuild.1' } } }],
  ['how long logs are kept', { cluster: { logDays: 365 } }],
  ['extended support', { cluster: { extendedSupport: true } }],
  ['a NAT gateway in each zone', { network: { natGateways: NatGateways.PER_ZONE } }],
  ['how long flow logs are kept', { network: { flowLogDays: 90 } }],
  ['what may be read', { prefix: 'resnet/2/' }],
  ['replicas', { server: { replicas: 4 } }],
  ['cores of a server', { server: { cores: 3 } }],
  ['the name of a server', { server: { name: 'resnet-v2' } }],
];

const SELF_MANAGED: readonly Change[] = [
  ['instance types of a self-managed pool', { pool: { instanceTypes: MORE_TYPES } }],
  ['most nodes of a self-managed pool', { pool: { max: 20 } }],
  ['a label of a self-managed pool', { pool: { labels: { team: 'vision' } } }],
  [
    'the highest price',
    { group: { provisioning: SpotProvisioning.selfManaged({ maxPrice: '0.12' }) } },
  ],
];

const KARPENTER: readonly Change[] = [
  ['instance types of a Karpenter pool', { pool: { instanceTypes: MORE_TYPES } }],
  ['most nodes of a Karpenter pool', { pool: { max: 20 } }],
];

const GKE: readonly Change[] = [
  ['most nodes of a GKE pool', { pool: { max: 20 } }],
  ['the machine type of a GKE pool', { pool: { instanceTypes: ['n2-standard-16'] } }],
  ['a label of a GKE pool', { pool: { labels: { team: 'vision' } } }],
  ['zones of a GKE pool', { pool: { zones: ['europe-west4-a'] } }],
  ['the release channel', { cluster: { releaseChannel: ReleaseChannel.STABLE } }],
  ['Binary Authorization', { cluster: { binaryAuthorization: true } }],
  ['who reaches the API server of GKE', { cluster: { apiAccessFrom: ['203.0.113.0/24'] } }],
  ['what may be read on GKE', { prefix: 'resnet/2/' }],
];

describeWithEngine.each([
  ['EKS', eksSample, {}, EKS],
  [
    'EKS with self-managed groups',
    eksSample,
    { group: { provisioning: SpotProvisioning.selfManaged() } },
    SELF_MANAGED,
  ],
  [
    'EKS with Karpenter',
    eksSample,
    { group: { provisioning: SpotProvisioning.karpenter() } },
    KARPENTER,
  ],
  ['GKE', gkeSample, {}, GKE],
] as const)('on %s', (_, declare, base, changes) => {
  const cloud = new SimulatedCloud();
  let engine: Engine;
  let sample: Sample = base;

  beforeAll(async () => {
    engine = await startEngine({ aws: cloud, gcp: cloud, kubernetes: cloud });
    const first = await (await stack()).up();
    expect(first.error).toBeUndefined();
  });

  afterAll(() => engine.stop());

  const stack = (): ReturnType<Engine['stack']> =>
    engine.stack('lab', () => {
      declare(sample);
      return Promise.resolve({});
    });

  // Each starts from the base, as a preview changes nothing.
  test.each(changes)('%s', async (title, change) => {
    sample = {
      ...base,
      ...change,
      group: { ...base, ...('group' in base ? base.group : {}), ...change.group },
    };

    const steps = stepsOf(await (await stack()).preview());

    expect({ [title]: steps }).toMatchSnapshot();
    expect(steps.filter((step) => /(replace|delete).* (Cluster|Network) /.test(step))).toEqual([]);
  });

  test('is the same again without a change', async () => {
    sample = base;

    expect(Object.keys((await (await stack()).up()).counts)).toEqual(['same']);
  });
});

describeWithEngine('a change that replaces a managed group', () => {
  test('makes the new nodes before the old ones go', async () => {
    const cloud = new SimulatedCloud();
    const engine = await startEngine({ aws: cloud, kubernetes: cloud });
    let sample: Sample = {};
    const stack = await engine.stack('lab', () => {
      eksSample(sample);
      return Promise.resolve({});
    });
    await stack.up();
    cloud.journal.length = 0;
    sample = { pool: { instanceTypes: MORE_TYPES } };

    const result = await stack.up();

    expect(result.error).toBeUndefined();
    const groups = cloud.journal.filter(({ type }) => type === 'aws:eks/nodeGroup:NodeGroup');
    expect(groups.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      'create spot-nodes',
      'delete spot-nodes',
    ]);
    engine.stop();
  });
});
