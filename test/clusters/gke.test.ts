/*
 * What is declared on GKE, in full: a change of any of it should be meant.
 */
import { CpuManagerPolicy, NodePool, ProcessorRequirement } from 'inference-constructs';
import {
  Cloud,
  Cluster,
  ModelAccess,
  ModelBucket,
  Network,
  NodeGroup,
  ReleaseChannel,
  SpotNodeGroup,
} from 'inference-constructs/cloud';
import { ofType, record, startRecording, type Recording } from '../support/recorder';

let recording: Recording;

beforeAll(async () => {
  await startRecording();
  recording = await record(() => {
    const network = new Network('lab', {
      cloud: Cloud.GKE,
      zones: ['europe-west4-a', 'europe-west4-b'],
    });
    const cluster = new Cluster('lab', {
      network,
      releaseChannel: ReleaseChannel.STABLE,
      apiAccessFrom: ['203.0.113.0/24'],
      administrators: ['group:platform@example.com'],
      binaryAuthorization: true,
    });
    const xeon = NodePool.gkeOnDemand('xeon', {
      instanceTypes: ['n2-standard-16'],
      processor: ProcessorRequirement.XEON,
      cpuManagerPolicy: CpuManagerPolicy.STATIC,
      min: 1,
      max: 4,
      maxPodsPerNode: 32,
      zones: ['europe-west4-b'],
    });
    const gpu = NodePool.gkeSpot('gpu', { instanceTypes: ['g2-standard-8'], min: 0, max: 8 });
    new NodeGroup('xeon', { cluster, pool: xeon, maxUnavailable: 2 });
    new SpotNodeGroup('gpu', { cluster, pool: gpu });
    const bucket = new ModelBucket('models', {
      cloud: Cloud.GKE,
      region: network.region,
      bucketName: 'acme-models',
    });
    new ModelAccess('llm', {
      cluster,
      bucket,
      namespace: 'gpu',
      serviceAccount: 'llm',
      prefix: 'llm/',
    });
  });
});

test.each([
  'gcp:compute/network:Network',
  'gcp:compute/subnetwork:Subnetwork',
  'gcp:compute/routerNat:RouterNat',
  'gcp:container/cluster:Cluster',
  'gcp:container/nodePool:NodePool',
  'gcp:serviceaccount/account:Account',
  'gcp:projects/iAMMember:IAMMember',
  'gcp:storage/bucket:Bucket',
  'gcp:storage/bucketIAMMember:BucketIAMMember',
])('%s', (type) => {
  const inputs = ofType(recording, type).map((resource) => resource.inputs);

  expect(inputs.length).toBeGreaterThan(0);
  expect(inputs).toMatchSnapshot();
});
