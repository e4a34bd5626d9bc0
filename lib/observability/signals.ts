/*
 * What metrics of kubelets, of kube-state-metrics, of DCGM and of cert-manager say about the pods of a server: queries that dashboards show
 * and alerts compare. Each gives at most one number.
 * @see https://github.com/kubernetes/kube-state-metrics/tree/v2.16.0/docs/metrics
 */
import { exportedSeries } from '../core/promql';

/** Which pods, of which Deployment. */
export interface SignalTarget {
  readonly name: string;
  readonly namespace: string;
  /** Matchers of PromQL that select its pods. */
  readonly pods: string;
  /** Container that serves. */
  readonly container: string;
}

/** Knative's Deployments are called by their revision. @internal */
export const REVISION = '(-[0-9]{5}-deployment)?';

function inContainer({ pods, container }: SignalTarget): string {
  return `${pods},container="${container}"`;
}

function deployment({ name, namespace }: SignalTarget): string {
  return `{namespace="${namespace}",deployment=~"${name}${REVISION}"}`;
}

/** Replicas that are asked for. @internal */
export function wanted(target: SignalTarget): string {
  return `sum(kube_deployment_spec_replicas${deployment(target)})`;
}

/** Replicas that can answer. @internal */
export function available(target: SignalTarget): string {
  return `sum(kube_deployment_status_replicas_available${deployment(target)})`;
}

/** Pods, whatever they do. @internal */
export function pods(target: SignalTarget): string {
  return `count(kube_pod_info{${target.pods}})`;
}

/** Pods that Prometheus reads. @internal */
export function scraped(target: SignalTarget): string {
  return `sum(up{${target.pods}})`;
}

/** Containers that run. @internal */
export function running(target: SignalTarget): string {
  return `sum(kube_pod_container_status_running{${inContainer(target)}})`;
}

/** Containers that run and are ready. @internal */
export function ready(target: SignalTarget): string {
  return `sum(kube_pod_container_status_ready{${inContainer(target)}})`;
}

/** Restarts within an hour. @internal */
export function restarts(target: SignalTarget): string {
  return `sum(increase(kube_pod_container_status_restarts_total{${inContainer(target)}}[1h]))`;
}

/** Cores that are used, of those that are requested. @internal */
export function cpuUsed(target: SignalTarget): string {
  return `sum(rate(container_cpu_usage_seconds_total{${inContainer(target)}}[5m])) / ${requested(target, 'cpu')}`;
}

/** Share of the periods in which it had no CPU left. @internal */
export function throttled(target: SignalTarget): string {
  const of = `{${inContainer(target)}}[10m]`;
  return `sum(rate(container_cpu_cfs_throttled_periods_total${of})) / sum(rate(container_cpu_cfs_periods_total${of}))`;
}

/** Memory of the fullest pod, of its limit. @internal */
export function memoryUsed(target: SignalTarget): string {
  // For a while after a restart there are two series of a container.
  const by = 'max by (namespace, pod)';
  return `max(${by} (container_memory_working_set_bytes{${inContainer(target)}}) / ${by} (kube_pod_container_resource_limits{${inContainer(target)},resource="memory"}))`;
}

/** What the container requests over all pods: cores, bytes, or devices. @internal */
export function requested(target: SignalTarget, resource: string): string {
  return `sum(kube_pod_container_resource_requests{${inContainer(target)},resource="${resource}"})`;
}

/**
 * Share of the pods of the last hour whose node is gone: interrupted, drained or taken away. By what became of nodes, as
 * the pods are deleted before anybody can ask why.
 * @internal
 */
export function interrupted(target: SignalTarget): string {
  const recent = `count by (node, pod) (last_over_time(kube_pod_info{${target.pods},node!=""}[1h]))`;
  return `(count(${recent} unless on (node) kube_node_info) or vector(0)) / count(${recent})`;
}

/** How busy its GPUs are, 0 to 100. @internal */
export function gpuBusy(target: SignalTarget): string {
  return `avg(${exportedSeries('DCGM_FI_DEV_GPU_UTIL', target.pods)})`;
}

/** The last error that the driver of one of its GPUs wrote down, 0 for none. @internal */
export function gpuError(target: SignalTarget): string {
  return `max(${exportedSeries('DCGM_FI_DEV_XID_ERRORS', target.pods)})`;
}

/** When the first certificate of the namespace ends, in seconds since 1970, by cert-manager. @internal */
export function certificateEnd({ namespace }: SignalTarget): string {
  const metric = 'certmanager_certificate_expiration_timestamp_seconds';
  return `min(${exportedSeries(metric, `namespace="${namespace}"`)})`;
}
