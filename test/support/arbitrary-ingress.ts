/* Random ingresses: most of them sensible, many of them wrong in some way. */
import { Duration, Size } from 'cdk8s';
import * as fc from 'fast-check';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  IngressCapability as Can,
  IngressProvider,
  RevocationList,
  type ClientAuthentication,
  type IngressBackend,
  type ModelServer,
  type SecureGrpcIngressProps,
} from 'inference-constructs';

/** Certificates of an authority and its list, which take time to make. */
export interface Material {
  readonly authority: string;
  readonly list: string;
  readonly asOf: Date;
}

const mostly = <T>(sensible: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: sensible }, { weight: 1, arbitrary: odd });

/** Left out far more often than given. */
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const host = mostly(
  fc.constantFrom('a.example.com', 'b.example.com', '*.c.example.com', 'd.e.example.com'),
  fc.constantFrom('A.example.com', 'x', '*.example.com', 'a..b', ''),
);

const identity = mostly(
  fc.oneof(
    fc
      .constantFrom('client', 'edge.camera', 'a b')
      .map((one) => () => ClientIdentity.commonName(one)),
    fc.string({ maxLength: 70 }).map((one) => () => ClientIdentity.commonName(one)),
    fc.constant(() => ClientIdentity.dnsName('edge.example.com')),
    fc.constant(() => ClientIdentity.uri('spiffe://acme/edge')),
  ),
  fc.constant(() => ClientIdentity.dnsName('*.x')),
);

const trust = (material: Material): fc.Arbitrary<() => CertificateAuthority> =>
  fc.constantFrom(
    () => CertificateAuthority.fromSecret('clients'),
    () => CertificateAuthority.fromPem(material.authority),
    () => CertificateAuthority.trustStore('arn:aws:elasticloadbalancing:eu:1:truststore/a/b'),
  );

const revocation = (material: Material): fc.Arbitrary<() => RevocationList> =>
  fc.constantFrom(
    () => RevocationList.fromSecret('clients'),
    () => RevocationList.fromSecret('lists'),
    () => RevocationList.fromPem(material.list, { asOf: material.asOf }),
    () => RevocationList.fromUrl('http://pki.example.com/a.crl', { every: Duration.minutes(15) }),
    () => RevocationList.IN_TRUST_STORE,
  );

const certificate = fc.constantFrom(
  () => Certificate.fromSecret('front-tls'),
  () => Certificate.fromIssuer('issuer'),
  () => Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b'),
  () => Certificate.fromCertificateMap('map'),
);

interface Choice {
  readonly server: number;
  readonly weight: number | undefined;
  readonly host: string | undefined;
  readonly grpcService: string | undefined;
  readonly grpcMethod: string | undefined;
  readonly restPath: string | undefined;
}

const PLAIN: Choice = {
  server: 0,
  weight: undefined,
  host: undefined,
  grpcService: undefined,
  grpcMethod: undefined,
  restPath: undefined,
};

const choice = fc.record<Choice>({
  server: fc.nat(3),
  weight: optional(fc.constantFrom(50, 100)),
  host: optional(host),
  grpcService: optional(fc.constantFrom('inference.GRPCInferenceService', 'a/b')),
  grpcMethod: optional(fc.constantFrom('ModelInfer', 'ModelStreamInfer')),
  restPath: optional(fc.constantFrom('/v1/models/resnet:predict', '/v2', '/', 'x')),
});

/** One back end, two that share requests, or whatever. */
const choices: fc.Arbitrary<readonly Choice[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(choice) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(10, 50).map((weight) => [
      { ...PLAIN, server: 0, weight },
      { ...PLAIN, server: 1, weight: 100 - weight },
    ]),
  },
  { weight: 1, arbitrary: fc.array(choice, { minLength: 0, maxLength: 3 }) },
);

