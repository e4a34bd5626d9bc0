import type { Duration } from 'cdk8s';
import type { HorizontalPodAutoscalerSpec } from 'kubernetes-types/autoscaling/v2';
import type { ScaleTarget } from '../serving/endpoint';
import type { PrometheusServer } from './prometheus-server';
import type { ScalingBehavior } from './scaling-behavior';
import type { ScalingPolicy } from './scaling-policy';

/** Changes of the rendered specs, applied last: for what the props cannot say. */
export interface AutoscalingTransforms {
  readonly horizontalPodAutoscaler?: (
    spec: HorizontalPodAutoscalerSpec,
  ) => HorizontalPodAutoscalerSpec;
  readonly scaledObject?: (
    spec: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>;
}

/** Options of an autoscaler. */
export interface AutoscalingProps {
  /** What is scaled, such as a `ModelServer`. */
  readonly target: ScaleTarget;
  /** Fewest replicas, count, 0 to 5000. Zero needs a policy that sees the first request. */
  readonly minReplicas: number;
  /** Most replicas, count, 1 to 5000; as many must fit the pools. */
  readonly maxReplicas: number;
  /** What replicas follow; of several, the one that asks for the most counts. */
  readonly policies: readonly ScalingPolicy[];
  /**
   * How fast replicas come and go.
   * @default - up at once; down by 20 % at a time, no faster than replicas load and drain
   */
  readonly behavior?: ScalingBehavior;
  /**
   * Time from the start of a pod until its models answer, as measured.
   * @default - 60 s, and a second for every 50 MiB of models
   */
  readonly warmup?: Duration;
  /**
   * Where policies ask for metrics.
   * @default PrometheusServer.inCluster('monitoring')
   */
  readonly prometheus?: PrometheusServer;
  /**
   * Whether a VerticalPodAutoscaler works out what replicas should request; it changes nothing by itself. Needs the
   * VPA recommender in the cluster.
   * @default false
   */
  readonly recommendRequests?: boolean;
  /**
   * Minor version of the cluster, such as `1.37`, from which Kubernetes itself scales to zero.
   * @default - any that the library supports; scaling to zero is KEDA's
   */
  readonly kubernetesVersion?: string;
  /** @default - no changes */
  readonly transform?: AutoscalingTransforms;
}
