import { App } from 'cdk8s';
import {
  ClusterAutoscaler,
  ServingChart,
  SpotProvisioning,
  type ClusterAutoscalerProps,
} from 'inference-constructs';
import { pools, specOf } from './scaled';

/** A chart of the namespace that control software belongs to. */
export function kubeSystem(): ServingChart {
  return new ServingChart(new App(), 'addons', { namespace: 'kube-system' });
}

/** A chart with an autoscaler of EKS, but for what is changed. */
export function autoscaler(changes: Partial<ClusterAutoscalerProps> = {}): ServingChart {
  const chart = kubeSystem();
  new ClusterAutoscaler(chart, 'ClusterAutoscaler', {
    clusterName: 'serving',
    region: 'eu-west-1',
    kubernetesVersion: '1.35',
    pools: [pools.control, pools.spot, pools.large, pools.fallback],
    placement: pools.control,
    ...changes,
  });
  return chart;
}

/** The part of a workload that its pods are made of. */
export interface PodTemplate {
  readonly template: {
    readonly spec: {
      readonly containers: readonly {
        readonly image: string;
        readonly args?: readonly string[];
        readonly env?: readonly { readonly name: string; readonly value?: string }[];
        readonly securityContext: unknown;
        readonly volumeMounts?: readonly { readonly name: string }[];
      }[];
      readonly [field: string]: unknown;
    };
  };
}

/** The pod of the workload of a chart. */
export function podOf(chart: ServingChart, kind = 'Deployment'): PodTemplate['template']['spec'] {
  return (specOf(chart, kind) as unknown as PodTemplate).template.spec;
}

/** Command line of its first container. */
export function argsOf(chart: ServingChart): readonly string[] {
  return podOf(chart).containers[0]?.args ?? [];
}

/** Kinds of the objects of a chart. */
export function kindsOf(chart: ServingChart): string[] {
  return (chart.toJson() as { kind: string }[]).map(({ kind }) => kind);
}

/** A handler of self-managed nodes. */
export const HANDLER = {
  pools: [pools.spot],
  provisioning: SpotProvisioning.selfManaged(),
  queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/serving-termination',
  placement: pools.control,
};
