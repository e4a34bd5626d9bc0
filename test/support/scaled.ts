import {
  Autoscaling,
  ModelServer,
  NodePool,
  ScalingPolicy,
  type AutoscalingProps,
  type ModelServerProps,
  type ServingChart,
} from 'inference-constructs';
import { chartOf, serverProps } from './charts';

/** An autoscaler with the server that it scales. */
export interface Scaled {
  readonly chart: ServingChart;
  readonly server: ModelServer;
  readonly autoscaling: Autoscaling;
}

/** A server that is scaled by CPU from 2 to 10, but for what is changed. */
export function scaled(
  changes: Partial<AutoscalingProps> = {},
  serverChanges: Partial<ModelServerProps> = {},
  chart = chartOf(),
): Scaled {
  const server = new ModelServer(chart, 'Server', serverProps(serverChanges));
  const autoscaling = new Autoscaling(chart, 'Scaling', {
    target: server,
    minReplicas: 2,
    maxReplicas: 10,
    policies: [ScalingPolicy.cpuUtilization(50)],
    ...changes,
  });
  return { chart, server, autoscaling };
}

/** One object of a kind that the chart holds. */
export function objectOf(chart: ServingChart, kind: string): Record<string, unknown> | undefined {
  return (chart.toJson() as Record<string, unknown>[]).find((object) => object['kind'] === kind);
}

/** Spec of the one object of a kind that the chart holds. */
export function specOf(chart: ServingChart, kind: string): Record<string, unknown> {
  const object = objectOf(chart, kind);
  if (object === undefined) throw new Error(`no ${kind}`);
  return object['spec'] as Record<string, unknown>;
}

export const pools = {
  control: NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 }),
  spot: NodePool.eksSpot('spot', { instanceTypes: ['m6i.xlarge', 'm7i.xlarge'], min: 0, max: 6 }),
  large: NodePool.eksSpot('large', {
    instanceTypes: ['m6i.2xlarge', 'm7i.2xlarge'],
    min: 0,
    max: 4,
  }),
  fallback: NodePool.eksOnDemand('fallback', { instanceTypes: ['m6i.xlarge'], min: 0, max: 2 }),
  gpus: NodePool.eksSpot('gpus', { instanceTypes: ['g6.2xlarge'], min: 0, max: 8 }),
  gke: NodePool.gkeSpot('l4', { instanceTypes: ['g2-standard-8'], min: 0, max: 8 }),
};
