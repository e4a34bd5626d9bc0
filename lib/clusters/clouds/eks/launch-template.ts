/*
 * How an instance of a pool is started: its metadata only by session tokens and not from pods, its disk encrypted.
 */
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';
import type { NodePool } from '../../../nodes/node-pool';
import type { Parent } from '../../cloud';
import { NodeImage } from '../../specs';
import { userDataOf } from './user-data';

/** Instance metadata for processes of the node itself: pods get their rights from EKS Pod Identity. */
export const METADATA_OPTIONS = {
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  httpPutResponseHopLimit: 1,
} as const;

/** Where the disk of the node is: that of Bottlerocket's containers is its second. */
const DATA_DEVICE = {
  [NodeImage.STANDARD]: '/dev/xvda',
  [NodeImage.BOTTLEROCKET]: '/dev/xvdb',
} as const;

/** Disks of a node. */
export function blockDevices(
  { diskMib }: NodePool,
  image: NodeImage,
): {
  deviceName: string;
  ebs: { volumeSize: number; volumeType: string; encrypted: string; deleteOnTermination: string };
}[] {
  const disk = (
    deviceName: string,
    volumeSize: number,
  ): ReturnType<typeof blockDevices>[number] => ({
    deviceName,
    ebs: { volumeSize, volumeType: 'gp3', encrypted: 'true', deleteOnTermination: 'true' },
  });
  const data = disk(DATA_DEVICE[image], Math.ceil(diskMib / 1024));
  return image === NodeImage.BOTTLEROCKET ? [disk('/dev/xvda', 4), data] : [data];
}

/** What differs between templates. */
export interface LaunchTemplateOptions {
  readonly pool: NodePool;
  readonly image: NodeImage;
  readonly clusterName: string;
  /**
   * What only self-managed nodes need, as EKS sets it for managed ones.
   * @default - none: the nodes are managed
   */
  readonly selfManaged?: {
    readonly imageId: string;
    readonly userData: pulumi.Output<string>;
    readonly instanceProfileArn: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
  };
}

/** Makes the launch template of a pool. */
export function launchTemplate(
  parent: Parent,
  name: string,
  options: LaunchTemplateOptions,
): ec2.LaunchTemplate {
  const { pool, image, clusterName, selfManaged } = options;
  const text = userDataOf(pool, image);
  const userData = selfManaged?.userData ?? (text === undefined ? undefined : pulumi.output(text));
  const tags = { Name: `${clusterName}-${pool.name}` };
  return new ec2.LaunchTemplate(
    `${name}-template`,
    {
      namePrefix: `${clusterName}-${pool.name}-`,
      updateDefaultVersion: true,
      metadataOptions: METADATA_OPTIONS,
      blockDeviceMappings: blockDevices(pool, image),
      ...(userData && {
        userData: userData.apply((value) => Buffer.from(value).toString('base64')),
      }),
      ...(selfManaged && {
        imageId: selfManaged.imageId,
        iamInstanceProfile: { arn: selfManaged.instanceProfileArn },
        vpcSecurityGroupIds: [selfManaged.securityGroupId],
      }),
      tagSpecifications: ['instance', 'volume'].map((resourceType) => ({ resourceType, tags })),
      tags,
    },
    { parent },
  );
}
