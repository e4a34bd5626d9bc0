import { Duration, Size } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  IngressProvider,
  ModelServer,
  RevocationList,
  SecureGrpcIngress,
  type ServingChart,
  ServingEngine,
  warningsOf,
  type PlainObject,
} from 'inference-constructs';
import { TestAuthority } from '../support/certificates';
import { chartOf, find, podOf, serverProps } from '../support/charts';
import { secured } from '../support/secured-chart';

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

test('keeps certificates of servers beside the servers, whatever the provider', () => {
  const { chart } = secured({
    provider: IngressProvider.ISTIO_GATEWAY,
    backendTls: {
      authority: CertificateAuthority.fromSecret('internal-ca'),
      hostname: 'resnet.serving.svc.cluster.local',
      certificate: Certificate.fromIssuer('internal'),
    },
  });

  expect(objects(chart).find(({ kind }) => kind === 'Certificate')?.metadata).toMatchObject({
    name: 'resnet-backend-tls',
    namespace: 'serving',
  });
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
