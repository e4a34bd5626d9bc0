/*
 * What GPUs do, as metrics: `ScalingPolicy.gpuUtilization` reads them. GKE brings it. It asks the kubelet which pod
 * has which GPU: its namespace must not enforce Pod Security.
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import { requirePinnedImage } from '../core/image-reference';
import { podMonitor } from '../core/pod-monitor';
import type { NodePool } from '../nodes/node-pool';
import { addObjects, addonNames, type AddonProps, type AddonObjects } from './addon';
import {
  RESTRICTED,
  networkPolicy,
  resources,
  serviceAccount,
  type AddonObject,
} from './addon-parts';
import { gpuDaemonSet, requireGpuPools } from './gpu-nodes';

const IMAGE = 'nvcr.io/nvidia/k8s/dcgm-exporter:4.2.3-4.1.3-ubuntu22.04';
const PORT = 9400;

/** Options of the exporter. */
export interface DcgmExporterProps extends AddonProps {
  /** GPU pools, on EKS. */
  readonly pools: readonly NodePool[];
  /**
   * Whether the Prometheus operator is told of it by a PodMonitor.
   * @default true
   */
  readonly podMonitor?: boolean;
}

/**
 * NVIDIA's DCGM exporter on every node of the GPU pools, without the profiling metrics that need SYS_ADMIN. Drains
 * pass over daemon sets, so that it has no disruption budget.
 *
 * @throws ConfigurationError when a pool has no GPU or is of GKE, which brings the exporter
 * @see https://github.com/NVIDIA/dcgm-exporter (4.2.3-4.1.3)
 * @example
 * import { App } from 'cdk8s';
 * import { DcgmExporter, NetworkPeer, NodePool, ServingChart } from 'inference-constructs';
 *
 * const gpus = NodePool.eksSpot('gpus', { instanceTypes: ['g6.2xlarge'], min: 0, max: 8 });
 * const chart = new ServingChart(new App(), 'gpus', { namespace: 'kube-system' });
 * new DcgmExporter(chart, 'DcgmExporter', {
 *   pools: [gpus],
 *   monitoring: [NetworkPeer.namespace('monitoring')],
 * });
 */
export class DcgmExporter extends Construct {
  /** What it is made of, by ids that are kinds; `Resource` runs the pods. */
  public readonly objects: AddonObjects;

  public constructor(scope: Construct, id: string, props: DcgmExporterProps) {
    super(scope, id);
    const { pools, image = IMAGE, monitoring = [], transform } = props;
    const checks = new Checks(this.node.path);
    requireGpuPools(checks, pools, 'the exporter');
    requirePinnedImage(checks, 'image', image);
    const names = addonNames(checks, this, 'dcgm-exporter');
    checks.finish();

    const resourcesOfPods = { name: 'pod-resources', path: '/var/lib/kubelet/pod-resources' };
    const monitor = {
      name: names.name,
      labels: names.labels,
      selector: names.selector,
      port: 'metrics',
      path: '/metrics',
      // The pod that a series is about, not the exporter's own.
      honorLabels: true,
    };
    this.objects = addObjects(
      this,
      [
        serviceAccount(names),
        networkPolicy(names, { metricsPort: PORT, monitoring, egress: [] }),
        gpuDaemonSet(names, pools, {
          container: {
            name: 'exporter',
            image,
            imagePullPolicy: 'Always',
            env: [
              { name: 'DCGM_EXPORTER_KUBERNETES', value: 'true' },
              { name: 'DCGM_EXPORTER_LISTEN', value: `:${PORT}` },
              { name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' },
              { name: 'NVIDIA_DRIVER_CAPABILITIES', value: 'compute,utility' },
            ],
            ports: [{ name: 'metrics', containerPort: PORT, protocol: 'TCP' }],
            livenessProbe: {
              httpGet: { path: '/health', port: 'metrics' },
              initialDelaySeconds: 45,
              periodSeconds: 10,
              timeoutSeconds: 5,
              failureThreshold: 6,
            },
            readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 10 },
            resources: resources({ cpuMillis: 100, memoryMib: 512 }),
            volumeMounts: [
              { name: resourcesOfPods.name, mountPath: resourcesOfPods.path, readOnly: true },
              { name: 'tmp', mountPath: '/tmp' },
            ],
            terminationMessagePolicy: 'FallbackToLogsOnError',
            // The kubelet's socket is root's. Nothing else of root is needed.
            securityContext: { ...RESTRICTED, runAsUser: 0 },
          },
          volumes: [
            {
              name: resourcesOfPods.name,
              hostPath: { path: resourcesOfPods.path, type: 'Directory' },
            },
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          ],
        }),
        ...(props.podMonitor === false ? [] : [podMonitor(monitor) as unknown as AddonObject]),
      ],
      transform,
    );
  }
}
