/*
 * Every message in full, as people see it.
 */
import { Duration } from 'cdk8s';
import {
  DcgmExporter,
  HelmAddon,
  HelmChart,
  HelmDelivery,
  MetricsServer,
  NodeCloud,
  NodeTerminationHandler,
  NvidiaDevicePlugin,
  SpotProvisioning,
} from 'inference-constructs';

import { pools } from '../support/scaled';

import { HANDLER, autoscaler, kubeSystem } from '../support/addons';

describe('fails', () => {
  const cases: [string, () => unknown][] = [
    [
      'on an autoscaler of another minor version',
      () => autoscaler({ kubernetesVersion: '1.36', version: '1.35.2' }),
    ],
    ['on a cluster version that is unknown', () => autoscaler({ kubernetesVersion: '1.99' })],
    ['on an autoscaler for GKE', () => autoscaler({ pools: [pools.gke] })],
    [
      'on an autoscaler beside Karpenter',
      () => autoscaler({ provisioning: SpotProvisioning.karpenter() }),
    ],
    ['on an autoscaler on nodes that are reclaimed', () => autoscaler({ placement: pools.spot })],
    [
      'on many things at once',
      () =>
        autoscaler({
          clusterName: 'A',
          region: 'Ireland',
          pools: [],
          image: 'autoscaler:latest',
          replicas: 0,
          maxNodeProvisionTime: Duration.seconds(1),
          scaleDownUnneededTime: Duration.seconds(1),
          scaleDownUtilizationPercent: 0,
        }),
    ],
    ['on a pool that is given twice', () => autoscaler({ pools: [pools.spot, pools.spot] })],
    ...(['managed', 'karpenter'] as const).map((kind): [string, () => unknown] => [
      `on a handler for nodes that are ${kind}`,
      () =>
        new NodeTerminationHandler(kubeSystem(), 'Handler', {
          ...HANDLER,
          provisioning: SpotProvisioning[kind](),
        }),
    ]),
    [
      'on a handler for GKE, without a queue, on spot nodes',
      () =>
        new NodeTerminationHandler(kubeSystem(), 'Handler', {
          ...HANDLER,
          pools: [pools.gke],
          queueUrl: 'serving-termination',
          placement: pools.spot,
        }),
    ],
    [
      'on a handler for nobody',
      () => new NodeTerminationHandler(kubeSystem(), 'Handler', { ...HANDLER, pools: [] }),
    ],
    [
      'on a device plugin for pools without GPUs',
      () => new NvidiaDevicePlugin(kubeSystem(), 'Plugin', { pools: [pools.spot] }),
    ],
    [
      'on an exporter for GKE',
      () => new DcgmExporter(kubeSystem(), 'Exporter', { pools: [pools.gke] }),
    ],
    [
      'on metrics of nodes that are reclaimed',
      () => new MetricsServer(kubeSystem(), 'Metrics', { placement: pools.spot, replicas: 9 }),
    ],
    [
      'on a chart of another cloud, without a version, for a tool that waits for another',
      () => {
        const chart = kubeSystem();
        const where = { clusterName: 'serving', region: 'europe-west4', cloud: NodeCloud.GKE };
        const first = new HelmAddon(chart, 'First', {
          ...where,
          chart: HelmChart.KEDA,
          delivery: HelmDelivery.FLUX,
        });
        return new HelmAddon(chart, 'Second', {
          ...where,
          chart: HelmChart.AWS_LOAD_BALANCER_CONTROLLER,
          delivery: HelmDelivery.ARGO_CD,
          version: 'latest',
          after: [first],
        });
      },
    ],
  ];

  test.each(cases)('%s', (_, make) => {
    expect(make).toThrowErrorMatchingSnapshot();
  });

  test('in a chart without a namespace', () => {
    const chart = kubeSystem();
    Object.defineProperty(chart, 'namespace', { value: undefined });

    expect(() => new MetricsServer(chart, 'Metrics')).toThrowErrorMatchingSnapshot();
  });
});
