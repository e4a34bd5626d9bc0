/*
 * What holds for every cloud that clusters are made in; a new one is covered without a change here.
 */
import { ConfigurationError, NodeCloud, NodePool } from 'inference-constructs';
import {
  Cloud,
  Cluster,
  HelmChart,
  HelmRelease,
  Manifests,
  ModelAccess,
  ModelBucket,
  NatGateways,
  Network,
  NodeGroup,
  SpotNodeGroup,
} from 'inference-constructs/cloud';
import { loadOrExplain } from '../../lib/clusters/cloud';
import { record, startRecording, type Recorded } from '../support/recorder';

beforeAll(startRecording);

/** Names that a cloud's samples need. */
const SAMPLES: Readonly<
  Record<
    string,
    { readonly zones: readonly string[]; readonly control: NodePool; readonly spot: NodePool }
  >
> = {
  eks: {
    zones: ['eu-west-1a', 'eu-west-1b'],
    control: NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 }),
    spot: NodePool.eksSpot('spot', { instanceTypes: ['m5.xlarge', 'm6i.xlarge'], min: 0, max: 5 }),
  },
  gke: {
    zones: ['europe-west4-a', 'europe-west4-b'],
    control: NodePool.gkeOnDemand('control', { instanceTypes: ['e2-standard-4'], min: 1, max: 3 }),
    spot: NodePool.gkeSpot('spot', { instanceTypes: ['n2-standard-8'], min: 0, max: 5 }),
  },
};

test('nodes of every cloud that has clusters can be described', () => {
  const ids = (all: readonly (Cloud | NodeCloud)[]): string[] =>
    all.map(({ definition }) => definition.id);

  expect(ids(NodeCloud.all())).toEqual(expect.arrayContaining(ids(Cloud.all())));
});

describe.each(Cloud.all().map((cloud): [string, Cloud] => [cloud.toString(), cloud]))(
  '%s',
  (_, cloud) => {
    const sample = SAMPLES[cloud.definition.id];
    const declare = (): void => {
      if (sample === undefined) throw new Error('the cloud has no sample');
      const { zones, control, spot } = sample;
      const network = new Network('lab', { cloud, zones });
      const cluster = new Cluster('lab', { network, systemPool: control });
      new NodeGroup('control', { cluster, pool: control });
      new SpotNodeGroup('spot', { cluster, pool: spot });
      const bucket = new ModelBucket('models', {
        cloud,
        region: network.region,
        bucketName: 'acme-models',
      });
      new ModelAccess('resnet', {
        cluster,
        bucket,
        namespace: 'serving',
        serviceAccount: 'resnet',
      });
      new HelmRelease('certificates', { cluster, chart: HelmChart.CERT_MANAGER });
      const charts = [
        { toJson: () => [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'serving' } }] },
      ];
      new Manifests('serving', { charts, cluster });
    };

    test('makes everything, each name starting with that of its component', async () => {
      const { resources, warnings } = await record(declare);
      const components = resources.filter(({ type }) => type.startsWith('inference-constructs:'));
      const names = components.map(({ name }) => name);

      expect(components.map(({ type }) => type.split(':').pop()).sort()).toEqual([
        'Cluster',
        'HelmRelease',
        'Manifests',
        'ModelAccess',
        'ModelBucket',
        'Network',
        'NodeGroup',
        'SpotNodeGroup',
      ]);
      for (const { name } of resources)
        expect(names.some((one) => name.startsWith(one))).toBe(true);
      expect(warnings.filter((text) => text.includes('undefined'))).toEqual([]);
    });

    test('gives kubeconfigs without a credential', async () => {
      let kubeconfig = '';
      await record(() => {
        const network = new Network('lab', { cloud, zones: sample?.zones ?? [] });
        new Cluster('lab', { network }).kubeconfig.apply((text) => (kubeconfig = text));
      });
      const { users, clusters } = JSON.parse(kubeconfig) as {
        users: { user: object }[];
        clusters: { cluster: { server: string } }[];
      };

      expect(users.map(({ user }) => Object.keys(user))).toEqual([['exec']]);
      expect(clusters[0]?.cluster.server).toMatch(/^https:\/\//);
    });

    test('makes no address public where there is no way to the internet', async () => {
      const { resources } = await record(() => {
        new Network('lab', { cloud, zones: sample?.zones ?? [], natGateways: NatGateways.NONE });
      });

      expect(resources.filter(isWayOut)).toEqual([]);
    });

    test('declares nothing in a network that is there', async () => {
      const { definition } = cloud;
      const zones = sample?.zones ?? [];
      const { resources } = await record(() => {
        Network.fromExisting('lab', {
          cloud,
          zones,
          networkId: 'network-1',
          subnetIds: definition.subnetsPerZone ? zones.map((zone) => `subnet-${zone}`) : ['subnet'],
        });
      });

      expect(resources.map(({ type }) => type)).toEqual(['inference-constructs:clusters:Network']);
    });

    test('says what to install when its SDK is missing', () => {
      const { sdk, title } = cloud.definition;
      const missing = Object.assign(new Error(`Cannot find module '${sdk}/x'`), {
        code: 'MODULE_NOT_FOUND',
      });
      const load = (): never => {
        throw missing;
      };

      expect(() => loadOrExplain({ ...cloud.definition, load })).toThrow(
        new ConfigurationError([
          {
            at: `Cloud.${title}`,
            got: `no package ${sdk}`,
            expected: 'the SDK of the cloud beside this library',
            fix: `install it: npm install ${sdk}`,
          },
        ]),
      );
    });
  },
);

function isWayOut({ type }: Recorded): boolean {
  return /InternetGateway|NatGateway|Eip|RouterNat/.test(type);
}

describe.each(HelmChart.all().map((chart): [string, HelmChart] => [chart.definition.id, chart]))(
  'the chart %s',
  (_, { definition }) => {
    test('is pinned, and comes from a registry or a repository', () => {
      expect(definition.version).toMatch(/^v?\d+\.\d+\.\d+$/);
      expect(definition.chart.startsWith('oci://')).toBe(definition.repository === undefined);
    });

    test('has no wildcard among what it may do', () => {
      const permissions =
        definition.identity?.definition.permissions({ region: 'eu-west-1', clusterName: 'lab' }) ??
        [];
      const actions = permissions.flatMap(({ Action }) => Action);

      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    });
  },
);
