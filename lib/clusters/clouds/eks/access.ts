/*
 * Reading models from S3: a role that one service account may take, for one prefix of one bucket.
 */
import type * as pulumi from '@pulumi/pulumi';
import type { AccessSpec, Parent } from '../../cloud';
import type { EksCluster } from './cluster';
import { partitionOf } from '../../../nodes/aws-partition';
import type { Statement } from './iam-documents';
import { podRole } from './pod-role';

/** Lets the service account of `request` read. */
export function access(
  parent: Parent,
  name: string,
  request: AccessSpec,
  { spec, cluster }: EksCluster,
): readonly pulumi.Resource[] {
  const { namespace, serviceAccount } = request;
  const statements = readStatements(request, partitionOf(spec.network.region));
  return podRole(parent, name, { cluster, namespace, serviceAccount, statements });
}

/** What reading models takes. */
export function readStatements(
  { bucketName, prefix, keyArn }: AccessSpec,
  partition: string,
): readonly Statement[] {
  const bucket = `arn:${partition}:s3:::${bucketName}`;
  return [
    {
      Sid: 'ListModels',
      Action: ['s3:ListBucket'],
      Resource: bucket,
      ...(prefix !== '' && { Condition: { StringLike: { 's3:prefix': `${prefix}*` } } }),
    },
    { Sid: 'ReadModels', Action: ['s3:GetObject'], Resource: `${bucket}/${prefix}*` },
    ...(keyArn === undefined
      ? []
      : [{ Sid: 'DecryptModels', Action: ['kms:Decrypt'], Resource: keyArn }]),
  ];
}
