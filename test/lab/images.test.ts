/*
 * `inference-constructs images update` with a real registry.
 */
import { createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TestAuthority } from '../support/certificates';
import { installed } from './support/lab-home';
import { freePorts, start, stop, until, type Running } from './support/processes';

const ROOT = resolve(__dirname, '..', '..');

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const digestOf = (bytes: string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

(installed('docker-registry') ? describe : describe.skip)('images update', () => {
  const work = mkdtempSync(join(tmpdir(), 'images-'));
  const manifests = join(work, 'manifests');
  const lock = join(work, 'images.lock.json');
  const running: Running[] = [];
  let registry: string;

  /** Starts a registry that keeps what it is sent in a folder. */
  async function serve(name: string, auth = ''): Promise<string> {
    const [port = 0] = await freePorts(1);
    const folder = join(work, name);
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'config.yml'),
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}}}\nhttp: {addr: "127.0.0.1:${port}"}\n${auth}`,
    );
    running.push(
      start(folder, 'docker-registry', 'docker-registry', ['serve', join(folder, 'config.yml')]),
    );
    const address = `127.0.0.1:${port}`;
    await until('the registry answers', 20, async () => {
      const { status } = await fetch(`http://${address}/v2/`);
      return status === 200 || status === 401;
    });
    return address;
  }

  async function put(
    url: string,
    type: string,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': type, ...headers },
      body,
    });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  }

  /** Pushes an image of two platforms, and returns the digest of its index. */
  async function push(
    host: string,
    repository: string,
    tag: string,
    content: string,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const base = `http://${host}/v2/${repository}`;
    const entries: object[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const config = JSON.stringify({ architecture, os: 'linux', content });
      const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers });
      const location = begun.headers.get('location') ?? '';
      const upload = new URL(location, base);
      upload.searchParams.set('digest', digestOf(config));
      await put(upload.href, 'application/octet-stream', config, headers);
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: digestOf(config),
          size: config.length,
        },
        layers: [],
      });
      await put(`${base}/manifests/${digestOf(manifest)}`, MANIFEST, manifest, headers);
      entries.push({
        mediaType: MANIFEST,
        digest: digestOf(manifest),
        size: manifest.length,
        platform: { architecture, os: 'linux' },
      });
    }
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
    await put(`${base}/manifests/${tag}`, INDEX, index, headers);
    return digestOf(index);
  }

  function name(...images: readonly string[]): void {
    mkdirSync(manifests, { recursive: true });
    const containers = images.map((image, index) => ({ name: `c${index}`, image }));
    writeFileSync(
      join(manifests, 'pod.json'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'pod' },
        spec: { containers },
      }),
    );
  }

  /** In a process of its own, beside the servers of this one. */
  function run(...args: readonly string[]): Promise<Outcome> {
    const child = spawn(
      'node',
      [
        '--import',
        'tsx',
        'lib/cli/main.ts',
        'images',
        'update',
        manifests,
        '--lock',
        lock,
        ...args,
      ],
      { cwd: ROOT, env: { ...process.env, DOCKER_CONFIG: join(work, 'docker') } },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((done) => child.on('close', (status) => done({ status, stdout, stderr })));
  }

  const locked = (): unknown => JSON.parse(readFileSync(lock, 'utf8'));

  beforeAll(async () => {
    registry = await serve('open');
  });

  beforeEach(() => {
    rmSync(lock, { force: true });
    rmSync(join(work, 'docker'), { recursive: true, force: true });
  });

  afterAll(async () => {
    for (const one of running) await stop(one);
    rmSync(work, { recursive: true });
  });

  test('writes the digest of what each tag names, for all platforms', async () => {
    const one = await push(registry, 'team/one', '1.0.0', 'one');
    const two = await push(registry, 'two', '2.0.0', 'two');
    name(
      `${registry}/two:2.0.0`,
      `${registry}/team/one:1.0.0`,
      `${registry}/team/one:1.0.0@${one}`,
      // Without a tag, there is nothing to ask for.
      `${registry}/pinned@${one}`,
    );

    expect(await run()).toMatchObject({ status: 0 });
    expect(locked()).toEqual({
      [`${registry}/team/one:1.0.0`]: one,
      [`${registry}/two:2.0.0`]: two,
    });
    expect((await run()).stdout).toContain('2 images, all as they were');
  });

  test('says which tags have moved, and only writes where it is to', async () => {
    const before = await push(registry, 'moving', '1.0.0', 'before');
    name(`${registry}/moving:1.0.0`);
    await run();
    const after = await push(registry, 'moving', '1.0.0', 'after');

    const checked = await run('--check');
    expect(checked.status).toBe(1);
    expect(checked.stdout).toContain(`moved    ${registry}/moving:1.0.0 ${before} → ${after}`);
    expect(locked()).toEqual({ [`${registry}/moving:1.0.0`]: before });
    expect((await run()).status).toBe(0);
    expect(locked()).toEqual({ [`${registry}/moving:1.0.0`]: after });
  });

  test('writes nothing when an image is not there or nobody answers, and says all of it', async () => {
    await push(registry, 'there', '1.0.0', 'there');
    const [closed = 0] = await freePorts(1);
    name(`${registry}/there:1.0.0`, `${registry}/there:9.9.9`, `127.0.0.1:${closed}/any:1.0.0`);

    const { status, stderr } = await run();

    expect(status).toBe(1);
    expect(stderr).toContain(`${registry}/there:9.9.9: got ${registry} answers 404`);
    expect(stderr).toContain(`127.0.0.1:${closed} does not answer: ECONNREFUSED`);
    expect(existsSync(lock)).toBe(false);
  });

  /** As `docker login` does. */
  function login(host: string, user: string, password: string): string {
    const auth = Buffer.from(`${user}:${password}`).toString('base64');
    mkdirSync(join(work, 'docker'), { recursive: true });
    writeFileSync(
      join(work, 'docker', 'config.json'),
      JSON.stringify({ auths: { [host]: { auth } } }),
    );
    return auth;
  }

  test('asks for a token where the registry wants one, with the login that docker keeps', async () => {
    const tokens = await TokenServer.start(work);
    const host = await serve('tokens', tokens.configuration);
    const token = tokens.grant('private/model', 'push,pull');
    const digest = await push(host, 'private/model', '1.0.0', 'private', {
      authorization: `Bearer ${token}`,
    });
    name(`${host}/private/model:1.0.0`);

    const refused = await run();
    expect(refused.stderr).toContain('gives no token: 401');
    const auth = login(host, 'reader', 'correct');
    tokens.accepts = `Basic ${auth}`;
    expect(await run()).toMatchObject({ status: 0, stderr: '' });
    tokens.stop();

    expect(locked()).toEqual({ [`${host}/private/model:1.0.0`]: digest });
    expect(tokens.scopes.at(-1)).toBe('repository:private/model:pull');
  });
});

