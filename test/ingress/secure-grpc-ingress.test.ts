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
  warningsOf,
  type ModelServerProps,
  type PlainObject,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { TestAuthority } from '../support/certificates';
import { chartOf, find, podOf, serverProps } from '../support/charts';

/** A server with an ingress in front of it. */
function secured(
  changes: Partial<SecureGrpcIngressProps> = {},
  server: Partial<ModelServerProps> = {},
): {
  readonly chart: ServingChart;
  readonly server: ModelServer;
  readonly ingress: SecureGrpcIngress;
} {
  const chart = chartOf();
  const endpoint = new ModelServer(chart, 'Server', serverProps(server));
  const ingress = new SecureGrpcIngress(chart, 'Ingress', {
    name: 'resnet',
    ...(changes.hosts === undefined && { host: 'resnet.example.com' }),
    backends: [endpoint],
    certificate: Certificate.fromSecret('resnet-tls'),
    ...changes,
  });
  return { chart, server: endpoint, ingress };
}

const objects = (chart: ServingChart): PlainObject[] => chart.toJson() as PlainObject[];

test('opens exactly the way from its proxies to the gRPC port', () => {
  const { server } = secured();

  expect(find(server, 'NetworkPolicy').spec?.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: {
            matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' },
          },
          podSelector: {
            matchLabels: {
              'gateway.envoyproxy.io/owning-gateway-name': 'resnet',
              'gateway.envoyproxy.io/owning-gateway-namespace': 'serving',
            },
          },
        },
      ],
      ports: [{ port: 8500, protocol: 'TCP' }],
    },
  ]);
});

test('opens the HTTP port for REST, to the addresses of a load balancer outside of the cluster', () => {
  const chart = chartOf();
  const server = new ModelServer(chart, 'Server', serverProps());
  new SecureGrpcIngress(chart, 'Ingress', {
    name: 'resnet',
    provider: IngressProvider.AWS_ALB,
    host: 'resnet.example.com',
    backends: [{ endpoint: server, restPath: '/v1/models/resnet:predict' }],
    certificate: Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b'),
    controller: { addresses: ['10.0.0.0/20', '10.0.16.0/20'] },
  });

  expect(find(server, 'NetworkPolicy').spec?.ingress).toEqual(
    ['10.0.0.0/20', '10.0.16.0/20'].map((cidr) => ({
      from: [{ ipBlock: { cidr } }],
      ports: [{ port: 8501, protocol: 'TCP' }],
    })),
  );
});

test.each([
  [
    ServingEngine.TENSORFLOW_SERVING,
    '--grpc_channel_arguments=grpc.max_receive_message_length=67108864',
  ],
  [ServingEngine.OPENVINO, '--grpc_channel_arguments=grpc.max_receive_message_length=67108864'],
])('%s refuses what is larger than 64 MiB by itself', (engine, argument) => {
  const { server } = secured({}, { engine });

  expect(podOf(server).containers[0]?.args).toContain(argument);
});

test('MLServer refuses what is larger by its environment', () => {
  const { server } = secured(
    { maxRequestBytes: Size.mebibytes(8) },
    { engine: ServingEngine.MLSERVER },
  );

  expect(podOf(server).containers[0]?.env).toContainEqual({
    name: 'MLSERVER_GRPC_MAX_MESSAGE_LENGTH',
    value: '8388608',
  });
});

test('of several ingresses with a limit, the least counts at the server', () => {
  const { chart, server } = secured({ maxRequestBytes: Size.mebibytes(8) });
  new SecureGrpcIngress(chart, 'Other', {
    name: 'other',
    host: 'other.example.com',
    backends: [server],
    certificate: Certificate.fromSecret('resnet-tls'),
    maxRequestBytes: Size.mebibytes(16),
  });

  expect(podOf(server).containers[0]?.args?.join(' ')).toContain('message_length=8388608');
});

test('what no server bounds is bounded by Envoy, but for streams of clients', () => {
  const { chart } = secured({}, { engine: ServingEngine.TRITON });
  const buffers = objects(chart)
    .filter(({ kind }) => kind === 'BackendTrafficPolicy')
    .map(({ metadata, spec }) => [
      metadata.name,
      (spec as { requestBuffer?: unknown }).requestBuffer,
    ]);

  expect(buffers).toEqual([
    ['resnet', undefined],
    ['resnet-unary', { limit: '67108864' }],
  ]);
});

