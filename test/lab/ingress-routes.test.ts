/*
 * Where requests go, and by which other names clients are known: the manifests as rendered, in the real Envoy
 * Gateway.
 */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Chart, App, Size } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  IngressProvider,
  ModelServer,
  RevocationList,
  SecureGrpcIngress,
  ServingEngine,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import type { KeyPair } from '../support/certificates';
import { serverProps } from '../support/charts';
import { LabGateway } from './support/envoy-gateway';
import {
  RecordingServer,
  SecureClient,
  callOnce,
  type ClientOptions,
} from './support/inference-service';
import type { KubeObject } from './support/kube-client';
import { installed } from './support/lab-home';
import { HOST, makeTrust, secretsOf, type Trust } from './support/secured';

const NAMESPACE = 'serving';

(installed('envoy-gateway', 'envoy') ? describe : describe.skip)('routes and names', () => {
  let trust: Trust;
  let right: KeyPair;
  let revoked: KeyPair;
  let gateway: LabGateway;
  let current: RecordingServer;
  let next: RecordingServer;
  let rest: Server;
  let restHeaders: IncomingHttpHeaders = {};
  let restCalls = 0;

  beforeAll(async () => {
    trust = await makeTrust();
    right = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
    revoked = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
    current = await new RecordingServer().listen();
    next = await new RecordingServer().listen();
    rest = createServer((incoming, response) => {
      restCalls += 1;
      restHeaders = incoming.headers;
      incoming.resume().on('end', () => response.end('answered'));
    });
    await new Promise<void>((done) => rest.listen(0, '127.0.0.1', done));
    const list = await trust.clients.revocationList([revoked.serial]);
    gateway = await LabGateway.start({
      objects: scene(trust.clients.pem, list),
      secrets: await secretsOf(trust),
      http1: ['rest'],
      backends: {
        current: [current.port],
        next: [next.port],
        rest: [(rest.address() as AddressInfo).port],
      },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    current.kill();
    next.kill();
    rest.close();
  });

  const options = (name: string, identity: KeyPair | undefined = right): ClientOptions => ({
    port: gateway.port(name),
    host: HOST,
    trusts: trust.servers.pem,
    identity,
  });

  /** Status and protocol of a REST request. */
  function fetchRest(
    name: string,
    path: string,
    {
      identity = right,
      bytes = 0,
      headers = {},
    }: { identity?: KeyPair; bytes?: number; headers?: Record<string, string> } = {},
  ): Promise<number> {
    return new Promise((done, failed) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: gateway.port(name),
          path,
          method: 'POST',
          servername: HOST,
          agent: false,
          ca: trust.servers.pem,
          cert: identity.certificate,
          key: identity.key,
          headers: { host: HOST, ...headers },
        },
        (response) => {
          response.resume();
          done(response.statusCode ?? 0);
        },
      );
      call.once('error', failed);
      call.end(Buffer.alloc(bytes));
    });
  }

  test('gRPC and REST share a host', async () => {
    const before = restCalls;

    expect(await callOnce(options('both'))).toMatchObject({ code: 'OK' });
    expect(await fetchRest('both', '/v1/models/resnet:predict')).toBe(200);
    expect(restCalls).toBe(before + 1);
    expect(await fetchRest('both', '/v1/models/other')).toBe(404);
    expect(restCalls).toBe(before + 1);
  });

  test('what REST sends is bounded, to the byte', async () => {
    const limit = 8 * 1024;

    expect(await fetchRest('both', '/v1/models/resnet:predict', { bytes: limit })).toBe(200);
    expect(await fetchRest('both', '/v1/models/resnet:predict', { bytes: limit + 1 })).toBe(413);
  });

  test('weights split the calls', async () => {
    const before = [current.calls, next.calls];
    const client = new SecureClient(options('split'));
    for (let round = 0; round < 100; round += 1)
      await Promise.all(Array.from({ length: 20 }, () => client.infer()));
    client.close();
    const share = (next.calls - (before[1] ?? 0)) / 2000;

    expect(current.calls + next.calls - (before[0] ?? 0) - (before[1] ?? 0)).toBe(2000);
    // 99.9 % of all runs: 3.3 standard deviations of a binomial share.
    expect(Math.abs(share - 0.1)).toBeLessThan(3.3 * Math.sqrt((0.1 * 0.9) / 2000));
  });

  test('a method has a server of its own', async () => {
    const before = next.calls;
    const client = new SecureClient(options('methods'));
    expect(await client.infer()).toMatchObject({ code: 'OK' });
    const stream = client.stream();
    const answer = new Promise((done, failed) => stream.once('data', done).once('error', failed));
    stream.write({ modelName: 'resnet' });
    await answer;
    stream.end();
    client.close();

    expect(next.calls).toBe(before + 1);
  });

  test('the certificate is passed on when asked for, and cannot be forged', async () => {
    const forged = { 'x-forwarded-client-cert': 'Subject="CN=admin"' };
    await fetchRest('forward', '/v1', { headers: forged });
    const forwarded = String(restHeaders['x-forwarded-client-cert']);
    await fetchRest('both', '/v1/models/resnet:predict', { headers: forged });

    expect(decodeURIComponent(forwarded)).toContain('-----BEGIN CERTIFICATE-----');
    expect(forwarded).not.toContain('CN=admin');
    expect(restHeaders['x-forwarded-client-cert']).toBeUndefined();
  });

  test('more requests than allowed are refused', async () => {
    const client = new SecureClient(options('limited'));
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => client.infer()));
    client.close();
    const codes = new Set(outcomes.map(({ code }) => code));

    expect(codes).toEqual(new Set(['OK', 'UNAVAILABLE']));
    expect(outcomes.filter(({ code }) => code === 'OK').length).toBeLessThanOrEqual(22);
  });

  describe('a client is known by', () => {
    const named = (shape: { dnsNames?: string[]; uris?: string[] }): Promise<KeyPair> =>
      trust.clients.issue({ subject: [{ CN: ['somebody'] }], ...shape });
    const DENIED = { code: 'PERMISSION_DENIED', details: 'RBAC: access denied' };

    test.each([
      ['its DNS name', { dnsNames: ['edge.acme.example'] }],
      ['its URI', { uris: ['spiffe://acme.example/edge'] }],
      ['its DNS name, with others after it', { dnsNames: ['edge.acme.example', 'b.example'] }],
    ])('%s', async (_, shape) => {
      expect(await callOnce(options('names', await named(shape)))).toMatchObject({ code: 'OK' });
    });

    test.each([
      ['no such name', {}],
      ['another DNS name', { dnsNames: ['edge.acme.example.org'] }],
      ['a longer DNS name', { dnsNames: ['x.edge.acme.example'] }],
      ['a wildcard', { dnsNames: ['*.acme.example'] }],
      ['another URI', { uris: ['spiffe://acme.example/edge/x'] }],
      ['the URI as a DNS name', { dnsNames: ['spiffe://acme.example/edge'] }],
      ['the DNS name behind another', { dnsNames: ['b.example', 'edge.acme.example'] }],
    ])('nobody by %s', async (_, shape) => {
      expect(await callOnce(options('names', await named(shape)))).toEqual(DENIED);
    });

    test('nobody by its common name alone', async () => {
      const identity = await trust.clients.issue({ subject: [{ CN: ['edge.acme.example'] }] });

      expect(await callOnce(options('names', identity))).toEqual(DENIED);
    });
  });

  test('authorities and lists may be given as PEM', async () => {
    expect(await callOnce(options('pem'))).toMatchObject({ code: 'OK' });
    const { code, details } = await callOnce(options('pem', revoked));

    expect(code).toBe('UNAVAILABLE');
    expect(details).toContain('certificate revoked');
  });

  test('the standard fields of the Gateway API let in who has a certificate, and nobody else', async () => {
    const { code } = await callOnce({
      port: gateway.port('standard'),
      host: HOST,
      trusts: trust.servers.pem,
    });

    expect(await callOnce(options('standard'))).toMatchObject({ code: 'OK' });
    expect(code).toBe('UNAVAILABLE');
  });
});

