import { App } from 'cdk8s';
import {
  DcgmExporter,
  HelmAddon,
  HelmChart,
  HelmDelivery,
  MetricsServer,
  MetricsServerTls,
  NodeCloud,
  NodeTerminationHandler,
  NvidiaDevicePlugin,
  ServingChart,
} from 'inference-constructs';

import { pools, specOf } from '../support/scaled';

import { HANDLER, argsOf, kindsOf, kubeSystem, podOf } from '../support/addons';

describe('NodeTerminationHandler', () => {
  test('reads the queue, and looks after its own instances only', () => {
    const chart = kubeSystem();
    new NodeTerminationHandler(chart, 'Handler', HANDLER);
    const env = Object.fromEntries(
      (podOf(chart).containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
    );

    expect(env).toMatchObject({
      ENABLE_SQS_TERMINATION_DRAINING: 'true',
      QUEUE_URL: HANDLER.queueUrl,
      AWS_REGION: 'eu-west-1',
      CHECK_TAG_BEFORE_DRAINING: 'true',
      MANAGED_TAG: 'aws-node-termination-handler/managed',
      ENABLE_REBALANCE_DRAINING: 'false',
    });
  });
});

describe('MetricsServer', () => {
  test('is known to the API server by a certificate of its own authority', () => {
    const chart = kubeSystem();
    new MetricsServer(chart, 'MetricsServer');
    const service = (chart.toJson() as { kind: string }[]).find(
      ({ kind }) => kind === 'APIService',
    );

    expect(service).toMatchObject({
      metadata: {
        name: 'v1beta1.metrics.k8s.io',
        annotations: { 'cert-manager.io/inject-ca-from': 'kube-system/metrics-server' },
      },
    });
    expect(JSON.stringify(service)).not.toContain('insecure');
    expect(kindsOf(chart).filter((kind) => kind === 'Certificate')).toHaveLength(2);
    expect(argsOf(chart).join()).not.toContain('insecure');
  });

  test('is believed by anybody only where that is said', () => {
    const chart = kubeSystem();
    new MetricsServer(chart, 'MetricsServer', { tls: MetricsServerTls.UNVERIFIED });

    expect(specOf(chart, 'APIService')['insecureSkipTLSVerify']).toBe(true);
    expect(kindsOf(chart)).not.toContain('Certificate');
  });
});

describe('software of GPU nodes', () => {
  const make = (): ServingChart[] => {
    const charts = [kubeSystem(), kubeSystem()] as const;
    new NvidiaDevicePlugin(charts[0], 'DevicePlugin', { pools: [pools.gpus] });
    new DcgmExporter(charts[1], 'DcgmExporter', { pools: [pools.gpus] });
    return [...charts];
  };

  test('runs on every node of the GPU pools, and on no other', () => {
    for (const chart of make()) {
      expect(podOf(chart, 'DaemonSet')).toMatchObject({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: 'inference-constructs/pool', operator: 'In', values: ['gpus'] },
                  ],
                },
              ],
            },
          },
        },
        tolerations: [{ operator: 'Exists' }],
        automountServiceAccountToken: false,
      });
    }
  });

  test('is root of its node in nothing but the one folder that it needs', () => {
    for (const chart of make()) {
      const { containers, volumes } = podOf(chart, 'DaemonSet');
      const hostPaths = (volumes as { hostPath?: { path: string } }[]).flatMap(
        ({ hostPath }) => hostPath?.path ?? [],
      );

      expect(hostPaths).toHaveLength(1);
      expect(containers[0]?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        privileged: false,
        readOnlyRootFilesystem: true,
        runAsUser: 0,
      });
    }
  });

  test('tells the operator of Prometheus of the exporter, whose series name other pods', () => {
    const chart = kubeSystem();
    new DcgmExporter(chart, 'DcgmExporter', { pools: [pools.gpus] });

    expect(specOf(chart, 'PodMonitor')['podMetricsEndpoints']).toEqual([
      { port: 'metrics', path: '/metrics', interval: '15s', honorLabels: true },
    ]);
  });
});

describe.each(
  HelmDelivery.all().flatMap((delivery) =>
    HelmChart.all().map(
      (value) => [delivery.toString(), value.definition.id, delivery, value] as const,
    ),
  ),
)('%s of %s', (_, __, delivery, value) => {
  test('is pinned, in its namespace, where its pods belong', () => {
    const chart = new ServingChart(new App(), 'software', { namespace: delivery.namespace });
    new HelmAddon(chart, 'Addon', {
      chart: value,
      delivery,
      cloud: NodeCloud.EKS,
      clusterName: 'serving',
      region: 'eu-west-1',
      networkId: 'vpc-0123456789abcdef0',
      placement: pools.control,
    });
    const text = JSON.stringify(chart.toJson());
    const { version, namespace, placed = true } = value.definition;

    expect(text).toContain(JSON.stringify(version));
    expect(text).toContain(`amespace":"${namespace}"`);
    expect(text.includes('"inference-constructs/pool":"control"')).toBe(placed);
    expect(text).not.toContain('undefined');
  });
});

describe('HelmAddon', () => {
  const where = { cloud: NodeCloud.GKE, clusterName: 'serving', region: 'europe-west4' };

  test('waits for the charts that it needs', () => {
    const chart = new ServingChart(new App(), 'software', { namespace: 'flux-system' });
    const delivery = HelmDelivery.FLUX;
    const first = new HelmAddon(chart, 'First', {
      ...where,
      delivery,
      chart: HelmChart.CERT_MANAGER,
    });
    new HelmAddon(chart, 'Second', { ...where, delivery, chart: HelmChart.KEDA, after: [first] });
    const releases = (chart.toJson() as { kind: string; spec: unknown }[]).filter(
      ({ kind }) => kind === 'HelmRelease',
    );

    expect(releases.map(({ spec }) => (spec as { dependsOn?: unknown }).dependsOn)).toEqual([
      undefined,
      [{ name: 'cert-manager' }],
    ]);
  });

  test('is in an earlier wave than what needs it', () => {
    const chart = new ServingChart(new App(), 'software', { namespace: 'argocd' });
    const delivery = HelmDelivery.ARGO_CD;
    const first = new HelmAddon(chart, 'First', {
      ...where,
      delivery,
      chart: HelmChart.CERT_MANAGER,
    });
    new HelmAddon(chart, 'Second', { ...where, delivery, chart: HelmChart.KEDA, after: [first] });
    const waves = (chart.toJson() as { metadata: { annotations: Record<string, string> } }[]).map(
      ({ metadata }) => Number(metadata.annotations['argocd.argoproj.io/sync-wave']),
    );

    expect(waves).toEqual([-20, -19]);
  });

  test('takes settings of one’s own on top', () => {
    const chart = new ServingChart(new App(), 'software', { namespace: 'argocd' });
    new HelmAddon(chart, 'Keda', {
      ...where,
      delivery: HelmDelivery.ARGO_CD,
      chart: HelmChart.KEDA,
      version: '2.20.2',
      values: { operator: { replicaCount: 2 } },
    });

    expect(specOf(chart, 'Application')['source']).toMatchObject({
      targetRevision: '2.20.2',
      helm: { valuesObject: { operator: { replicaCount: 2 } } },
    });
  });
});