describe('TLS to the back end', () => {
  const backendTls = {
    authority: CertificateAuthority.fromSecret('internal-ca'),
    hostname: 'resnet.serving.svc.cluster.local',
    certificate: Certificate.fromIssuer('internal'),
  };

  test('gives the server its certificate, and tells nobody that it speaks plain HTTP/2', () => {
    const { server } = secured({ backendTls }, { engine: ServingEngine.TRITON });
    const pod = podOf(server);

    expect(pod.containers[0]?.args).toEqual(
      expect.arrayContaining([
        '--grpc-use-ssl=true',
        '--grpc-server-cert=/etc/model-server-tls/tls.crt',
        '--grpc-server-key=/etc/model-server-tls/tls.key',
      ]),
    );
    expect(pod.volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: 'resnet-backend-tls', defaultMode: 0o440 },
    });
    const grpc = find(server, 'Service').spec?.ports?.find(({ name }) => name === 'grpc');
    expect(grpc?.appProtocol).toBeUndefined();
  });

  test('writes for TensorFlow Serving what it reads, in memory', () => {
    const { server } = secured({ backendTls });
    const pod = podOf(server);

    expect(pod.containers[0]?.args).toContain('--ssl_config_file=/run/model-server-tls/ssl.config');
    expect(pod.initContainers?.map(({ name }) => name)).toContain('prepare-tls');
    expect(pod.volumes).toContainEqual({
      name: 'tls-prepared',
      emptyDir: { medium: 'Memory', sizeLimit: '1Mi' },
    });
  });

  test('gets the certificate from the issuer for the name that is verified', () => {
    const { chart } = secured({ backendTls });
    const certificate = objects(chart).find(({ kind }) => kind === 'Certificate');

    expect(certificate?.metadata.name).toBe('resnet-backend-tls');
    expect(certificate?.spec).toMatchObject({
      dnsNames: ['resnet.serving.svc.cluster.local'],
      secretName: 'resnet-backend-tls',
    });
  });
});

test('keeps certificates of Istio where its gateway reads them', () => {
  const { chart } = secured({
    provider: IngressProvider.ISTIO_GATEWAY,
    certificate: Certificate.fromIssuer('public'),
  });

  expect(objects(chart).find(({ kind }) => kind === 'Certificate')?.metadata.namespace).toBe(
    'istio-ingress',
  );
});

test('renews a list by URL with access to one Secret', () => {
  const { chart } = secured({
    clientAuthentication: {
      authority: CertificateAuthority.fromSecret('clients'),
      revocation: RevocationList.fromUrl('https://pki.example.com/clients.crl', {
        every: Duration.hours(6),
      }),
    },
  });
  const named = (kind: string): Record<string, unknown> =>
    objects(chart).find(
      (object) => object.kind === kind && object.metadata.name === 'resnet-crl',
    ) as never;

  expect(named('Role')['rules']).toEqual([
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['clients'],
      verbs: ['get', 'patch'],
    },
  ]);
  expect(named('CronJob')['spec']).toMatchObject({
    schedule: '0 */6 * * *',
    concurrencyPolicy: 'Forbid',
  });
});

test('a hundred clients are as many rules', () => {
  const { chart } = secured({
    clientAuthentication: {
      authority: CertificateAuthority.fromSecret('clients'),
      allowedClients: Array.from({ length: 100 }, (_, index) =>
        ClientIdentity.commonName(`client-${index}`),
      ),
    },
  });
  const policy = objects(chart).find(({ kind }) => kind === 'SecurityPolicy');
  const { authorization } = policy?.spec as {
    authorization: { defaultAction: string; rules: { cel: string }[] };
  };

  expect(authorization.defaultAction).toBe('Deny');
  expect(authorization.rules).toHaveLength(100);
  expect(Math.max(...authorization.rules.map(({ cel }) => cel.length))).toBeLessThan(4096);
});

test('a transform has the last word', () => {
  const { ingress } = secured({
    transform: (id, object) =>
      id === 'Gateway'
        ? { ...object, spec: { ...object.spec, addresses: [{ value: '10.1.2.3' }] } }
        : object,
  });

  expect(ingress.objects['Gateway']?.toJson()).toMatchObject({
    spec: { addresses: [{ value: '10.1.2.3' }] },
  });
});

describe('warns', () => {
  const messages = (chart: ServingChart): string[] =>
    warningsOf(chart).map(({ message }) => message);

  test('of a controller that is retired', () => {
    const { chart } = secured({ provider: IngressProvider.INGRESS_NGINX });

    expect(messages(chart)).toContainEqual(expect.stringContaining('ingress-nginx is retired'));
  });

  test('of an endpoint that is open to the internet', () => {
    const { chart } = secured({ exposure: { internal: false } });

    expect(messages(chart)).toContainEqual(
      expect.stringContaining('anybody on the internet may call'),
    );
  });

  test('of requests that nobody bounds', () => {
    const { chart } = secured(
      { provider: IngressProvider.ISTIO_GATEWAY },
      { engine: ServingEngine.TRITON },
    );

    expect(messages(chart)).toEqual([
      'neither ISTIO_GATEWAY nor the server bounds the size of gRPC requests to resnet',
    ]);
  });

  test('of a list that ends soon', async () => {
    const authority = await TestAuthority.make('Clients');
    const { chart } = secured({
      clientAuthentication: {
        authority: CertificateAuthority.fromPem(authority.pem),
        revocation: RevocationList.fromPem(await authority.revocationList([], { to: 3 }), {
          asOf: new Date(),
        }),
      },
    });

    expect(messages(chart)).toEqual([
      expect.stringContaining('a list of revoked certificates ends at'),
    ]);
  });
});

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
