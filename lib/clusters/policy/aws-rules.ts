/*
 * Rules for resources of AWS.
 * @see https://www.checkov.io/5.Policy%20Index/terraform.html (3.3)
 */
import { allowed, at, equals, listAt, type CloudRule } from './rule';

const CLUSTER = 'aws:eks/cluster:Cluster';
const NODE_GROUP = 'aws:eks/nodeGroup:NodeGroup';
const LAUNCH_TEMPLATE = 'aws:ec2/launchTemplate:LaunchTemplate';
const PUBLIC_ACCESS = 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock';
const ROLE_POLICY = 'aws:iam/rolePolicy:RolePolicy';

const LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

/**
 * Actions that AWS confines to no resource: the only ones that may be allowed on all.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html (2026-11)
 */
export const UNCONFINED_ACTIONS = [
  /^acm:ListCertificates$/,
  /^autoscaling:Describe\w+$/,
  /^ec2:Describe\w+$/,
  /^ec2:GetInstanceTypesFromInstanceRequirements$/,
  /^elasticloadbalancing:Describe\w+$/,
  /^iam:ListInstanceProfiles$/,
  /^pricing:GetProducts$/,
];

/** The rules, by type of resource. */
export const AWS_RULES: readonly CloudRule[] = [
  {
    id: 'CKV_AWS_37',
    title: 'the control plane keeps all of its logs',
    type: CLUSTER,
    level: 'mandatory',
    holds: (inputs) => LOGS.every((log) => listAt(inputs, 'enabledClusterLogTypes').includes(log)),
  },
  {
    id: 'CKV_AWS_38',
    title: 'the API server is not open to the whole internet',
    type: CLUSTER,
    level: 'mandatory',
    holds: (inputs) => {
      const cidrs = listAt(inputs, 'vpcConfig.publicAccessCidrs');
      return (
        at(inputs, 'vpcConfig.endpointPublicAccess') === false ||
        (cidrs.length > 0 && !cidrs.includes('0.0.0.0/0'))
      );
    },
  },
  {
    id: 'CKV_AWS_39',
    title: 'the API server is reached from inside the network only',
    type: CLUSTER,
    level: 'advisory',
    holds: equals('vpcConfig.endpointPublicAccess', false),
  },
  {
    id: 'CKV_AWS_58',
    title: 'Secrets are encrypted with a key of KMS',
    type: CLUSTER,
    level: 'mandatory',
    holds: (inputs) => listAt(inputs, 'encryptionConfig.resources').includes('secrets'),
  },
  {
    id: 'EKS_ACCESS_ENTRIES',
    title: 'access is given by access entries, not by the ConfigMap aws-auth',
    type: CLUSTER,
    level: 'mandatory',
    holds: equals('accessConfig.authenticationMode', 'API'),
  },
  {
    id: 'CKV_AWS_339',
    title: 'the version is one that can be chosen',
    type: CLUSTER,
    level: 'mandatory',
    holds: (inputs) => /^1\.(3[4-9]|[4-9]\d)$/.test(String(at(inputs, 'version'))),
  },
  {
    id: 'CKV_AWS_100',
    title: 'nodes have no open SSH',
    type: NODE_GROUP,
    level: 'mandatory',
    holds: equals('remoteAccess', undefined),
  },
  {
    id: 'CKV_AWS_79',
    title: 'instance metadata is given for session tokens only (IMDSv2)',
    type: LAUNCH_TEMPLATE,
    level: 'mandatory',
    holds: equals('metadataOptions.httpTokens', 'required'),
  },
  {
    id: 'CKV_AWS_341',
    title: 'instance metadata is out of reach of pods',
    type: LAUNCH_TEMPLATE,
    level: 'mandatory',
    holds: equals('metadataOptions.httpPutResponseHopLimit', 1),
  },
  {
    id: 'CKV_AWS_8',
    title: 'disks are encrypted',
    type: LAUNCH_TEMPLATE,
    level: 'mandatory',
    holds: (inputs) => {
      const devices = listAt(inputs, 'blockDeviceMappings');
      return (
        devices.length > 0 &&
        devices.every((device) => String(at(device, 'ebs.encrypted')) === 'true')
      );
    },
  },
  {
    id: 'CKV_AWS_88',
    title: 'instances get no public address',
    type: LAUNCH_TEMPLATE,
    level: 'mandatory',
    holds: (inputs) =>
      listAt(inputs, 'networkInterfaces').every(
        (one) => String(at(one, 'associatePublicIpAddress')) !== 'true',
      ),
  },
  {
    id: 'CKV_AWS_7',
    title: 'keys are rotated',
    type: 'aws:kms/key:Key',
    level: 'mandatory',
    holds: equals('enableKeyRotation', true),
  },
  {
    id: 'CKV_AWS_27',
    title: 'queues are encrypted',
    type: 'aws:sqs/queue:Queue',
    level: 'mandatory',
    holds: (inputs) =>
      at(inputs, 'sqsManagedSseEnabled') === true || at(inputs, 'kmsMasterKeyId') !== undefined,
  },
  {
    id: 'CKV_AWS_130',
    title: 'subnets give no public addresses by themselves',
    type: 'aws:ec2/subnet:Subnet',
    level: 'mandatory',
    holds: (inputs) => at(inputs, 'mapPublicIpOnLaunch') !== true,
  },
  {
    id: 'CKV2_AWS_12',
    title: 'the default security group lets nothing in or out',
    type: 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
    level: 'mandatory',
    holds: (inputs) =>
      listAt(inputs, 'ingress').length === 0 && listAt(inputs, 'egress').length === 0,
  },
  {
    id: 'CKV_AWS_66',
    title: 'logs are kept for a time that is set',
    type: 'aws:cloudwatch/logGroup:LogGroup',
    level: 'mandatory',
    holds: (inputs) => Number(at(inputs, 'retentionInDays')) > 0,
  },
  ...(
    [
      ['CKV_AWS_53', 'blockPublicAcls'],
      ['CKV_AWS_54', 'blockPublicPolicy'],
      ['CKV_AWS_55', 'ignorePublicAcls'],
      ['CKV_AWS_56', 'restrictPublicBuckets'],
    ] as const
  ).map(([id, property]): CloudRule => ({
    id,
    title: `buckets are closed to the public: ${property}`,
    type: PUBLIC_ACCESS,
    level: 'mandatory',
    holds: equals(property, true),
  })),
  {
    id: 'CKV_AWS_145',
    title: 'buckets are encrypted with a key of KMS',
    type: 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
    level: 'mandatory',
    holds: equals('rules.0.applyServerSideEncryptionByDefault.sseAlgorithm', 'aws:kms'),
  },
  {
    id: 'CKV_AWS_21',
    title: 'buckets keep versions',
    type: 'aws:s3/bucketVersioning:BucketVersioning',
    level: 'mandatory',
    holds: equals('versioningConfiguration.status', 'Enabled'),
  },
  {
    id: 'CKV_AWS_63',
    title: 'no policy allows all actions, or all of a service',
    type: ROLE_POLICY,
    level: 'mandatory',
    holds: (inputs) =>
      allowed(at(inputs, 'policy')).every(({ actions }) =>
        actions.every((action) => !action.includes('*')),
      ),
  },
  {
    id: 'CKV_AWS_355',
    title: 'no policy allows something on all resources that AWS can confine',
    type: ROLE_POLICY,
    level: 'mandatory',
    holds: (inputs) =>
      allowed(at(inputs, 'policy')).every(
        ({ actions, resources }) =>
          !resources.includes('*') ||
          actions.every((action) => UNCONFINED_ACTIONS.some((pattern) => pattern.test(action))),
      ),
  },
];
