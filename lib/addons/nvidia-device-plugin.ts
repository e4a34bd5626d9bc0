/*
 * Makes the GPUs of nodes a resource that pods can ask for. `Cluster` of the entry `./cloud` brings it with the first
 * GPU pool on EKS; this is for clusters that are made elsewhere. It opens a socket of the kubelet: its namespace must
 * not enforce Pod Security.
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import { requirePinnedImage } from '../core/image-reference';
import type { NodePool } from '../nodes/node-pool';
import { addObjects, addonNames, type AddonProps, type AddonObjects } from './addon';
import { RESTRICTED, networkPolicy, resources, serviceAccount } from './addon-parts';
import { gpuDaemonSet, requireGpuPools } from './gpu-nodes';

const IMAGE = 'nvcr.io/nvidia/k8s-device-plugin:v0.18.0';

/** Options of the device plugin. It has no metrics. */
export interface NvidiaDevicePluginProps extends Omit<AddonProps, 'monitoring'> {
  /** GPU pools, on EKS. */
  readonly pools: readonly NodePool[];
}

/**
 * NVIDIA's device plugin on every node of the GPU pools: `nvidia.com/gpu` becomes something that pods can request.
 * Drains pass over daemon sets, so that it has no disruption budget.
 *
 * @throws ConfigurationError when a pool has no GPU or is of GKE, which brings the plugin
 * @see https://github.com/NVIDIA/k8s-device-plugin (v0.18.0)
 * @example
 * import { App } from 'cdk8s';
 * import { NodePool, NvidiaDevicePlugin, ServingChart } from 'inference-constructs';
 *
 * const gpus = NodePool.eksSpot('gpus', { instanceTypes: ['g6.2xlarge'], min: 0, max: 8 });
 * const chart = new ServingChart(new App(), 'gpus', { namespace: 'kube-system' });
 * new NvidiaDevicePlugin(chart, 'DevicePlugin', { pools: [gpus] });
 */
export class NvidiaDevicePlugin extends Construct {
  /** What it is made of, by ids that are kinds; `Resource` runs the pods. */
  public readonly objects: AddonObjects;

  public constructor(scope: Construct, id: string, props: NvidiaDevicePluginProps) {
    super(scope, id);
    const { pools, image = IMAGE, transform } = props;
    const checks = new Checks(this.node.path);
    requireGpuPools(checks, pools, 'the device plugin');
    requirePinnedImage(checks, 'image', image);
    const names = addonNames(checks, this, 'nvidia-device-plugin');
    checks.finish();

    const socket = { name: 'device-plugins', path: '/var/lib/kubelet/device-plugins' };
    this.objects = addObjects(
      this,
      [
        serviceAccount(names),
        networkPolicy(names, { monitoring: [], egress: [] }),
        gpuDaemonSet(names, pools, {
          container: {
            name: 'device-plugin',
            image,
            imagePullPolicy: 'Always',
            env: [
              { name: 'FAIL_ON_INIT_ERROR', value: 'false' },
              { name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' },
              { name: 'NVIDIA_DRIVER_CAPABILITIES', value: 'compute,utility' },
            ],
            resources: resources({ cpuMillis: 20, memoryMib: 128 }),
            volumeMounts: [{ name: socket.name, mountPath: socket.path }],
            terminationMessagePolicy: 'FallbackToLogsOnError',
            // The kubelet's folder is root's. Nothing else of root is needed.
            securityContext: { ...RESTRICTED, runAsUser: 0 },
          },
          volumes: [{ name: socket.name, hostPath: { path: socket.path, type: 'Directory' } }],
        }),
      ],
      transform,
    );
  }
}
