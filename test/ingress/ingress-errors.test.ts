import { App, Duration, Size } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  IngressProvider,
  ModelServer,
  Protocol,
  RevocationList,
  SecureGrpcIngress,
  ServingChart,
  ServingEngine,
  type ModelServerProps,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { TestAuthority } from '../support/certificates';
import { chartOf, serverProps } from '../support/charts';
import { secured } from '../support/secured-chart';

describe('fails', () => {
  const clients = { authority: CertificateAuthority.fromSecret('clients') };

  const cases: [string, Partial<SecureGrpcIngressProps>, Partial<ModelServerProps>?][] = [
    ['without a host', { hosts: [] }],
    ['on a host that is no DNS name', { hosts: ['https://Resnet.example.com', 'a..b', 'resnet'] }],
    ['on hosts that match the same request', { hosts: ['*.example.com', 'resnet.example.com'] }],
    ['on a host that is given twice', { hosts: ['a.example.com', 'a.example.com'] }],
    ['on an allow-list of nobody', { clientAuthentication: { ...clients, allowedClients: [] } }],
    [
      'on an allow-list without an authority',
      { clientAuthentication: { allowedClients: [ClientIdentity.commonName('a')] } as never },
    ],
    [
      'on a list by URL for an authority that is not in a Secret',
      {
        provider: IngressProvider.AWS_ALB,
        certificate: Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b'),
        clientAuthentication: {
          authority: CertificateAuthority.trustStore('clients'),
          revocation: RevocationList.fromUrl('http://a.example.com/x', {
            every: Duration.hours(1),
          }),
        },
      },
    ],
    [
      'on a provider that cannot revoke',
      {
        provider: IngressProvider.GATEWAY_API,
        clientAuthentication: { ...clients, revocation: RevocationList.fromSecret('clients') },
      },
    ],
    [
      'on unverified TLS of ingress-nginx',
      {
        provider: IngressProvider.INGRESS_NGINX,
        backendTls: {
          authority: CertificateAuthority.fromSecret('ca'),
          hostname: 'resnet.internal',
          certificate: Certificate.fromSecret('backend'),
        },
      },
    ],
    [
      'on TLS of an engine that serves none',
      {
        backendTls: {
          authority: CertificateAuthority.fromSecret('ca'),
          hostname: 'not a host',
          certificate: Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b'),
        },
      },
      { engine: ServingEngine.OPENVINO },
    ],
    [
      'on sizes and times out of range',
      {
        maxRequestBytes: Size.gibibytes(3),
        timeouts: { request: Duration.hours(2), streamIdle: Duration.days(2) },
        requestsPerSecond: 0.5,
        exposure: { sourceRanges: ['10.0.0.1/8'] },
        controller: { className: 'No', namespace: 'No', addresses: ['x'] },
      },
    ],
    [
      'on a silence that AWS does not bear',
      {
        provider: IngressProvider.AWS_ALB,
        certificate: Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b'),
        controller: { addresses: ['10.0.0.0/20'] },
        timeouts: { streamIdle: Duration.hours(2) },
      },
    ],
    ['on a host without a back end', { backends: [] }],
    ['on a controller of which nothing is known', { provider: IngressProvider.GATEWAY_API }],
    [
      'on a common name that is too long for Envoy',
      {
        clientAuthentication: {
          ...clients,
          allowedClients: [ClientIdentity.commonName('é'.repeat(30))],
        },
      },
    ],
    [
      'on a common name that means something to nginx',
      {
        provider: IngressProvider.F5_NGINX,
        clientAuthentication: {
          ...clients,
          allowedClients: [ClientIdentity.commonName('a"; return 200; #')],
        },
      },
    ],
    [
      'on an internal load balancer of Google of which nobody knows from where it calls',
      {
        provider: IngressProvider.GKE_GATEWAY,
      },
    ],
  ];

  test.each(cases.map(([name, ...changes]) => [name, changes] as const))('%s', (_, changes) => {
    expect(() => secured(...changes)).toThrowErrorMatchingSnapshot();
  });

  test('on weights, routes and methods that do not fit', () => {
    const chart = chartOf();
    const server = new ModelServer(chart, 'Server', serverProps());
    const next = new ModelServer(chart, 'Next', serverProps({ name: 'next' }));
    const grpcOnly = ServingEngine.custom({
      id: 'grpc-only',
      images: { cpu: 'example.com/grpc-only:1.0' },
      ports: { http: 8080, grpc: 9000 },
      protocols: [Protocol.KSERVE_V2_GRPC],
      readyPath: '/ready',
      livePath: '/live',
      render: () => ({ args: [] }),
    });
    const custom = new ModelServer(
      chart,
      'Custom',
      serverProps({ name: 'custom', engine: grpcOnly }),
    );
    const rest = new ModelServer(
      chart,
      'Rest',
      serverProps({ name: 'rest', engine: ServingEngine.TEXT_EMBEDDINGS_INFERENCE }),
    );

    expect(
      () =>
        new SecureGrpcIngress(chart, 'Ingress', {
          name: 'Resnet',
          host: 'resnet.example.com',
          backends: [
            { endpoint: server, weight: 80 },
            { endpoint: next, weight: 30 },
            { endpoint: server, host: 'other.example.com' },
            { endpoint: server, grpcMethod: 'Predict' },
            { endpoint: server, grpcService: 'a/b', restPath: 'v1?x' },
            { endpoint: custom, restPath: '/v2' },
            { endpoint: rest, grpcService: 'a.B' },
          ],
          certificate: Certificate.fromSecret('resnet-tls'),
        }),
    ).toThrowErrorMatchingSnapshot();
  });

  test('on an engine of which nobody knows what streams', () => {
    const engine = ServingEngine.custom({
      id: 'unknown',
      images: { cpu: 'example.com/unknown:1.0' },
      ports: { http: 8080, grpc: 9000 },
      readyPath: '/ready',
      livePath: '/live',
      render: () => ({ args: [] }),
    });

    expect(() => secured({}, { engine })).toThrow(
      'test/Ingress.backends: got resnet, whose engine names no protocol, expected an engine that names its protocols, or bounds its requests itself; set protocols or limitsRequests in ServingEngine.custom: collecting the requests of a stream would keep them back for ever',
    );
  });

  test('on a list as PEM beside an authority in a Secret, where both must be in one place', async () => {
    const authority = await TestAuthority.make('Clients');
    const revocation = RevocationList.fromPem(await authority.revocationList(), {
      asOf: new Date(),
    });
    const clientAuthentication = {
      authority: CertificateAuthority.fromSecret('clients'),
      revocation,
    };

    expect(() => secured({ clientAuthentication })).not.toThrow();
    expect(() =>
      secured({ clientAuthentication, provider: IngressProvider.ISTIO_GATEWAY }),
    ).toThrow(
      'got ISTIO_GATEWAY, expected a provider that has revocation by a list apart from the authority (ENVOY_GATEWAY)',
    );
  });

  test('on lists that do not belong to the authorities', async () => {
    const root = await TestAuthority.make('Root');
    const issuing = await TestAuthority.make('Issuing', { issuer: root });
    const other = await TestAuthority.make('Root');
    const lists = (await root.revocationList()) + (await other.revocationList());

    expect(() =>
      secured({
        clientAuthentication: {
          authority: CertificateAuthority.fromPem(root.pem + issuing.pem),
          revocation: RevocationList.fromPem(lists, { asOf: new Date() }),
        },
      }),
    ).toThrowErrorMatchingSnapshot();
  });

  test('on a wildcard that the certificate does not cover', async () => {
    const servers = await TestAuthority.make('Servers');
    const { certificate: pem } = await servers.issueServer('resnet.example.com', '*.a.example.com');
    const certificate = Certificate.fromSecret('resnet-tls', { pem });

    expect(() =>
      secured({ certificate, hosts: ['resnet.example.com', '*.a.example.com'] }),
    ).not.toThrow();
    expect(() => secured({ certificate, hosts: ['*.example.com'] })).toThrowErrorMatchingSnapshot();
  });

  test('on two ingresses of one app that answer one host', () => {
    const app = new App();
    for (const namespace of ['one', 'two']) {
      const chart = new ServingChart(app, namespace, { namespace });
      const server = new ModelServer(chart, 'Server', serverProps());
      new SecureGrpcIngress(chart, 'Ingress', {
        name: 'resnet',
        host: namespace === 'one' ? 'resnet.example.com' : '*.example.com',
        backends: [server],
        certificate: Certificate.fromSecret('resnet-tls'),
      });
    }

    expect(() => app.synthYaml()).toThrowErrorMatchingSnapshot();
  });

  test('on two certificates for one server', () => {
    const tls = (name: string): Partial<SecureGrpcIngressProps> => ({
      name,
      host: `${name}.example.com`,
      backendTls: {
        authority: CertificateAuthority.fromSecret('ca'),
        hostname: 'resnet.internal',
        certificate: Certificate.fromSecret(name),
      },
    });
    const { chart, server } = secured(tls('one'));

    expect(
      () =>
        new SecureGrpcIngress(chart, 'Other', {
          ...(tls('two') as SecureGrpcIngressProps),
          backends: [server],
          certificate: Certificate.fromSecret('resnet-tls'),
        }),
    ).toThrowErrorMatchingSnapshot();
  });

  test('in a chart without a namespace', () => {
    const chart = new ServingChart(new App(), 'test', { namespace: 'serving' });
    Object.defineProperty(chart, 'namespace', { value: undefined });
    const server = new ModelServer(chart, 'Server', serverProps());

    expect(
      () =>
        new SecureGrpcIngress(chart, 'Ingress', {
          name: 'resnet',
          host: 'resnet.example.com',
          backends: [server],
          certificate: Certificate.fromSecret('resnet-tls'),
        }),
    ).toThrow('test/Ingress.namespace: got a chart without a namespace');
  });
});
