/*
 * IAM roles with what they may do.
 */
import * as iam from '@pulumi/aws/iam';
import type * as pulumi from '@pulumi/pulumi';
import type { Parent } from '../../cloud';
import { awsManaged, policy, trust as trustService, type Statement } from './iam-documents';

/** What a role is made of. */
export interface RoleOptions {
  /** Who may take it. */
  readonly trust: pulumi.Output<string>;
  /**
   * Name in the account, where something refers to it by name.
   * @default - one that Pulumi makes
   */
  readonly roleName?: string;
  /**
   * Names of policies that AWS keeps, and the region they are used in.
   * @default - none
   */
  readonly managed?: { readonly region: string; readonly policies: readonly string[] };
  /**
   * What it may do besides.
   * @default - nothing
   */
  readonly statements?: readonly Statement[];
}

/** A role, and what must be there before it may do anything. */
export interface Role {
  readonly role: iam.Role;
  readonly ready: readonly pulumi.Resource[];
}

/** Makes a role and gives it its policies. */
export function roleOf(parent: Parent, name: string, options: RoleOptions): Role {
  const { trust, roleName, managed, statements } = options;
  const child = { parent };
  const role = new iam.Role(
    name,
    { assumeRolePolicy: trust, ...(roleName !== undefined && { name: roleName }) },
    child,
  );
  const attached = (managed?.policies ?? []).map(
    (one) =>
      new iam.RolePolicyAttachment(
        `${name}-${one.split('/').pop() ?? one}`,
        { role: role.name, policyArn: awsManaged(managed?.region ?? '', one) },
        child,
      ),
  );
  const own = statements
    ? [new iam.RolePolicy(name, { role: role.id, policy: policy(statements) }, child)]
    : [];
  return { role, ready: [...attached, ...own] };
}

/**
 * What nodes may do: join, and pull images. Addresses for pods are the business of the CNI plugin's own role.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html (2026-11)
 */
export function nodeRoleOptions(region: string): RoleOptions {
  return {
    trust: trustService('ec2.amazonaws.com', ['sts:AssumeRole']),
    managed: {
      region,
      policies: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'],
    },
  };
}
