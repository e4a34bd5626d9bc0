/*
 * Who gets in: the manifests as rendered, in the real Envoy Gateway, before a server that tells what it saw.
 */
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { connect as connectPlain } from 'node:net';
import {
  ALLOWED_CLIENTS,
  HOSTILE_SUBJECTS,
  RIGHT_SUBJECTS,
  UNUSUAL_CLIENTS,
  UNUSUAL_SUBJECTS,
} from '../support/subjects';
import { TestAuthority, type KeyPair, type Shape } from '../support/certificates';
import { LabGateway } from './support/envoy-gateway';
import { RecordingServer, callOnce, type Outcome } from './support/inference-service';
import { installed } from './support/lab-home';
import { HOST, makeTrust, renderIngress, secretsOf, type Trust } from './support/secured';

const OK = { code: 'OK', details: '' };
const DENIED = { code: 'PERMISSION_DENIED', details: 'RBAC: access denied' };

(installed('envoy-gateway', 'envoy') ? describe : describe.skip)('Envoy Gateway', () => {
  let trust: Trust;
  let intermediate: TestAuthority;
  let deep: TestAuthority;
  let revoked: KeyPair;
  let gateway: LabGateway;
  let backend: RecordingServer;
  let otherBackend: RecordingServer;
  let otherTenant: Trust;

  beforeAll(async () => {
    trust = await makeTrust();
    const { clients } = trust;
    intermediate = await TestAuthority.make('Acme cameras', { issuer: clients, pathLength: 0 });
    deep = await TestAuthority.make('Acme cameras of a camera', { issuer: intermediate });
    revoked = await clients.issue({ subject: [{ CN: ['client'] }] });
    otherTenant = { ...(await makeTrust('Other tenant')), ...{ serverPair: trust.serverPair } };
    backend = await new RecordingServer().listen();
    otherBackend = await new RecordingServer().listen();
    const lists = [
      await clients.revocationList([revoked.serial]),
      await intermediate.revocationList(),
      await deep.revocationList(),
    ];
    gateway = await LabGateway.start({
      objects: [
        ...renderIngress([...ALLOWED_CLIENTS, ...UNUSUAL_CLIENTS]),
        ...renderIngress([], {
          name: 'other',
          namespace: 'other-tenant',
          host: 'other.inference.example.com',
          trust: 'other-clients',
        }),
      ],
      secrets: {
        ...(await secretsOf(trust, { lists })),
        ...(await secretsOf(otherTenant, { name: 'other-clients' })),
      },
      backends: { resnet: [backend.port], other: [otherBackend.port] },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    backend.kill();
    otherBackend.kill();
  });

  /** Calls with a certificate; what came back, and how many calls the server saw. */
  async function call(
    identity: KeyPair | undefined,
    options: { host?: string; authority?: string; to?: string } = {},
  ): Promise<Outcome & { readonly seen: number }> {
    const before = backend.calls + otherBackend.calls;
    const outcome = await callOnce({
      port: gateway.port(options.to ?? 'resnet'),
      host: options.host ?? HOST,
      trusts: trust.servers.pem,
      identity,
      ...(options.authority !== undefined && { authority: options.authority }),
    });
    return { ...outcome, seen: backend.calls + otherBackend.calls - before };
  }

  const issue = (shape: Shape, authority = trust.clients): Promise<KeyPair> =>
    authority.issue(shape);

  describe('lets in', () => {
    test.each(Object.entries({ ...RIGHT_SUBJECTS, ...UNUSUAL_SUBJECTS }))(
      'the right client: %s',
      async (_, subject) => {
        expect(await call(await issue({ subject }))).toEqual({ ...OK, seen: 1 });
      },
    );

    test('a client of an authority below the root', async () => {
      const identity = await issue({ subject: [{ CN: ['client'] }] }, intermediate);

      expect(await call(identity)).toEqual({ ...OK, seen: 1 });
    });

    test('the other tenant at the other endpoint', async () => {
      const identity = await issue({ subject: [{ CN: ['anybody'] }] }, otherTenant.clients);
      const to = { to: 'other', host: 'other.inference.example.com' };

      expect(await call(identity, to)).toEqual({ ...OK, seen: 1 });
    });
  });

  describe('refuses by name', () => {
    test.each(Object.entries(HOSTILE_SUBJECTS))('%s', async (_, subject) => {
      expect(await call(await issue({ subject }))).toEqual({ ...DENIED, seen: 0 });
    });

    test('it as an alternative name', async () => {
      const identity = await issue({
        subject: [{ CN: ['mallory'] }],
        dnsNames: ['client'],
        uris: ['spiffe://acme/CN=client'],
      });

      expect(await call(identity)).toEqual({ ...DENIED, seen: 0 });
    });

    test('a forged header that names the right client', async () => {
      const identity = await issue({ subject: [{ CN: ['mallory'] }] });
      const outcome = await callOnce(
        { port: gateway.port(), host: HOST, trusts: trust.servers.pem, identity },
        { headers: { 'x-forwarded-client-cert': 'Subject="CN=client"' } },
      );

      expect(outcome).toEqual(DENIED);
    });
  });

  describe('refuses in the handshake', () => {
    const rows: Record<string, [alert: string, identity: () => Promise<KeyPair | undefined>]> = {
      'no certificate': ['certificate required', () => Promise.resolve(undefined)],
      'another authority of the same name': [
        'unknown ca|decrypt error|bad certificate',
        async () =>
          (await TestAuthority.make('Acme clients')).issue({ subject: [{ CN: ['client'] }] }),
      ],
      'an expired certificate': [
        'certificate expired',
        () => issue({ subject: [{ CN: ['client'] }], from: -10, to: -1 }),
      ],
      'a certificate that is not yet valid': [
        'certificate expired|bad certificate|certificate unknown',
        () => issue({ subject: [{ CN: ['client'] }], from: 1 }),
      ],
      'a revoked certificate': ['certificate revoked', () => Promise.resolve(revoked)],
      'an authority beyond the depth that the root allows': [
        'unknown ca|certificate unknown|bad certificate|unsupported certificate',
        () => issue({ subject: [{ CN: ['client'] }] }, deep),
      ],
      "a server's certificate": [
        'unsupported certificate|bad certificate|certificate unknown',
        () => issue({ subject: [{ CN: ['client'] }], usages: ['serverAuth'] }),
      ],
      'the other tenant': [
        'unknown ca',
        () => issue({ subject: [{ CN: ['client'] }] }, otherTenant.clients),
      ],
    };

    test.each(Object.entries(rows))('%s', async (_, [alert, make]) => {
      const { code, details, seen } = await call(await make());

      expect({ code, seen }).toEqual({ code: 'UNAVAILABLE', seen: 0 });
      expect(details).toMatch(new RegExp(`alert (${alert})`));
    });

    test("this tenant at the other tenant's endpoint", async () => {
      const identity = await issue({ subject: [{ CN: ['client'] }] });
      const to = { to: 'other', host: 'other.inference.example.com' };
      const { code, details, seen } = await call(identity, to);

      expect({ code, seen }).toEqual({ code: 'UNAVAILABLE', seen: 0 });
      expect(details).toContain('alert unknown ca');
    });
  });

  describe('has no other way in', () => {
    let right: KeyPair;

    beforeAll(async () => {
      right = await issue({ subject: [{ CN: ['client'] }] });
    });

    test('another host in the handshake', async () => {
      const { code, seen } = await call(right, { host: 'other.inference.example.com' });

      expect({ code, seen }).toEqual({ code: 'UNAVAILABLE', seen: 0 });
    });

    test('another host in the request', async () => {
      const { code, seen } = await call(right, { authority: 'other.inference.example.com' });

      expect({ code, seen }).toEqual({ code: 'UNIMPLEMENTED', seen: 0 });
    });

    test('plain text', async () => {
      const before = backend.calls;
      const answer = await new Promise<string>((done) => {
        const socket = connectPlain({ host: '127.0.0.1', port: gateway.port() });
        let received = '';
        socket.on('data', (data) => (received += data.toString()));
        socket.once('close', () => done(received));
        socket.once('error', () => done(received));
        socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      });

      expect(answer).not.toContain('HTTP');
      expect(backend.calls).toBe(before);
    });

    /** What a handshake leads to: a connection, or why there is none. */
    const handshake = (
      options: ConnectionOptions,
    ): Promise<{ readonly socket?: TLSSocket; readonly refusal?: string }> =>
      new Promise((done) => {
        const socket = connect({
          host: '127.0.0.1',
          port: gateway.port(),
          servername: HOST,
          ca: trust.servers.pem,
          cert: right.certificate,
          key: right.key,
          ALPNProtocols: ['h2'],
          // Node itself refuses what is older than 1.2 unless told otherwise.
          ciphers: 'DEFAULT@SECLEVEL=0',
          ...options,
        });
        socket.once('secureConnect', () => done({ socket }));
        socket.once('error', (error: Error) => done({ refusal: error.message }));
      });

    test.each(['TLSv1', 'TLSv1.1'] as const)('%s', async (version) => {
      const { refusal } = await handshake({ minVersion: version, maxVersion: version });

      expect(refusal).toMatch(/protocol version|unsupported protocol/);
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)('but %s', async (version) => {
      const { socket, refusal } = await handshake({ minVersion: version, maxVersion: version });

      expect(refusal).toBeUndefined();
      expect(socket?.alpnProtocol).toBe('h2');
      expect(socket?.getProtocol()).toBe(version);
      socket?.destroy();
    });

    test('a protocol that is not HTTP/2', async () => {
      const { socket, refusal } = await handshake({ ALPNProtocols: ['http/1.1'] });

      // Envoy agrees on none, and Node takes that for a refusal or leaves it.
      if (refusal === undefined) expect(socket?.alpnProtocol).toBe(false);
      else expect(refusal).toMatch(/no application protocol/);
      socket?.destroy();
    });

    test('a client that names no protocol is under the same rules', async () => {
      const mallory = await issue({ subject: [{ CN: ['mallory'] }] });
      const bare = { ALPNProtocols: [], cert: mallory.certificate, key: mallory.key };
      const { socket } = await handshake(bare);

      expect(socket?.alpnProtocol).toBe(false);
      const answer = await new Promise<string>((done) => {
        socket?.once('data', (data: Buffer) => done(data.toString()));
        socket?.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      });
      expect(answer).toMatch(/^HTTP\/1.1 403 /);
      socket?.destroy();
    });
  });
});
