/*
 * Replicas that follow load. Kubernetes' own HorizontalPodAutoscaler where it can read what the policies go by,
 * KEDA where it cannot, never both. Assumes metrics-server for CPU and memory, and KEDA 2.16 or later for the rest.
 */
import { Construct } from 'constructs';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import type { ScaleTarget } from '../serving/endpoint';
import { checkAutoscaling, warnOfAutoscaling } from './autoscaling-checks';
import type { AutoscalingProps } from './autoscaling-props';
import { warnOfCapacity } from './capacity-checks';
import {
  horizontalPodAutoscalerSpec,
  recommender,
  scaledObject,
  triggerAuthentication,
} from './renderers';
import { resolveAutoscaling, type ResolvedAutoscaling } from './resolve';

/**
 * Sets the replicas of a server by its load, between bounds that its pools hold. Creates a HorizontalPodAutoscaler
 * or a ScaledObject of KEDA, and takes `replicas` out of the Deployment.
 *
 * @throws ConfigurationError with everything that is wrong with the props: bounds, targets, policies that the engine
 *   has no metric for or that cannot combine, a server that nothing wakes, more replicas than the pools hold
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (v1.35)
 * @see https://keda.sh/docs/2.21/reference/scaledobject-spec/ (2.21)
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Autoscaling, Cpu, Model, ModelServer, ModelSource, ScalingPolicy, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const server = new ModelServer(chart, 'ResNet', {
 *   name: 'resnet',
 *   engine: ServingEngine.TENSORFLOW_SERVING,
 *   model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * });
 * new Autoscaling(chart, 'Scaling', {
 *   target: server,
 *   minReplicas: 2,
 *   maxReplicas: 20,
 *   policies: [ScalingPolicy.cpuUtilization(50)],
 * });
 */
export class Autoscaling extends Construct {
  public readonly target: ScaleTarget;
  public readonly minReplicas: number;
  public readonly maxReplicas: number;
  /** Where Kubernetes scales by itself. */
  public readonly horizontalPodAutoscaler: KubernetesObject<HorizontalPodAutoscaler> | undefined;
  /** Where KEDA scales. */
  public readonly scaledObject: KubernetesObject<PlainObject> | undefined;
  /** The recommender, if it was asked for. */
  public readonly verticalPodAutoscaler: KubernetesObject<PlainObject> | undefined;

  private readonly labels: Record<string, string>;

  public constructor(scope: Construct, id: string, props: AutoscalingProps) {
    super(scope, id);
    const resolved = resolveAutoscaling(props);
    const checks = new Checks(this.node.path);
    checkAutoscaling(checks, props, resolved);
    checks.finish();

    const { target, transform } = props;
    this.target = target;
    this.minReplicas = resolved.minReplicas;
    this.maxReplicas = resolved.maxReplicas;
    this.labels = standardLabels({
      name: 'model-server',
      instance: resolved.name,
      component: 'autoscaling',
    });
    target.scaleUpTo(resolved.maxReplicas);
    this.openMetrics(props, resolved);
    if (resolved.scaler === 'hpa') {
      const spec = horizontalPodAutoscalerSpec(resolved);
      this.horizontalPodAutoscaler = new KubernetesObject<HorizontalPodAutoscaler>(
        this,
        'Resource',
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: resolved.name, labels: this.labels },
          spec: transform?.horizontalPodAutoscaler?.(spec) ?? spec,
        },
      );
    } else this.scaledObject = this.makeScaledObject(props, resolved);
    if (props.recommendRequests === true)
      this.verticalPodAutoscaler = new KubernetesObject<PlainObject>(
        this,
        'Recommender',
        recommender(resolved, { labels: this.labels }),
      );
    warnOfAutoscaling(this, resolved);
    warnOfCapacity(this, target, resolved);
  }

  /** A metric that nobody may read scales nothing. */
  private openMetrics(
    { target }: AutoscalingProps,
    { policies, prometheus, scaler }: ResolvedAutoscaling,
  ): void {
    if (scaler !== 'keda' || !policies.some(({ readsPods }) => readsPods)) return;
    if (prometheus.reader) target.exportMetrics(prometheus.reader);
  }

  private makeScaledObject(
    { transform }: AutoscalingProps,
    resolved: ResolvedAutoscaling,
  ): KubernetesObject<PlainObject> {
    const { labels } = this;
    const authentication = resolved.asksPrometheus && triggerAuthentication(resolved, { labels });
    if (authentication) new KubernetesObject<PlainObject>(this, 'Authentication', authentication);
    const object = scaledObject(resolved, { labels });
    const spec = { ...object.spec };
    return new KubernetesObject<PlainObject>(this, 'Resource', {
      ...object,
      spec: transform?.scaledObject?.(spec) ?? spec,
    });
  }
}
