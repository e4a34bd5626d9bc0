/*
 * What the pods of one service account may do in AWS, by EKS Pod Identity: no key, and nothing in manifests.
 */
import * as eks from '@pulumi/aws/eks';
import type * as pulumi from '@pulumi/pulumi';
import type { Parent } from '../../cloud';
import { trustPods, type Statement } from './iam-documents';
import { roleOf } from './roles';

/** Whose pods may do what. */
export interface PodRoleOptions {
  readonly cluster: eks.Cluster;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly statements: readonly Statement[];
}

/** Makes the role and binds it; what pods need to wait for. */
export function podRole(parent: Parent, name: string, options: PodRoleOptions): pulumi.Resource[] {
  const { cluster, namespace, serviceAccount, statements } = options;
  const { role, ready } = roleOf(parent, name, {
    trust: trustPods(namespace, serviceAccount),
    statements,
  });
  const association = new eks.PodIdentityAssociation(
    name,
    {
      clusterName: cluster.name,
      namespace,
      serviceAccount,
      roleArn: role.arn,
    },
    { parent },
  );
  return [...ready, association];
}
