import { App, Duration, Size } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  NodePool,
  ServingChart,
  ServingEngine,
  type ModelServerProps,
} from 'inference-constructs';
import {
  Cloud,
  Cluster,
  Manifests,
  Network,
  NodeGroup,
  SpotNodeGroup,
} from 'inference-constructs/cloud';
import { record, startRecording } from '../support/recorder';

beforeAll(startRecording);

const object = (kind: string, name: string, apiVersion = 'v1'): object => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'serving' },
});

const chartOf = (...objects: unknown[]): { toJson(): unknown[] } => ({ toJson: () => objects });

const spot = NodePool.eksSpot('spot', {
  instanceTypes: ['m5.xlarge', 'm6i.xlarge'],
  min: 0,
  max: 5,
});

const onDemand = NodePool.eksOnDemand('fallback', {
  instanceTypes: ['m6i.xlarge'],
  min: 0,
  max: 5,
});

const control = NodePool.eksOnDemand('control', {
  instanceTypes: ['m7i.large'],
  min: 2,
  max: 3,
  taints: [{ key: 'intent', value: 'control', effect: 'NoSchedule' }],
});

function clusterOf(): Cluster {
  const network = new Network('lab', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
  const cluster = new Cluster('lab', { network, systemPool: control });
  new NodeGroup('control', { cluster, pool: control });
  return cluster;
}

function serverOn(
  placement: readonly NodePool[],
  props: Partial<ModelServerProps> = {},
): ServingChart {
  const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
  new ModelServer(chart, 'Server', {
    name: 'resnet',
    engine: ServingEngine.TENSORFLOW_SERVING,
    model: Model.of('resnet', ModelSource.s3('s3://models/resnet/'), { size: Size.mebibytes(256) }),
    cpu: Cpu.units(2),
    memory: Size.gibibytes(2),
    placement,
    ...props,
  });
  return chart;
}

test('applies definitions and namespaces, then what keeps pods in bounds, then the rest', async () => {
  const { resources } = await record(() => {
    new Manifests('order', {
      charts: [
        chartOf(
          object('Deployment', 'server', 'apps/v1'),
          object('NetworkPolicy', 'deny', 'networking.k8s.io/v1'),
          object('Namespace', 'serving'),
        ),
        chartOf(object('CustomResourceDefinition', 'x', 'apiextensions.k8s.io/v1')),
      ],
    });
  });

  expect(resources.map(({ type, name }) => `${type} ${name}`)).toEqual([
    'inference-constructs:clusters:Manifests order',
    'kubernetes:core/v1:Namespace order-namespace-serving-serving',
    'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition order-customresourcedefinition-serving-x',
    'kubernetes:networking.k8s.io/v1:NetworkPolicy order-networkpolicy-serving-deny',
    'kubernetes:apps/v1:Deployment order-deployment-serving-server',
  ]);
});

test.each<[string, () => unknown, string]>([
  [
    'charts without objects',
    () => new Manifests('none', { charts: [chartOf()] }),
    'Manifests(none).charts: got no objects, expected a chart with at least one object; add constructs to the chart before it is given to Manifests',
  ],
  [
    'objects without an identity',
    () => new Manifests('odd', { charts: [chartOf(null, { kind: 'Pod' }, object('Pod', 'x'))] }),
    'Manifests(odd).charts: got null, expected objects with apiVersion, kind and metadata.name; give charts whose objects are complete\n' +
      'Manifests(odd).charts: got {"kind":"Pod"}, expected objects with apiVersion, kind and metadata.name; give charts whose objects are complete',
  ],
  [
    'an object of two charts',
    () =>
      new Manifests('twice', {
        charts: [chartOf(object('Service', 'x')), chartOf(object('Service', 'x'))],
      }),
    'Manifests(twice).charts: got Service "x" twice, expected every object once, as the later would overwrite the earlier; give one of the two another name or namespace',
  ],
  [
    'a time that is none',
    () => new Manifests('time', { charts: [chartOf(object('Pod', 'x'))], timeout: 'long' }),
    'Manifests(time).timeout: got "long", expected a duration such as 15m; correct it',
  ],
  [
    'a workload whose pool is in no cluster',
    () => new Manifests('lost', { charts: [serverOn([spot])], cluster: clusterOf() }),
    'Manifests(lost): Deployment serving/resnet: got a pod for nodes with {"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"inference-constructs/pool","operator":"In","values":["spot"]}]}]}}, expected one of the pools of lab: control; declare a NodeGroup or SpotNodeGroup of its pool before Manifests, or place it on another pool',
  ],
  [
    'a cluster without nodes for its DNS',
    () => {
      const network = new Network('lab', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
      const cluster = new Cluster('lab', { network, systemPool: control });
      new SpotNodeGroup('spot', { cluster, pool: spot });
      new Manifests('dns', { charts: [serverOn([spot])], cluster });
    },
    'Manifests(dns).cluster: got lab without nodes of its systemPool control (EKS on-demand, 2 vCPU/8 GiB), expected nodes for DNS, metrics and controllers; declare a NodeGroup of that pool before Manifests',
  ],
  [
    'a cluster of tainted pools without one for its DNS',
    () => {
      const network = new Network('lab', { cloud: Cloud.EKS, zones: ['eu-west-1a', 'eu-west-1b'] });
      const cluster = new Cluster('lab', { network });
      new SpotNodeGroup('spot', { cluster, pool: spot });
      new Manifests('dns', { charts: [serverOn([spot])], cluster });
    },
    'Manifests(dns).cluster: got lab, all of whose pools are tainted: spot, expected a pool that takes DNS, metrics and controllers; set systemPool of the cluster, whose taints they tolerate, or add a pool without taints',
  ],
])('refuses %s', (_, work, message) => {
  expect(work).toThrow(message);
});

test('warns of a pool on which no pod can run', async () => {
  const { warnings } = await record(() => {
    const cluster = clusterOf();
    new SpotNodeGroup('spot', { cluster, pool: spot });
    new NodeGroup('fallback', { cluster, pool: onDemand });
    new Manifests('serving', { charts: [serverOn([onDemand])], cluster });
  });

  expect(warnings).toEqual([
    'Manifests(serving): no pod of the charts can run on the pool spot (EKS spot, 4 vCPU/16 GiB); place a server on it, or take it out of the cluster',
  ]);
});

test('warns of nothing when every pool can be used', async () => {
  const { warnings } = await record(() => {
    const cluster = clusterOf();
    new SpotNodeGroup('spot', { cluster, pool: spot });
    new Manifests('serving', { charts: [serverOn([spot])], cluster });
  });

  expect(warnings).toEqual([]);
});

test('a drain that fits AWS is refused on a spot pool of GKE', () => {
  const gke = NodePool.gkeSpot('gke', { instanceTypes: ['n2-standard-8'], min: 0, max: 5 });
  const drain = { drain: Duration.seconds(45) };

  expect(() => serverOn([spot], drain)).not.toThrow();
  expect(() => serverOn([gke], drain)).toThrow(/serving\/Server\.drain: got .*, expected at most/);
});