/** Gives tokens to who logs in, as the registries of clouds have it. */
class TokenServer {
  public accepts = '';
  public readonly scopes: (string | null)[] = [];
  private server: Server | undefined;
  private certificate = '';
  private signWith: KeyObject | undefined;

  private constructor(private readonly folder: string) {}

  public static async start(folder: string): Promise<TokenServer> {
    const one = new TokenServer(folder);
    const authority = await TestAuthority.make('tokens');
    const pair = await authority.issue({ subject: [{ CN: ['tokens'] }] });
    writeFileSync(join(folder, 'tokens.pem'), authority.pem);
    one.certificate = pair.certificate;
    one.signWith = createPrivateKey(pair.key);
    one.server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const scope = url.searchParams.get('scope');
      one.scopes.push(scope);
      if (one.accepts === '' || request.headers.authorization !== one.accepts) {
        response.writeHead(401).end();
        return;
      }
      response.end(JSON.stringify({ token: one.grant(scope?.split(':')[1] ?? '', 'pull') }));
    });
    await new Promise<void>((done) => one.server?.listen(0, '127.0.0.1', done));
    return one;
  }

  public get configuration(): string {
    const { port } = this.server?.address() as AddressInfo;
    return `auth: {token: {realm: "http://127.0.0.1:${port}/token", service: registry, issuer: tokens, rootcertbundle: ${join(this.folder, 'tokens.pem')}}}\n`;
  }

  /** @see https://distribution.github.io/distribution/spec/auth/jwt/ (3.0) */
  public grant(repository: string, actions: string): string {
    const key = this.signWith;
    if (key === undefined) throw new Error('not started');
    const encode = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const x5c = [this.certificate.replaceAll(/-----[^-]+-----|\s/g, '')];
    const elliptic = key.asymmetricKeyType === 'ec';
    const head = encode({ typ: 'JWT', alg: elliptic ? 'ES256' : 'RS256', x5c });
    const body = encode({
      iss: 'tokens',
      sub: 'reader',
      aud: 'registry',
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: String(now),
      access: [{ type: 'repository', name: repository, actions: actions.split(',') }],
    });
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), {
      key,
      ...(elliptic && { dsaEncoding: 'ieee-p1363' as const }),
    });
    return `${head}.${body}.${signature.toString('base64url')}`;
  }

  public stop(): void {
    this.server?.close();
  }
}
