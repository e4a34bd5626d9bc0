/*
 * Who gets in through nginx, with the patterns and settings that are rendered for its two controllers.
 */
import { IngressProvider } from 'inference-constructs';
import {
  ALLOWED_CLIENTS,
  HOSTILE_SUBJECTS,
  RIGHT_SUBJECTS,
  type Subject,
} from '../support/subjects';
import { TestAuthority, type KeyPair } from '../support/certificates';
import { installed } from './support/lab-home';
import { LabNginx, matchCommonName } from './support/nginx';
import { makeTrust, renderIngress, type Trust } from './support/secured';
import type { KubeObject } from './support/kube-client';

interface Rendered {
  readonly directives: string;
  readonly depth: number;
  readonly maxBodyBytes: string;
}

const PREFIX = 'nginx.ingress.kubernetes.io/';

/** What the community's controller makes of the annotations. */
function ofAnnotations(objects: readonly KubeObject[]): Rendered {
  const ingress = objects.find(({ kind }) => kind === 'Ingress');
  const { annotations = {} } = ingress?.metadata as { annotations?: Record<string, string> };
  const annotation = (name: string): string => annotations[PREFIX + name] ?? '';
  // As the controller's validator does.
  expect(annotation('auth-tls-match-cn')).toMatch(/^CN=/);
  return {
    directives: matchCommonName(annotation('auth-tls-match-cn')),
    depth: Number(annotation('auth-tls-verify-depth')),
    maxBodyBytes: annotation('proxy-body-size'),
  };
}

/** What F5's controller makes of VirtualServer and Policies. */
function ofVirtualServer(objects: readonly KubeObject[]): Rendered {
  const { spec = {} } = objects.find(({ kind }) => kind === 'VirtualServer') ?? {};
  const policy = objects.find(({ kind, spec: one }) => kind === 'Policy' && one?.['ingressMTLS']);
  const { verifyDepth } = policy?.spec?.['ingressMTLS'] as { verifyDepth: number };
  const [upstream] = spec['upstreams'] as { 'client-max-body-size': string }[];
  return {
    directives: String(spec['server-snippets']),
    depth: verifyDepth,
    maxBodyBytes: upstream?.['client-max-body-size'] ?? '',
  };
}

const controllers: [IngressProvider, (objects: readonly KubeObject[]) => Rendered][] = [
  [IngressProvider.INGRESS_NGINX, ofAnnotations],
  [IngressProvider.F5_NGINX, ofVirtualServer],
];

(installed('nginx') ? describe : describe.skip).each(controllers)(
  'nginx as %s',
  (provider, read) => {
    let trust: Trust;
    let intermediate: TestAuthority;
    let deep: TestAuthority;
    let revoked: KeyPair;
    let nginx: LabNginx;

    beforeAll(async () => {
      trust = await makeTrust();
      const { clients } = trust;
      intermediate = await TestAuthority.make('Cameras', { issuer: clients, pathLength: 3 });
      deep = await TestAuthority.make('Cameras of a camera', { issuer: intermediate });
      revoked = await clients.issue({ subject: [{ CN: ['client'] }] });
      const lists = await Promise.all([
        clients.revocationList([revoked.serial]),
        intermediate.revocationList(),
        deep.revocationList(),
      ]);
      nginx = await LabNginx.start({
        server: trust.serverPair,
        authorities: clients.pem,
        lists: lists.join(''),
        ...read(renderIngress(ALLOWED_CLIENTS, { provider })),
      });
    });

    afterAll(() => nginx.stop());

    const statusOf = async (
      subject: Subject,
      { authority = trust.clients, ...shape }: { authority?: TestAuthority; to?: number } = {},
    ): Promise<number> =>
      nginx.get(await authority.issue({ subject, ...shape }), trust.servers.pem);

    test.each(Object.entries(RIGHT_SUBJECTS))('lets in %s', async (_, subject) => {
      expect(await statusOf(subject)).toBe(200);
    });

    test.each(Object.entries(HOSTILE_SUBJECTS))('refuses %s', async (_, subject) => {
      expect(await statusOf(subject)).toBe(403);
    });

    test('refuses with 400 who shows no certificate', async () => {
      expect(await nginx.get(undefined, trust.servers.pem)).toBe(400);
    });

    test('refuses with 400 a revoked certificate', async () => {
      expect(await nginx.get(revoked, trust.servers.pem)).toBe(400);
    });

    test('refuses with 400 an expired certificate', async () => {
      expect(await statusOf([{ CN: ['client'] }], { to: -0.5 })).toBe(400);
    });

    test('refuses with 400 another authority of the same name', async () => {
      const authority = await TestAuthority.make('Acme clients');

      expect(await statusOf([{ CN: ['client'] }], { authority })).toBe(400);
    });

    test('lets in through one authority below the root, and refuses through two', async () => {
      const client = [{ CN: ['client'] }];

      expect(await statusOf(client, { authority: intermediate })).toBe(200);
      expect(await statusOf(client, { authority: deep })).toBe(400);
    });

    test('takes 64 MiB, and not one byte more', async () => {
      const identity = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      const limit = 64 * 1024 * 1024;

      expect(await nginx.get(identity, trust.servers.pem, limit)).toBe(200);
      expect(await nginx.get(identity, trust.servers.pem, limit + 1)).toBe(413);
    });
  },
);
