/*
 * Custom resources before the API server, with the definitions that `imports/` is generated from: strict
 * validation, and the rules that the definitions carry.
 */
import { App, Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  ExternalCredentials,
  IngressCapability as Can,
  IngressProvider,
  ModelMonitoring,
  ModelServer,
  RevocationList,
  SecureGrpcIngress,
  ServingChart,
  ServingEngine,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { TestAuthority } from '../support/certificates';
import { chartOf, serverProps } from '../support/charts';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';

const cluster = controlPlane();

const TRUST_STORE = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:truststore/clients/1a2b';

describeWithCluster('custom resources', () => {
  beforeAll(async () => {
    await installDefinitions(cluster.client);
    for (const name of ['custom', 'istio-ingress'])
      await cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  });

  async function accepts(chart: ServingChart): Promise<void> {
    for (const object of chart.toJson() as KubeObject[]) {
      const { warnings } = await cluster.client.apply(object, { dryRun: true });
      expect({ [`${object.kind} ${object.metadata.name}`]: warnings }).toEqual({
        [`${object.kind} ${object.metadata.name}`]: [],
      });
    }
  }

  test('external credentials are accepted with strict validation and without a warning', async () => {
    const chart = chartOf('custom');
    new ExternalCredentials(chart, 'Hub', {
      name: 'hub',
      store: 'vault',
      keys: { token: { entry: 'ml/hub', field: 'token' }, other: { entry: 'ml/other' } },
      refreshInterval: Duration.minutes(5),
    });

    await accepts(chart);
  });

  test.each(IngressProvider.all().map((provider) => [provider]))(
    'what is rendered for %s is accepted, with all that it can',
    async (provider) => {
      const authority = await TestAuthority.make('Acme clients');
      const chart = new ServingChart(new App(), 'custom', { namespace: 'custom' });
      const servers = ['one', 'two'].map(
        (name) => new ModelServer(chart, name, serverProps({ name, engine: ServingEngine.TRITON })),
      );
      new SecureGrpcIngress(chart, 'Ingress', everything(provider, authority.pem, servers));

      await accepts(chart);
    },
  );

  test('rules, dashboard and reader of a monitored server are accepted', async () => {
    const chart = chartOf('custom');
    const target = new ModelServer(
      chart,
      'Server',
      serverProps({ engine: ServingEngine.TRITON, accelerator: Accelerator.nvidia(1) }),
    );
    new ModelMonitoring(chart, 'Monitoring', { target, objective: { availability: 99.9 } });

    expect(chart.toJson().map(({ kind }: KubeObject) => kind)).toEqual(
      expect.arrayContaining(['PrometheusRule', 'PodMonitor', 'ConfigMap']),
    );
    await accepts(chart);
  });

  test('certificates that Google keeps are accepted', async () => {
    const chart = chartOf('custom');
    const server = new ModelServer(chart, 'Server', serverProps());
    new SecureGrpcIngress(chart, 'Ingress', {
      name: 'google',
      provider: IngressProvider.GKE_GATEWAY,
      host: 'resnet.example.com',
      backends: [{ endpoint: server, restPath: '/v1/models/resnet:predict' }],
      certificate: Certificate.fromCertificateMap('example-com'),
      controller: { addresses: ['10.0.0.0/16'] },
    });

    await accepts(chart);
  });

  test('the renewal of a list is accepted where Pod Security is restricted', async () => {
    const chart = chartOf('custom');
    const server = new ModelServer(chart, 'Server', serverProps());
    new SecureGrpcIngress(chart, 'Ingress', {
      name: 'resnet',
      host: 'resnet.example.com',
      backends: [server],
      certificate: Certificate.fromSecret('resnet-tls'),
      clientAuthentication: {
        authority: CertificateAuthority.fromSecret('clients'),
        revocation: RevocationList.fromUrl('http://pki.example.com/clients.crl', {
          every: Duration.minutes(15),
        }),
      },
    });

    await accepts(chart);
    const job = (chart.toJson() as KubeObject[]).find(({ kind }) => kind === 'CronJob');
    const { template } = (job?.spec as { jobTemplate: { spec: { template: object } } }).jobTemplate
      .spec;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...template,
      metadata: { name: 'renewal', namespace: 'restricted' },
    } as KubeObject;
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'restricted', labels },
    });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount' };
    await cluster.client.create({
      ...account,
      metadata: { name: 'resnet-crl', namespace: 'restricted' },
    });
    const { warnings } = await cluster.client.apply(pod, { dryRun: true });
    expect(warnings).toEqual([]);
  });
});

