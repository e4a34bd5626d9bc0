/*
 * Add-ons on a real API server: every object is accepted as it is, what claims to be restricted is, and accounts may
 * do what their software does and nothing beside it.
 */
import { App } from 'cdk8s';
import {
  Autoscaling,
  ClusterAutoscaler,
  DcgmExporter,
  HelmAddon,
  HelmChart,
  HelmDelivery,
  MetricsServer,
  ModelServer,
  NodeCloud,
  NodeTerminationHandler,
  NvidiaDevicePlugin,
  PrometheusServer,
  RequestObserver,
  ScalingPolicy,
  SecretReference,
  ServingChart,
  ServingEngine,
} from 'inference-constructs';
import { HANDLER } from '../support/addons';
import { serverProps } from '../support/charts';
import { pools } from '../support/scaled';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';

const cluster = controlPlane();

/** Namespace whose Pod Security is warned of. */
const NAMESPACE = 'addons';

const BUILDS: Readonly<Record<string, (chart: ServingChart) => unknown>> = {
  ClusterAutoscaler: (chart) =>
    new ClusterAutoscaler(chart, 'Addon', {
      clusterName: 'serving',
      region: 'eu-west-1',
      kubernetesVersion: '1.35',
      pools: [pools.control, pools.spot],
      placement: pools.control,
    }),
  NodeTerminationHandler: (chart) => new NodeTerminationHandler(chart, 'Addon', HANDLER),
  MetricsServer: (chart) => new MetricsServer(chart, 'Addon', { placement: pools.control }),
  NvidiaDevicePlugin: (chart) => new NvidiaDevicePlugin(chart, 'Addon', { pools: [pools.gpus] }),
  DcgmExporter: (chart) => new DcgmExporter(chart, 'Addon', { pools: [pools.gpus] }),
};

function objectsOf(build: (chart: ServingChart) => unknown): KubeObject[] {
  const chart = new ServingChart(new App(), 'test', { namespace: NAMESPACE });
  build(chart);
  return chart.toJson() as KubeObject[];
}

const NAMESPACES = [NAMESPACE, 'flux-system', 'argocd'];