function backendOf({ server, ...rest }: Choice, servers: readonly ModelServer[]): IngressBackend {
  const endpoint = servers[server % servers.length];
  if (endpoint === undefined) throw new Error('no server');
  return { endpoint, ...given(rest) };
}

function given<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}

function fittingCertificate(provider: IngressProvider): Certificate {
  return provider.can(Can.CERTIFICATE_FROM_SECRET)
    ? Certificate.fromIssuer('issuer')
    : Certificate.fromAcm('arn:aws:acm:eu-west-1:111122223333:certificate/1a2b');
}

function fittingTrust(provider: IngressProvider, material: Material): CertificateAuthority {
  if (provider.can(Can.CLIENT_CERTIFICATES)) return CertificateAuthority.fromSecret('clients');
  return provider.can(Can.CLIENT_CERTIFICATES_FROM_PEM)
    ? CertificateAuthority.fromPem(material.authority)
    : CertificateAuthority.trustStore('clients');
}

/** Props as a function, because making a value may be what fails. */
export function ingressProps(
  material: Material,
): fc.Arbitrary<(servers: readonly ModelServer[]) => SecureGrpcIngressProps> {
  return fc
    .record({
      provider: fc.constantFrom(...IngressProvider.all()),
      name: mostly(fc.constantFrom('resnet', 'a'), fc.constantFrom('Bad', 'x'.repeat(60))),
      hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 2 }),
      choices,
      // Whether what depends on the provider is chosen for it.
      fits: mostly(fc.constant(true), fc.constant(false)),
      certificate,
      authority: trust(material),
      authenticated: fc.boolean(),
      identities: optional(fc.array(identity, { maxLength: 3 })),
      revocation: optional(revocation(material)),
      depth: optional(fc.integer({ min: 0, max: 10 })),
      forwardCertificate: optional(fc.boolean()),
      backendAuthority: optional(trust(material)),
      maxRequestBytes: optional(fc.constantFrom(Size.mebibytes(8), Size.gibibytes(4))),
      request: optional(fc.integer({ min: 0, max: 4000 })),
      streamIdle: optional(fc.integer({ min: 0, max: 90_000 })),
      requestsPerSecond: optional(fc.constantFrom(100, 0)),
      internal: optional(fc.boolean()),
      sourceRanges: optional(fc.constantFrom(['198.51.100.0/24'], ['10.0.0.1/8'])),
      controlled: fc.boolean(),
    })
    .map((random) => (servers) => {
      const clientAuthentication = (): ClientAuthentication => ({
        authority: random.fits ? fittingTrust(random.provider, material) : random.authority(),
        ...given({
          allowedClients: random.identities?.map((make) => make()),
          revocation: random.revocation?.(),
          depth: random.depth,
          forwardCertificate: random.forwardCertificate,
        }),
      });
      const { request, streamIdle } = random;
      return {
        provider: random.provider,
        name: random.name,
        hosts: random.hosts,
        backends: random.choices.map((one) => backendOf(one, servers)),
        certificate: random.fits ? fittingCertificate(random.provider) : random.certificate(),
        ...(random.authenticated && { clientAuthentication: clientAuthentication() }),
        ...(random.backendAuthority && {
          backendTls: {
            authority: random.backendAuthority(),
            hostname: 'resnet.internal.example.com',
            certificate: Certificate.fromSecret('server-tls'),
          },
        }),
        timeouts: given({
          request: request === undefined ? undefined : Duration.seconds(request),
          streamIdle: streamIdle === undefined ? undefined : Duration.seconds(streamIdle),
        }),
        exposure: given({ internal: random.internal, sourceRanges: random.sourceRanges }),
        ...((random.controlled || random.fits) && {
          controller: { className: 'own', namespace: 'own-system', addresses: ['10.0.0.0/16'] },
        }),
        ...given({
          maxRequestBytes: random.maxRequestBytes,
          requestsPerSecond: random.requestsPerSecond,
        }),
      };
    });
}
