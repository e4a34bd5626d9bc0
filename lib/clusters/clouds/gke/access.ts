/*
 * Reading models from Cloud Storage: the service account of Kubernetes is itself a principal of IAM. There is no
 * Google service account between, and no annotation.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity (2026-11, principal identifiers)
 */
import * as storage from '@pulumi/gcp/storage';
import type * as pulumi from '@pulumi/pulumi';
import type { AccessSpec, Parent } from '../../cloud';
import type { GkeCluster } from './cluster';

/** Lets the service account of `request` read. */
export function access(
  parent: Parent,
  name: string,
  { bucketName, prefix, namespace, serviceAccount }: AccessSpec,
  { project }: GkeCluster,
): readonly pulumi.Resource[] {
  const member = project.apply(
    ({ projectId, number }) =>
      `principal://iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${projectId}.svc.id.goog/subject/ns/${namespace}/sa/${serviceAccount}`,
  );
  const objects = `projects/_/buckets/${bucketName}/objects/${prefix}`;
  const list = `resource.type == "storage.googleapis.com/Bucket"`;
  return [
    new storage.BucketIAMMember(
      name,
      {
        bucket: bucketName,
        role: 'roles/storage.objectViewer',
        member,
        ...(prefix !== '' && {
          condition: {
            title: 'models-with-this-prefix',
            expression: `${list} || resource.name.startsWith("${objects}")`,
          },
        }),
      },
      { parent },
    ),
  ];
}
