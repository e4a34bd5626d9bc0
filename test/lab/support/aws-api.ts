/*
 * Resources of AWS as calls of its API, for those that map directly: what AWS would refuse of them shows.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LAB_HOME } from './lab-home';
import type { Properties } from './provider-server';
import type { Backend } from './simulated-cloud';

/** One call. */
export interface ApiCall {
  readonly service: string;
  readonly operation: string;
  readonly parameters: Properties;
  /** Whether moto has the operation; else the parameters are only validated against the service's model. */
  readonly send: boolean;
}

type Mapping = (inputs: Properties) => ApiCall | undefined;

const pascal = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);

/** Keys of EC2 and Auto Scaling are written with a capital. */
function capitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [pascal(key), capitalised(one)]),
  );
}

function call(service: string, operation: string, parameters: object, send = false): ApiCall {
  return {
    service,
    operation,
    parameters: JSON.parse(JSON.stringify(parameters)) as Properties,
    send,
  };
}

const tagList = (tags: unknown): object[] =>
  Object.entries((tags ?? {}) as Record<string, string>).map(([Key, Value]) => ({ Key, Value }));

/** Resource type → the call that makes it. */
const MAPPINGS: Readonly<Record<string, Mapping>> = {
  'aws:ec2/vpc:Vpc': (i) => call('ec2', 'CreateVpc', { CidrBlock: i['cidrBlock'] }, true),
  'aws:ec2/eip:Eip': (i) => call('ec2', 'AllocateAddress', { Domain: i['domain'] }, true),
  'aws:ec2/subnet:Subnet': (i) =>
    call('ec2', 'CreateSubnet', {
      VpcId: i['vpcId'],
      CidrBlock: i['cidrBlock'],
      AvailabilityZone: i['availabilityZone'],
    }),
  'aws:ec2/vpcEndpoint:VpcEndpoint': (i) =>
    call('ec2', 'CreateVpcEndpoint', {
      VpcId: i['vpcId'],
      ServiceName: i['serviceName'],
      VpcEndpointType: i['vpcEndpointType'],
      RouteTableIds: i['routeTableIds'],
      SubnetIds: i['subnetIds'],
      SecurityGroupIds: i['securityGroupIds'],
      PrivateDnsEnabled: i['privateDnsEnabled'],
    }),
  'aws:ec2/flowLog:FlowLog': (i) =>
    call('ec2', 'CreateFlowLogs', {
      ResourceIds: [i['vpcId']],
      ResourceType: 'VPC',
      TrafficType: i['trafficType'],
      LogDestinationType: i['logDestinationType'],
      LogDestination: i['logDestination'],
      DeliverLogsPermissionArn: i['iamRoleArn'],
    }),
  'aws:ec2/launchTemplate:LaunchTemplate': (i) => {
    const devices = i['blockDeviceMappings'] as { deviceName: string; ebs: object }[];
    const profile = i['iamInstanceProfile'] as { arn: string } | undefined;
    return call(
      'ec2',
      'CreateLaunchTemplate',
      {
        LaunchTemplateName: `${String(i['namePrefix'])}lab${Math.abs(hash(i))}`,
        LaunchTemplateData: {
          MetadataOptions: capitalised(i['metadataOptions']),
          BlockDeviceMappings: devices.map(({ deviceName, ebs }) => ({
            DeviceName: deviceName,
            Ebs: Object.fromEntries(
              Object.entries(ebs).map(([key, value]) => [
                pascal(key),
                value === 'true' ? true : (value as unknown),
              ]),
            ),
          })),
          UserData: i['userData'],
          ImageId: i['imageId'],
          IamInstanceProfile: profile && { Arn: profile.arn },
          SecurityGroupIds: i['vpcSecurityGroupIds'],
          TagSpecifications: (
            i['tagSpecifications'] as { resourceType: string; tags: object }[]
          ).map(({ resourceType, tags }) => ({ ResourceType: resourceType, Tags: tagList(tags) })),
        },
      },
      i['imageId'] === undefined,
    );
  },
  'aws:iam/role:Role': (i) =>
    call(
      'iam',
      'CreateRole',
      {
        RoleName: (i['name'] as string | undefined) ?? `lab-${hash(i)}`,
        AssumeRolePolicyDocument: i['assumeRolePolicy'],
      },
      i['name'] === undefined,
    ),
  // A managed policy: unlike the inline ones of a role, moto validates its document as IAM does.
  'aws:iam/rolePolicy:RolePolicy': (i) =>
    call(
      'iam',
      'CreatePolicy',
      { PolicyName: `lab-${hash(i)}`, PolicyDocument: i['policy'] },
      true,
    ),
  'aws:eks/cluster:Cluster': (i) => {
    const encryption = i['encryptionConfig'] as object;
    return call('eks', 'CreateCluster', {
      name: i['name'],
      version: i['version'],
      roleArn: i['roleArn'],
      resourcesVpcConfig: i['vpcConfig'],
      accessConfig: i['accessConfig'],
      bootstrapSelfManagedAddons: i['bootstrapSelfManagedAddons'],
      deletionProtection: i['deletionProtection'],
      encryptionConfig: [encryption],
      upgradePolicy: i['upgradePolicy'],
      tags: i['tags'],
      logging: {
        clusterLogging: [{ types: i['enabledClusterLogTypes'], enabled: true }],
      },
    });
  },
  'aws:eks/nodeGroup:NodeGroup': (i) =>
    call('eks', 'CreateNodegroup', {
      clusterName: i['clusterName'],
      nodegroupName: `${String(i['nodeGroupNamePrefix'])}20261122000000000000000001`,
      nodeRole: i['nodeRoleArn'],
      subnets: i['subnetIds'],
      capacityType: i['capacityType'],
      instanceTypes: i['instanceTypes'],
      amiType: i['amiType'],
      launchTemplate: i['launchTemplate'],
      scalingConfig: i['scalingConfig'],
      updateConfig: i['updateConfig'],
      nodeRepairConfig: i['nodeRepairConfig'],
      labels: i['labels'],
      taints: i['taints'],
      tags: i['tags'],
    }),
  'aws:eks/addon:Addon': (i) =>
    call('eks', 'CreateAddon', {
      clusterName: i['clusterName'],
      addonName: i['addonName'],
      addonVersion: i['addonVersion'],
      configurationValues: i['configurationValues'],
      podIdentityAssociations: i['podIdentityAssociations'],
      resolveConflicts: i['resolveConflictsOnCreate'],
    }),
  'aws:eks/accessEntry:AccessEntry': (i) =>
    call('eks', 'CreateAccessEntry', {
      clusterName: i['clusterName'],
      principalArn: i['principalArn'],
      type: i['type'],
    }),
  'aws:eks/podIdentityAssociation:PodIdentityAssociation': (i) =>
    call('eks', 'CreatePodIdentityAssociation', i),
  'aws:autoscaling/group:Group': (i) => {
    const policy = i['mixedInstancesPolicy'] as {
      instancesDistribution: object;
      launchTemplate: { launchTemplateSpecification: object; overrides: object[] };
    };
    const { spotMaxPrice, ...distribution } = policy.instancesDistribution as Record<
      string,
      unknown
    >;
    return call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: `${String(i['namePrefix'])}lab`,
      MinSize: i['minSize'],
      MaxSize: i['maxSize'],
      DesiredCapacity: i['desiredCapacity'],
      VPCZoneIdentifier: (i['vpcZoneIdentifiers'] as string[]).join(','),
      CapacityRebalance: i['capacityRebalance'],
      MixedInstancesPolicy: {
        InstancesDistribution: {
          ...(capitalised(distribution) as object),
          ...(spotMaxPrice !== undefined && { SpotMaxPrice: spotMaxPrice }),
        },
        LaunchTemplate: capitalised(policy.launchTemplate),
      },
      LifecycleHookSpecificationList: (i['initialLifecycleHooks'] as Record<string, unknown>[]).map(
        ({ name, ...hook }) => ({
          LifecycleHookName: name,
          ...(capitalised(hook) as object),
        }),
      ),
      Tags: capitalised(i['tags']),
    });
  },
  'aws:sqs/queue:Queue': (i) =>
    call(
      'sqs',
      'CreateQueue',
      {
        QueueName: i['name'],
        Attributes: {
          MessageRetentionPeriod: String(i['messageRetentionSeconds']),
          SqsManagedSseEnabled: String(i['sqsManagedSseEnabled']),
        },
      },
      true,
    ),
  'aws:cloudwatch/eventRule:EventRule': (i) =>
    call(
      'events',
      'PutRule',
      { Name: `lab-${hash(i)}`, EventPattern: i['eventPattern'], Description: i['description'] },
      true,
    ),
  'aws:kms/key:Key': (i) => call('kms', 'CreateKey', { Description: i['description'] }, true),
  'aws:s3/bucket:Bucket': (i) =>
    call('s3', 'CreateBucket', {
      Bucket: i['bucket'],
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': ({ bucket, ...rest }) =>
    call('s3', 'PutPublicAccessBlock', {
      Bucket: bucket,
      PublicAccessBlockConfiguration: capitalised(rest),
    }),
};

/** Types that have a mapping. */
export const MAPPED_TYPES = Object.keys(MAPPINGS);

function hash(value: unknown): number {
  return [...JSON.stringify(value)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7) >>> 0;
}

/** The API; `calls` is what it was asked. */
export interface AwsApi {
  readonly backend: Backend;
  readonly calls: readonly ApiCall[];
  stop(): void;
}

/** Starts it. */
export function startAwsApi(): AwsApi {
  const python = join(LAB_HOME, 'venv-moto', 'bin', 'python');
  const child = spawn(python, [join(__dirname, 'aws-api.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: ((error: string | null) => void)[] = [];
  createInterface(child.stdout).on('line', (line) =>
    waiting.shift()?.((JSON.parse(line) as { error: string | null }).error),
  );
  const calls: ApiCall[] = [];
  const seen = new Map<string, Promise<readonly string[]>>();
  return {
    calls,
    // What was asked before is not asked again: previews and updates check the same inputs.
    backend: (type, inputs) => {
      const request = MAPPINGS[type]?.(inputs);
      if (request === undefined) return Promise.resolve([]);
      const text = JSON.stringify(request);
      const known = seen.get(text);
      if (known) return known;
      const answer = new Promise<readonly string[]>((done) => {
        calls.push(request);
        waiting.push((error) => done(error === null ? [] : [`${request.operation}: ${error}`]));
        child.stdin.write(`${text}\n`);
      });
      seen.set(text, answer);
      return answer;
    },
    stop: () => child.kill(),
  };
}
