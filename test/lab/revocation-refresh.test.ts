/*
 * The renewal of a published list: the three containers of the CronJob as they are rendered, one after the
 * other as processes, with the rights of their ServiceAccount at a real API server.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Duration } from 'cdk8s';
import { RevocationList, RevocationListRefresh } from 'inference-constructs';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Container } from 'kubernetes-types/core/v1';
import { TestAuthority } from '../support/certificates';
import { chartOf } from '../support/charts';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { program } from './support/lab-home';

const cluster = controlPlane();

const NAMESPACE = 'renewal';
const SECRET = 'clients';

describeWithCluster('the renewal of a list', () => {
  let folder = '';
  let server: Server;
  let published: Buffer | string = '';
  let containers: readonly Container[] = [];
  let token = '';
  let authority: TestAuthority;

  beforeAll(async () => {
    authority = await TestAuthority.make('Acme clients');
    server = createServer((_, response) => {
      if (published === '') response.writeHead(503).end();
      else response.end(published);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const chart = chartOf(NAMESPACE);
    new RevocationListRefresh(chart, 'Refresh', {
      name: 'clients-crl',
      secretName: SECRET,
      list: RevocationList.fromUrl(`http://127.0.0.1:${port}/clients.crl`, {
        every: Duration.minutes(15),
      }),
    });
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE },
    });
    const objects = chart.toJson() as KubeObject[];
    for (const object of objects) await cluster.client.apply(object);
    const job = objects.find(({ kind }) => kind === 'CronJob') as unknown as CronJob;
    const pod = job.spec?.jobTemplate.spec?.template.spec;
    containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
    for (const name of [SECRET, 'other']) await cluster.client.create(secret(name));
    const answer = await cluster.client.request(
      'POST',
      `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/clients-crl/token`,
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    );
    token = (answer.body as { status: { token: string } }).status.token;
  });

  afterAll(() => {
    server.close();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-renewal-'));
    mkdirSync(join(folder, 'scratch'));
    mkdirSync(join(folder, 'trust'));
    writeFileSync(join(folder, 'trust', 'ca.crt'), authority.pem);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const secret = (name: string): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: NAMESPACE },
      data: { 'ca.crt': Buffer.from(authority.pem).toString('base64'), 'ca.crl': 'b2xk' },
    }) as unknown as KubeObject;

  const listOf = async (name: string): Promise<string> => {
    const { data } = (await cluster.client.get(secret(name))) as unknown as {
      data: Record<string, string>;
    };
    return Buffer.from(data['ca.crl'] ?? '', 'base64').toString();
  };

  /** Rights and address of the pod, in place of what it finds in its volume. */
  const asPod = (): string[] => [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--token=${token}`,
    `--namespace=${NAMESPACE}`,
  ];

  /** Runs the containers until one fails; the name of that one, or none. */
  async function run(): Promise<string | undefined> {
    for (const { name, command = [], args = [] } of containers) {
      const [file = '', ...words] = [...command, ...args].map((word) =>
        word
          .replaceAll('/scratch', join(folder, 'scratch'))
          .replaceAll('/trust', join(folder, 'trust')),
      );
      const kubectl = file === 'kubectl';
      const child = spawn(kubectl ? program('kubectl') : file, [
        ...words,
        ...(kubectl ? asPod() : []),
      ]);
      const code = await new Promise((done) => child.once('exit', done));
      if (code !== 0) return name;
    }
    return undefined;
  }

  test.each(['PEM', 'DER'])(
    'puts a new list in %s into the Secret, and nothing else',
    async (form) => {
      const list = await authority.revocationList(['1234']);
      published =
        form === 'PEM' ? list : Buffer.from(list.replace(/-----.*-----|\s/g, ''), 'base64');

      expect(await run()).toBeUndefined();
      expect((await listOf(SECRET)).replace(/\s/g, '')).toBe(list.replace(/\s/g, ''));
      expect(await listOf('other')).toBe('old');
      const { data } = (await cluster.client.get(secret(SECRET))) as unknown as {
        data: Record<string, string>;
      };
      expect(Buffer.from(data['ca.crt'] ?? '', 'base64').toString()).toBe(authority.pem);
    },
  );

  const bad: [string, string, () => Promise<string>][] = [
    ['nothing', 'fetch', () => Promise.resolve('')],
    ['something else', 'check', () => Promise.resolve('<html>not found</html>')],
    [
      'a list of another authority',
      'check',
      async () => (await TestAuthority.make('Acme clients')).revocationList(),
    ],
    ['a list that has expired', 'check', () => authority.revocationList([], { from: -9, to: -2 })],
    ['a list that has not begun', 'check', () => authority.revocationList([], { from: 2, to: 9 })],
    [
      'a list that was changed',
      'check',
      async () => {
        const list = await authority.revocationList(['1234']);
        const der = Buffer.from(list.replace(/-----.*-----|\s/g, ''), 'base64');
        // A serial number within it.
        const at = der.indexOf(Buffer.from('1234', 'hex'));
        der.writeUInt8(0x35, at + 1);
        return `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`;
      },
    ],
  ];

  test.each(bad)('leaves the Secret as it is when there is %s', async (_, failing, make) => {
    const before = await listOf(SECRET);
    published = await make();

    expect(await run()).toBe(failing);
    expect(await listOf(SECRET)).toBe(before);
  });

  test.each([
    ['read another Secret', ['get', 'secret', 'other']],
    ['list Secrets', ['get', 'secrets']],
    ['delete the Secret', ['delete', 'secret', SECRET]],
    ['change another Secret', ['patch', 'secret', 'other', '--type=merge', '-p', '{"data":{}}']],
  ])('may not %s', (_, args) => {
    const { status, stderr } = spawnSync(program('kubectl'), [...args, ...asPod()], {
      encoding: 'utf8',
    });

    expect(stderr).toContain('forbidden');
    expect(status).toBe(1);
  });
});
