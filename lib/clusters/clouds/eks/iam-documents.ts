/*
 * Documents of IAM: who may take a role, and what it may do.
 */
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../../../nodes/aws-partition';

type Conditions = Readonly<
  Record<string, Readonly<Record<string, pulumi.Input<string> | readonly string[]>>>
>;

/** A statement that allows something. */
export interface Statement {
  /** What it is for; letters and digits. */
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
  readonly Condition?: Conditions;
}

/** Principal of EKS Pod Identity. */
const POD_IDENTITY = 'pods.eks.amazonaws.com';

/** Lets a service of AWS take the role. */
export function trust(
  service: string,
  actions: readonly string[],
  conditions?: Conditions,
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: service },
        Action: actions,
        ...(conditions && { Condition: conditions }),
      },
    ],
  });
}

/** Lets the pods of one service account, and no others, take the role. */
export function trustPods(namespace: string, serviceAccount: string): pulumi.Output<string> {
  return trust(POD_IDENTITY, ['sts:AssumeRole', 'sts:TagSession'], {
    StringEquals: {
      'aws:RequestTag/kubernetes-namespace': namespace,
      'aws:RequestTag/kubernetes-service-account': serviceAccount,
    },
  });
}

/** A policy of these statements. */
export function policy(statements: readonly Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });
}

/** ARN of a policy that AWS keeps. */
export function awsManaged(region: string, name: string): string {
  return `arn:${partitionOf(region)}:iam::aws:policy/${name}`;
}
