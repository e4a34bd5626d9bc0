/*
 * Rules for resources of Google Cloud.
 * @see https://www.checkov.io/5.Policy%20Index/terraform.html (3.3)
 */
import { at, equals, listAt, type CloudRule } from './rule';

const CLUSTER = 'gcp:container/cluster:Cluster';
const NODE_POOL = 'gcp:container/nodePool:NodePool';
const BUCKET = 'gcp:storage/bucket:Bucket';

const cluster = (id: string, title: string, holds: CloudRule['holds']): CloudRule => ({
  id,
  title,
  type: CLUSTER,
  level: 'mandatory',
  holds,
});

const pool = (id: string, title: string, holds: CloudRule['holds']): CloudRule => ({
  id,
  title,
  type: NODE_POOL,
  level: 'mandatory',
  holds,
});

const bucket = (id: string, title: string, holds: CloudRule['holds']): CloudRule => ({
  id,
  title,
  type: BUCKET,
  level: 'mandatory',
  holds,
});

/** The rules, by type of resource. */
export const GCP_RULES: readonly CloudRule[] = [
  cluster('CKV_GCP_1', 'logs are kept', (inputs) =>
    listAt(inputs, 'loggingConfig.enableComponents').includes('SYSTEM_COMPONENTS'),
  ),
  cluster('CKV_GCP_8', 'metrics are kept', (inputs) =>
    listAt(inputs, 'monitoringConfig.enableComponents').includes('SYSTEM_COMPONENTS'),
  ),
  cluster(
    'CKV_GCP_7',
    'rights are given by roles, not by attributes',
    equals('enableLegacyAbac', false),
  ),
  cluster(
    'CKV_GCP_12',
    'network policies are enforced',
    equals('datapathProvider', 'ADVANCED_DATAPATH'),
  ),
  cluster(
    'CKV_GCP_13',
    'there are no client certificates',
    equals('masterAuth.clientCertificateConfig.issueClientCertificate', false),
  ),
  cluster('CKV_GCP_18', 'the API server is not open to the whole internet', (inputs) => {
    const blocks = listAt(inputs, 'masterAuthorizedNetworksConfig.cidrBlocks');
    return (
      at(inputs, 'privateClusterConfig.enablePrivateEndpoint') === true ||
      (blocks.length > 0 && blocks.every((block) => at(block, 'cidrBlock') !== '0.0.0.0/0'))
    );
  }),
  cluster(
    'CKV_GCP_20',
    'only given networks reach the API server',
    (inputs) => at(inputs, 'masterAuthorizedNetworksConfig') !== undefined,
  ),
  cluster(
    'CKV_GCP_21',
    'the cluster has labels',
    (inputs) => Object.keys((at(inputs, 'resourceLabels') as object | undefined) ?? {}).length > 0,
  ),
  cluster(
    'CKV_GCP_23',
    'pods have addresses of their own range',
    (inputs) => at(inputs, 'ipAllocationPolicy') !== undefined,
  ),
  cluster(
    'CKV_GCP_25',
    'the cluster is private',
    (inputs) => at(inputs, 'privateClusterConfig') !== undefined,
  ),
  cluster(
    'CKV_GCP_64',
    'nodes have no public addresses',
    equals('privateClusterConfig.enablePrivateNodes', true),
  ),
  cluster('CKV_GCP_61', 'traffic within a node is seen', equals('enableIntranodeVisibility', true)),
  cluster('CKV_GCP_70', 'a release channel keeps the version supported', (inputs) =>
    ['RAPID', 'REGULAR', 'STABLE', 'EXTENDED'].includes(
      String(at(inputs, 'releaseChannel.channel')),
    ),
  ),
  cluster('CKV_GCP_71', 'nodes are shielded', equals('enableShieldedNodes', true)),
  cluster(
    'CKV_GCP_123',
    'node pools are resources of their own',
    (inputs) =>
      listAt(inputs, 'nodePools').length === 0 && at(inputs, 'removeDefaultNodePool') === true,
  ),
  cluster(
    'GKE_WORKLOAD_IDENTITY',
    'pods have identities of their own',
    (inputs) => at(inputs, 'workloadIdentityConfig.workloadPool') !== undefined,
  ),
  {
    ...cluster('CKV_GCP_66', 'only images that pass the policy of the project run', (inputs) =>
      /ENFORCE/.test(String(at(inputs, 'binaryAuthorization.evaluationMode'))),
    ),
    level: 'advisory',
  },
  pool('CKV_GCP_9', 'nodes are repaired', equals('management.autoRepair', true)),
  pool('CKV_GCP_10', 'nodes are upgraded', equals('management.autoUpgrade', true)),
  pool(
    'CKV_GCP_22',
    'nodes run Container-Optimized OS',
    equals('nodeConfig.imageType', 'COS_CONTAINERD'),
  ),
  pool(
    'CKV_GCP_68',
    'nodes boot signed software only',
    equals('nodeConfig.shieldedInstanceConfig.enableSecureBoot', true),
  ),
  pool(
    'CKV_GCP_72',
    'what nodes boot is measured',
    equals('nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring', true),
  ),
  pool(
    'CKV_GCP_69',
    'pods see the metadata server of GKE, not that of the node',
    equals('nodeConfig.workloadMetadataConfig.mode', 'GKE_METADATA'),
  ),
  pool(
    'GKE_NODE_ACCOUNT',
    'nodes have a service account of their own',
    (inputs) => at(inputs, 'nodeConfig.serviceAccount') !== undefined,
  ),
  {
    id: 'CKV_GCP_26',
    title: 'flows of the subnet are logged',
    type: 'gcp:compute/subnetwork:Subnetwork',
    level: 'mandatory',
    holds: (inputs) => at(inputs, 'logConfig') !== undefined,
  },
  {
    id: 'CKV_GCP_74',
    title: 'the subnet reaches services of Google without the internet',
    type: 'gcp:compute/subnetwork:Subnetwork',
    level: 'mandatory',
    holds: equals('privateIpGoogleAccess', true),
  },
  bucket(
    'CKV_GCP_29',
    'who may read is said by IAM alone',
    equals('uniformBucketLevelAccess', true),
  ),
  bucket('CKV_GCP_78', 'buckets keep versions', equals('versioning.enabled', true)),
  bucket(
    'CKV_GCP_114',
    'buckets are closed to the public',
    equals('publicAccessPrevention', 'enforced'),
  ),
];
