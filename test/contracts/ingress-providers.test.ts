/*
 * Every provider against every capability: what it claims is rendered, what it lacks is refused with the names
 * of those that have it. A new provider is covered without a change here.
 */
import { App, Chart, Duration, Size } from 'cdk8s';
import {
  NodePool,
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  ConfigurationError,
  Cpu,
  IngressCapability as Can,
  IngressProvider,
  Model,
  ModelServer,
  ModelSource,
  RevocationList,
  SecureGrpcIngress,
  ServingEngine,
  type BackendTls,
  type ClientAuthentication,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { TestAuthority } from '../support/certificates';

const TRUST_STORE = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:truststore/clients/1a2b';
const ACM = 'arn:aws:acm:eu-west-1:111122223333:certificate/1a2b-3c4d';

let authorityPem = '';
let listPem = '';

beforeAll(async () => {
  const authority = await TestAuthority.make('Acme clients');
  authorityPem = authority.pem;
  listPem = await authority.revocationList();
});

/** What is asked for, and what must then be found in what is rendered. */
interface Example {
  readonly props: Partial<SecureGrpcIngressProps>;
  readonly finds: readonly string[];
}

/** A chart with two servers, and one in another namespace. */
class Scene {
  public readonly app = new App();
  public readonly chart = new Chart(this.app, 'serving', { namespace: 'serving' });
  public readonly server = this.serverIn(this.chart, 'server');
  public readonly next = this.serverIn(this.chart, 'next');
  public readonly other = this.serverIn(
    new Chart(this.app, 'elsewhere', { namespace: 'elsewhere' }),
    'other',
  );

  private serverIn(chart: Chart, name: string): ModelServer {
    return new ModelServer(chart, name, {
      name,
      engine: ServingEngine.TRITON,
      model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
      cpu: Cpu.units(2),
      memory: Size.gibibytes(4),
    });
  }
}

const fromPem = (): CertificateAuthority => CertificateAuthority.fromPem(authorityPem);
const fromSecret = (): CertificateAuthority => CertificateAuthority.fromSecret('clients-ca');

/** Where the provider takes the authorities of clients from. */
function trustOf(provider: IngressProvider): CertificateAuthority {
  if (provider.can(Can.CLIENT_CERTIFICATES)) return fromSecret();
  return provider.can(Can.CLIENT_CERTIFICATES_FROM_PEM)
    ? fromPem()
    : CertificateAuthority.trustStore(TRUST_STORE);
}

const backendTls = (authority: CertificateAuthority): BackendTls => ({
  authority,
  hostname: 'server.internal.example.com',
  certificate: Certificate.fromSecret('server-tls'),
});

function example(capability: Can, provider: IngressProvider, scene: Scene): Example {
  const { server, next, other } = scene;
  const clients = (
    more: Partial<ClientAuthentication>,
    authority = trustOf(provider),
  ): Partial<SecureGrpcIngressProps> => ({ clientAuthentication: { authority, ...more } });
  const rest = { endpoint: server, restPath: '/v2/models/resnet/infer' };
  const pick = (props: Partial<SecureGrpcIngressProps>, ...finds: readonly string[]): Example => ({
    props,
    finds,
  });
  switch (capability) {
    case Can.GRPC:
      return pick({ backends: [server] }, '8001');
    case Can.GRPC_TO_PLAIN_BACKENDS:
      return { props: { backends: [server] }, finds: ['8001'] };
    case Can.GRPC_METHODS: {
      const grpcService = 'inference.GRPCInferenceService';
      const backends = [{ endpoint: server, grpcService, grpcMethod: 'ModelInfer' }];
      return pick({ backends }, grpcService, 'ModelInfer');
    }
    case Can.REST:
      return pick({ backends: [rest] }, rest.restPath, '8000');
    case Can.GRPC_AND_REST_ON_ONE_HOST:
      return pick({ backends: [server, rest] }, rest.restPath, '8000', '8001');
    case Can.WILDCARD_HOSTS:
      return pick({ host: '*.wild.example.com' }, '*.wild.example.com');
    case Can.WEIGHTS:
      return pick(
        {
          backends: [
            { endpoint: server, weight: 73 },
            { endpoint: next, weight: 27 },
          ],
        },
        '73',
        '27',
      );
    case Can.OTHER_NAMESPACES:
      return pick({ backends: [{ endpoint: other, restPath: '/v2' }] }, 'elsewhere');
    case Can.CERTIFICATE_FROM_SECRET:
      return pick({ certificate: Certificate.fromSecret('front-tls') }, 'front-tls');
    case Can.CERTIFICATE_FROM_ISSUER:
      return pick({ certificate: Certificate.fromIssuer('front-issuer') }, 'front-issuer');
    case Can.CERTIFICATE_FROM_ACM:
      return pick({ certificate: Certificate.fromAcm(ACM) }, ACM);
    case Can.CERTIFICATE_FROM_MAP:
      return pick({ certificate: Certificate.fromCertificateMap('front-map') }, 'front-map');
    case Can.CLIENT_CERTIFICATES:
      return pick(clients({}, fromSecret()), 'clients-ca');
    case Can.CLIENT_CERTIFICATES_FROM_PEM:
      return pick(clients({}, fromPem()), 'ingress-clients', 'BEGIN CERTIFICATE');
    case Can.CLIENT_CERTIFICATES_FROM_TRUST_STORE:
      return pick(clients({}, CertificateAuthority.trustStore(TRUST_STORE)), TRUST_STORE);
    case Can.ALLOWED_COMMON_NAMES:
      return pick(
        clients({ allowedClients: [ClientIdentity.commonName('edge-camera-7')] }),
        'CN=',
        'edge-camera-7',
      );
    case Can.ALLOWED_DNS_NAMES:
      return pick(
        clients({ allowedClients: [ClientIdentity.dnsName('edge.example.com')] }),
        'edge.example.com',
      );
    case Can.ALLOWED_URIS:
      return pick(
        clients({ allowedClients: [ClientIdentity.uri('spiffe://acme/edge')] }),
        'spiffe://acme/edge',
      );
    case Can.REVOCATION:
      return pick(
        clients({ revocation: RevocationList.fromSecret('clients-ca') }, fromSecret()),
        'clients-ca',
      );
    case Can.REVOCATION_FROM_OTHER_SECRET:
      return pick(
        clients({ revocation: RevocationList.fromSecret('clients-crl') }, fromSecret()),
        'clients-crl',
      );
    case Can.REVOCATION_FROM_PEM: {
      const revocation = RevocationList.fromPem(listPem, { asOf: new Date() });
      return pick(clients({ revocation }, fromPem()), 'BEGIN X509 CRL');
    }
    case Can.REVOCATION_IN_TRUST_STORE:
      return pick(
        clients(
          { revocation: RevocationList.IN_TRUST_STORE },
          CertificateAuthority.trustStore(TRUST_STORE),
        ),
        TRUST_STORE,
      );
    case Can.DEPTH:
      return pick(clients({ depth: 7 }), '7');
    case Can.FORWARDED_CERTIFICATE:
      return pick(clients({ forwardCertificate: true }));
    case Can.BACKEND_TLS:
      return pick(
        { backendTls: backendTls(CertificateAuthority.fromSecret('internal-ca')) },
        'internal-ca',
        'server.internal.example.com',
      );
    case Can.BACKEND_TLS_FROM_PEM:
      return pick(
        { backendTls: backendTls(fromPem()) },
        'ingress-backends',
        'server.internal.example.com',
      );
    case Can.REQUEST_LIMIT:
      return pick({ maxRequestBytes: Size.kibibytes(12_345) }, '12641280');
    case Can.REQUEST_TIMEOUT:
      return pick({ timeouts: { request: Duration.seconds(777) } }, '777');
    case Can.STREAM_IDLE_TIMEOUT:
      return pick({ timeouts: { streamIdle: Duration.seconds(778) } }, '778');
    case Can.RATE_LIMIT:
      return pick({ requestsPerSecond: 4321 }, '4321');
    case Can.EXPOSURE:
      return pick({ exposure: { internal: true } });
    case Can.PLACEMENT:
      return pick({ placement: [CONTROL] }, 'intent');
    case Can.SOURCE_RANGES:
      return pick({ exposure: { sourceRanges: ['198.51.100.0/24'] } }, '198.51.100.0/24');
  }
}

const CONTROL = NodePool.eksOnDemand('control', {
  instanceTypes: ['m7i.large'],
  min: 2,
  max: 3,
  taints: [{ key: 'intent', value: 'control', effect: 'NoSchedule' }],
});

/** What every provider takes; the example goes over it. */
function baseOf(provider: IngressProvider, capability: Can, scene: Scene): SecureGrpcIngressProps {
  const plain =
    provider.can(Can.GRPC_TO_PLAIN_BACKENDS) || capability === Can.GRPC_TO_PLAIN_BACKENDS;
  const rest = [Can.REST, Can.OTHER_NAMESPACES, Can.GRPC_AND_REST_ON_ONE_HOST].includes(capability);
  return {
    name: 'ingress',
    provider,
    host: 'resnet.example.com',
    backends: [scene.server],
    certificate: provider.can(Can.CERTIFICATE_FROM_SECRET)
      ? Certificate.fromSecret('own-tls')
      : Certificate.fromAcm(ACM),
    ...(provider.definition.controller.namespace === undefined && {
      controller: {
        addresses: ['10.0.0.0/16'],
        ...(provider.definition.controller.className === '' && { className: 'own' }),
      },
    }),
    ...(!plain && !rest && { backendTls: backendTls(fromPem()) }),
  };
}

function synthesise(
  provider: IngressProvider,
  capability: Can,
  change: (props: SecureGrpcIngressProps) => SecureGrpcIngressProps = (props) => props,
): { readonly text: string; readonly finds: readonly string[] } {
  const scene = new Scene();
  const { props, finds } = example(capability, provider, scene);
  const all = change({ ...baseOf(provider, capability, scene), ...props });
  new SecureGrpcIngress(scene.chart, 'Ingress', all);
  const charts = [scene.chart, ...scene.app.node.children.filter((child) => Chart.isChart(child))];
  const objects = new Set(charts.flatMap((chart) => chart.toJson() as object[]));
  // Without the servers, which hold many a number by themselves.
  const own = [...objects].filter(
    (object) =>
      !/"(Deployment|Service|PodDisruptionBudget)"/.test(
        JSON.stringify({ ...object, spec: undefined }),
      ),
  );
  return { text: JSON.stringify(own), finds };
}

const cases = IngressProvider.all().flatMap((provider) =>
  Object.values(Can).map((capability) => [provider, capability] as const),
);

const shown = cases.filter(([provider, capability]) => provider.can(capability));
const refused = cases.filter(([provider, capability]) => !provider.can(capability));

test.each(shown)('%s renders: %s', (provider, capability) => {
  const { text, finds } = synthesise(provider, capability);

  for (const find of finds) expect(text).toContain(find);
  if (
    capability === Can.FORWARDED_CERTIFICATE &&
    !provider.definition.capabilities[capability]?.includes('always')
  ) {
    const without = synthesise(provider, capability, ({ clientAuthentication, ...props }) => ({
      ...props,
      clientAuthentication: {
        ...clientAuthentication,
        forwardCertificate: false,
      } as ClientAuthentication,
    }));
    expect(text).not.toBe(without.text);
  }
  if (capability === Can.EXPOSURE) {
    const without = synthesise(provider, capability, (props) => ({
      ...props,
      exposure: { internal: false },
    }));
    expect(text).not.toBe(without.text);
  }
});

test.each(refused)('%s refuses: %s', (provider, capability) => {
  const able = IngressProvider.with(capability).map(String);
  let caught: unknown;
  try {
    synthesise(provider, capability);
  } catch (error) {
    caught = error;
  }

  expect(caught).toBeInstanceOf(ConfigurationError);
  expect((caught as Error).message).toContain(
    `got ${provider.toString()}, expected a provider that has ${capability} (${able.join(', ')})`,
  );
});

test('every capability is had by some provider', () => {
  const lacking = Object.values(Can).filter(
    (capability) => IngressProvider.with(capability).length === 0,
  );

  expect(lacking).toEqual([]);
});