/** Several ingresses before the same servers, each as rendered. */
function scene(authority: string, list: string): KubeObject[] {
  const chart = new Chart(new App(), 'lab', { namespace: NAMESPACE });
  const [current, next, rest] = ['current', 'next', 'rest'].map(
    (name) => new ModelServer(chart, name, serverProps({ name, engine: ServingEngine.MLSERVER })),
  ) as [ModelServer, ModelServer, ModelServer];
  const grpcService = 'inference.GRPCInferenceService';
  const fromSecret = CertificateAuthority.fromSecret('clients');
  const ingresses: Record<string, Partial<SecureGrpcIngressProps>> = {
    both: {
      maxRequestBytes: Size.kibibytes(8),
      backends: [current, { endpoint: rest, restPath: '/v1/models/resnet:predict' }],
    },
    split: {
      backends: [
        { endpoint: current, weight: 90 },
        { endpoint: next, weight: 10 },
      ],
    },
    methods: {
      backends: [current, { endpoint: next, grpcService, grpcMethod: 'ModelStreamInfer' }],
    },
    forward: {
      backends: [{ endpoint: rest, restPath: '/v1' }],
      clientAuthentication: { authority: fromSecret, forwardCertificate: true },
    },
    limited: { requestsPerSecond: 20 },
    names: {
      clientAuthentication: {
        authority: fromSecret,
        allowedClients: [
          ClientIdentity.dnsName('edge.acme.example'),
          ClientIdentity.uri('spiffe://acme.example/edge'),
        ],
      },
    },
    pem: {
      clientAuthentication: {
        authority: CertificateAuthority.fromPem(authority),
        revocation: RevocationList.fromPem(list, { asOf: new Date() }),
      },
    },
    standard: {
      provider: IngressProvider.GATEWAY_API,
      controller: { className: 'envoy-gateway', namespace: 'envoy-gateway-system' },
      clientAuthentication: { authority: CertificateAuthority.fromPem(authority) },
    },
  };
  for (const [name, props] of Object.entries(ingresses)) {
    new SecureGrpcIngress(chart, `Ingress-${name}`, {
      name,
      host: HOST,
      backends: [current],
      certificate: Certificate.fromSecret('server-tls'),
      clientAuthentication: { authority: fromSecret },
      // All answer one host, each on a port of its own.
      controller: { className: `class-${name}`, namespace: 'envoy-gateway-system' },
      ...props,
      transform: (_, object) =>
        object.kind === 'Gateway'
          ? { ...object, spec: { ...object.spec, gatewayClassName: 'envoy-gateway' } }
          : object,
    });
  }
  const kinds = /Gateway|Route|Policy|ConfigMap/;
  return (chart.toJson() as KubeObject[]).filter(
    ({ kind, metadata }) =>
      kinds.test(kind) && kind !== 'NetworkPolicy' && !/^(current|next|rest)/.test(metadata.name),
  );
}
