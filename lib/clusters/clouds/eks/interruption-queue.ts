/*
 * Where AWS says that instances go away, for whoever drains nodes: a queue, and the rules that fill it.
 * @see https://github.com/aws/aws-node-termination-handler (1.25, queue processor)
 * @see https://karpenter.sh/docs/concepts/disruption/#interruption (1.14)
 */
import * as cloudwatch from '@pulumi/aws/cloudwatch';
import * as sqs from '@pulumi/aws/sqs';
import * as pulumi from '@pulumi/pulumi';
import type { Parent } from '../../cloud';

/** What AWS tells of instances. */
export const EVENTS = {
  'spot-interruption': { source: 'aws.ec2', detailType: 'EC2 Spot Instance Interruption Warning' },
  rebalance: { source: 'aws.ec2', detailType: 'EC2 Instance Rebalance Recommendation' },
  'state-change': { source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' },
  health: { source: 'aws.health', detailType: 'AWS Health Event' },
  'group-terminate': {
    source: 'aws.autoscaling',
    detailType: 'EC2 Instance-terminate Lifecycle Action',
  },
} as const;

/** A notice is of no use once the instance is gone. */
const RETENTION_SECONDS = 300;

/** Makes the queue and the rules for `events`. */
export function interruptionQueue(
  parent: Parent,
  name: string,
  queueName: string,
  events: readonly (keyof typeof EVENTS)[],
): sqs.Queue {
  const child = { parent };
  const queue = new sqs.Queue(
    name,
    {
      name: queueName,
      messageRetentionSeconds: RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
    },
    child,
  );
  const rules = events.map((event) => {
    const { source, detailType } = EVENTS[event];
    const rule = new cloudwatch.EventRule(
      `${name}-${event}`,
      {
        description: `${detailType} to ${queueName}`,
        eventPattern: JSON.stringify({ source: [source], 'detail-type': [detailType] }),
      },
      child,
    );
    new cloudwatch.EventTarget(`${name}-${event}`, { rule: rule.name, arn: queue.arn }, child);
    return rule;
  });
  new sqs.QueuePolicy(
    name,
    {
      queueUrl: queue.url,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'RulesOfThisCluster',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue.arn,
            Condition: { ArnEquals: { 'aws:SourceArn': rules.map(({ arn }) => arn) } },
          },
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: queue.arn,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      }),
    },
    child,
  );
  return queue;
}
