/*
 * The node that the cluster autoscaler expects of a group without nodes, as its provider of AWS works it out of the
 * tags of the group.
 * @see https://github.com/kubernetes/autoscaler/blob/cluster-autoscaler-1.35.2/cluster-autoscaler/cloudprovider/aws/aws_manager.go (buildNodeFromTemplate)
 */
import type { NodePool } from 'inference-constructs';

const TEMPLATE = 'k8s.io/cluster-autoscaler/node-template';

/** A node as the autoscaler imagines it. */
export interface TemplateNode {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: string;
  }[];
  /** Capacity; the autoscaler takes it for what is allocatable, too. */
  readonly resources: Readonly<Record<string, string>>;
}

/** Builds it of the tags; what they do not say comes from the first instance type. */
export function templateNode(
  tags: Readonly<Record<string, string>>,
  { shapes: [shape], accelerator }: NodePool,
): TemplateNode {
  if (shape === undefined) throw new Error('no instance type');
  const tagged = (kind: string): [string, string][] =>
    Object.entries(tags)
      .filter(([key]) => key.startsWith(`${TEMPLATE}/${kind}/`))
      .map(([key, value]) => [key.slice(`${TEMPLATE}/${kind}/`.length), value]);
  return {
    labels: {
      'kubernetes.io/arch': shape.processor.architecture,
      'kubernetes.io/os': 'linux',
      'node.kubernetes.io/instance-type': shape.instanceType,
      ...Object.fromEntries(tagged('label')),
    },
    taints: tagged('taint').map(([key, text]) => {
      const match = /^([^:]*):(NoSchedule|NoExecute|PreferNoSchedule)$/.exec(text);
      if (!match) throw new Error(`a taint that the autoscaler passes over: ${key}=${text}`);
      const [, value = '', effect = ''] = match;
      return { key, value, effect };
    }),
    resources: {
      pods: '110',
      cpu: String(shape.vcpus),
      memory: `${shape.memoryMib}Mi`,
      'nvidia.com/gpu': String(accelerator?.count ?? 0),
      ...Object.fromEntries(tagged('resources')),
    },
  };
}