describeWithCluster('on the API server', () => {
  beforeAll(async () => {
    await installDefinitions(cluster.client);
    for (const name of NAMESPACES) {
      const labels = { 'pod-security.kubernetes.io/warn': 'restricted' };
      await cluster.client.create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels },
      });
    }
  });

  /** Warnings of the server, by object. */
  async function accept(objects: readonly KubeObject[]): Promise<string[]> {
    const warnings: string[] = [];
    for (const object of objects) {
      const answer = await cluster.client.apply(object, { dryRun: true });
      warnings.push(...answer.warnings.map((warning) => `${object.kind}: ${warning}`));
    }
    return warnings;
  }

  test.each(['ClusterAutoscaler', 'NodeTerminationHandler', 'MetricsServer'])(
    '%s is accepted, and restricted',
    async (name) => {
      const build = BUILDS[name];
      if (build === undefined) throw new Error('no such add-on');

      expect(await accept(objectsOf(build))).toEqual([]);
    },
  );

  test.each(['NvidiaDevicePlugin', 'DcgmExporter'])(
    '%s is accepted, and is root in one folder of its node, which is all that is warned of',
    async (name) => {
      const build = BUILDS[name];
      if (build === undefined) throw new Error('no such add-on');
      const [warning = '', ...others] = await accept(objectsOf(build));

      expect(others).toEqual([]);
      expect(warning).toMatch(/restricted volume types|hostPath/);
      expect(warning).not.toMatch(/privileged|capabilities|hostNetwork|hostPID|seccomp/);
    },
  );

  test.each(HelmDelivery.all().map((delivery) => [delivery.toString(), delivery] as const))(
    '%s takes every chart',
    async (_, delivery) => {
      for (const chart of HelmChart.all()) {
        const objects = objectsOf(
          (scope) =>
            new HelmAddon(scope, 'Addon', {
              chart,
              delivery,
              cloud: NodeCloud.EKS,
              clusterName: 'serving',
              region: 'eu-west-1',
              networkId: 'vpc-0123456789abcdef0',
              placement: pools.control,
            }),
        );
        expect(await accept(objects)).toEqual([]);
      }
    },
  );

  test.each<[string, ScalingPolicy[], number]>([
    ['by Kubernetes', [ScalingPolicy.cpuUtilization(50), ScalingPolicy.memoryUtilization(80)], 2],
    ['by an adapter', [ScalingPolicy.externalMetric({ name: 'queue', target: 3 })], 1],
    [
      'by KEDA',
      [
        ScalingPolicy.queueDepth(4),
        ScalingPolicy.requestsInFlight(4),
        ScalingPolicy.cpuUtilization(70),
        ScalingPolicy.schedule({
          start: '0 8 * * 1-5',
          end: '0 18 * * 1-5',
          timezone: 'Europe/Berlin',
          replicas: 5,
        }),
      ],
      2,
    ],
    ['to zero', [ScalingPolicy.requestsInFlight(4, RequestObserver.istio('resnet'))], 0],
  ])('scaling %s is accepted', async (_, policies, minReplicas) => {
    const objects = objectsOf((chart) => {
      const target = new ModelServer(
        chart,
        'Server',
        serverProps({ engine: ServingEngine.TRITON }),
      );
      return new Autoscaling(chart, 'Scaling', {
        target,
        minReplicas,
        maxReplicas: 10,
        policies,
        recommendRequests: true,
        prometheus: PrometheusServer.at('https://prometheus.example.com', {
          bearerToken: SecretReference.fromSecret('token'),
        }),
      });
    });

    expect(await accept(objects)).toEqual([]);
  });

  describe('the account of the autoscaler', () => {
    beforeAll(async () => {
      const build = BUILDS['ClusterAutoscaler'] as (chart: ServingChart) => unknown;
      for (const object of objectsOf(build)) await cluster.client.apply(object);
    });

    async function may(
      verb: string,
      [group, resource, name]: readonly [string, string, string?],
      namespace?: string,
    ): Promise<boolean> {
      const [plain = '', subresource] = resource.split('/');
      const answer = await cluster.client.request(
        'POST',
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user: `system:serviceaccount:${NAMESPACE}:cluster-autoscaler`,
            resourceAttributes: { verb, group, resource: plain, subresource, name, namespace },
          },
        },
      );
      return (answer.body as { status: { allowed: boolean } }).status.allowed;
    }

    // What it does, as its own informers and actions ask for it.
    test.each<[string, readonly [string, string, string?], string?]>([
      ['list', ['', 'pods']],
      ['watch', ['', 'nodes']],
      ['update', ['', 'nodes']],
      ['create', ['', 'pods/eviction'], 'serving'],
      ['watch', ['apps', 'daemonsets']],
      ['watch', ['apps', 'replicasets']],
      ['watch', ['batch', 'jobs']],
      ['list', ['policy', 'poddisruptionbudgets']],
      ['watch', ['storage.k8s.io', 'csinodes']],
      ['watch', ['storage.k8s.io', 'volumeattachments']],
      ['create', ['', 'events'], 'serving'],
      ['update', ['coordination.k8s.io', 'leases', 'cluster-autoscaler'], NAMESPACE],
      ['get', ['', 'configmaps', 'cluster-autoscaler-priority-expander'], NAMESPACE],
      ['update', ['', 'configmaps', 'cluster-autoscaler-status'], NAMESPACE],
    ])('may %s %j', async (...[verb, resource, namespace]) => {
      expect(await may(verb, resource, namespace)).toBe(true);
    });

    test.each<[string, readonly [string, string, string?], string?]>([
      ['get', ['', 'secrets'], NAMESPACE],
      ['list', ['', 'secrets']],
      ['delete', ['', 'nodes']],
      ['delete', ['', 'pods'], 'serving'],
      ['create', ['', 'pods'], 'serving'],
      ['update', ['', 'configmaps', 'other'], NAMESPACE],
      ['update', ['', 'configmaps', 'cluster-autoscaler-status'], 'serving'],
      ['update', ['coordination.k8s.io', 'leases', 'other'], NAMESPACE],
      ['patch', ['apps', 'deployments'], 'serving'],
    ])('may not %s %j', async (...[verb, resource, namespace]) => {
      expect(await may(verb, resource, namespace)).toBe(false);
    });
  });
});