/** As much as one ingress of the provider can have at a time. */
function everything(
  provider: IngressProvider,
  pem: string,
  [one, two]: readonly ModelServer[],
): SecureGrpcIngressProps {
  if (one === undefined || two === undefined) throw new Error('two servers');
  const whenAble = <T extends object>(capability: Can, props: T): T | Record<string, never> =>
    provider.can(capability) ? props : {};
  const fromSecret = provider.can(Can.CLIENT_CERTIFICATES);
  const fromPem = CertificateAuthority.fromPem(pem);
  const plain = provider.can(Can.GRPC_TO_PLAIN_BACKENDS);
  const authority = fromSecret
    ? CertificateAuthority.fromSecret('clients')
    : provider.can(Can.CLIENT_CERTIFICATES_FROM_PEM)
      ? fromPem
      : CertificateAuthority.trustStore(TRUST_STORE);
  const grpcService = 'inference.GRPCInferenceService';
  return {
    name: 'all',
    provider,
    hosts: ['a.example.com', '*.b.example.com'],
    backends: [
      ...(provider.can(Can.WEIGHTS)
        ? [
            { endpoint: one, weight: 90 },
            { endpoint: two, weight: 10 },
          ]
        : [one]),
      { endpoint: one, grpcService, grpcMethod: 'ModelInfer' },
      ...(provider.can(Can.GRPC_AND_REST_ON_ONE_HOST)
        ? [{ endpoint: one, restPath: '/v2/models/resnet/infer' }]
        : []),
    ],
    certificate: provider.can(Can.CERTIFICATE_FROM_ISSUER)
      ? Certificate.fromIssuer('internal', { clusterIssuer: true })
      : Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b-3c4d'),
    clientAuthentication: {
      authority,
      ...whenAble(Can.ALLOWED_COMMON_NAMES, {
        allowedClients: [
          ClientIdentity.commonName('edge-camera-7'),
          ...(provider.can(Can.ALLOWED_URIS) ? [ClientIdentity.uri('spiffe://acme/edge')] : []),
          ...(provider.can(Can.ALLOWED_DNS_NAMES) ? [ClientIdentity.dnsName('edge.acme')] : []),
        ],
      }),
      ...whenAble(Can.REVOCATION, { revocation: RevocationList.fromSecret('clients') }),
      ...whenAble(Can.DEPTH, { depth: 2 }),
      ...whenAble(Can.FORWARDED_CERTIFICATE, { forwardCertificate: true }),
    },
    ...(!plain && {
      backendTls: {
        authority: fromPem,
        hostname: 'one.custom.svc.cluster.local',
        certificate: Certificate.fromIssuer('internal'),
      },
    }),
    ...whenAble(Can.REQUEST_LIMIT, { maxRequestBytes: Size.mebibytes(8) }),
    timeouts: {
      ...whenAble(Can.REQUEST_TIMEOUT, { request: Duration.minutes(2) }),
      ...whenAble(Can.STREAM_IDLE_TIMEOUT, { streamIdle: Duration.minutes(5) }),
    },
    ...whenAble(Can.RATE_LIMIT, { requestsPerSecond: 500 }),
    exposure: {
      ...whenAble(Can.EXPOSURE, { internal: false }),
      ...whenAble(Can.SOURCE_RANGES, { sourceRanges: ['198.51.100.0/24'] }),
    },
    ...(provider.definition.controller.namespace === undefined && {
      controller: {
        addresses: ['10.0.0.0/16'],
        ...(provider.definition.controller.className === '' && { className: 'own' }),
      },
    }),
  };
}
