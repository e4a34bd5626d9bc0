/*
 * Asks registries what a tag is.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * @see https://distribution.github.io/distribution/spec/auth/token/ (3.0)
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { baseUrl, isLocal, parseImage, type ImageName } from './reference';

/** Kinds of manifests, of several platforms first: their digest holds for all nodes. */
const ACCEPTED = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Milliseconds that a registry may take to answer. */
const PATIENCE = 30_000;

/** Registry → `user:password` in base64. */
export type Credentials = Readonly<Record<string, string>>;

/** What `docker login` and `podman login` keep in files; helpers of operating systems are not asked. */
export function readCredentials(): Credentials {
  const folder = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const file = join(folder, 'config.json');
  if (!existsSync(file)) return {};
  const { auths = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  };
  return Object.fromEntries(
    Object.entries(auths).flatMap(([registry, { auth }]) =>
      auth === undefined ? [] : [[registry.replace(/^https?:\/\/|\/.*$/g, ''), auth]],
    ),
  );
}

/**
 * The digest of what a tag names now, checked against the bytes that the registry sent.
 * @throws Error when the registry does not answer, refuses, or sends other bytes than it says
 */
export async function digestOf(image: string, credentials: Credentials): Promise<string> {
  const name = parseImage(image);
  const url = `${baseUrl(name.registry)}/v2/${name.repository}/manifests/${name.tag}`;
  const basic = credentials[name.registry];
  let response = await ask(url);
  if (response.status === 401)
    response = await ask(url, await authorization(response, name, basic));
  if (!response.ok)
    throw new Error(`${name.registry} answers ${response.status} ${response.statusText}`.trim());
  const computed = `sha256:${createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex')}`;
  const said = response.headers.get('docker-content-digest');
  if (said !== null && said !== computed)
    throw new Error(
      `${name.registry} says ${said}, and sent ${computed}: nothing of it is to be trusted`,
    );
  return computed;
}

/** What a registry wants to be told before it answers. */
async function authorization(
  response: Response,
  name: ImageName,
  basic: string | undefined,
): Promise<string> {
  const challenge = response.headers.get('www-authenticate') ?? '';
  if (/^basic/i.test(challenge)) {
    if (basic === undefined)
      throw new Error(`${name.registry} wants a login, and ~/.docker/config.json has none`);
    return `Basic ${basic}`;
  }
  const parts = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = parts.get('realm');
  if (realm === undefined) throw new Error(`${name.registry} refuses without saying what it wants`);
  const url = new URL(realm);
  if (basic !== undefined && url.protocol !== 'https:' && !isLocal(url.hostname))
    throw new Error(`${name.registry} wants the login sent to ${realm}, which is not encrypted`);
  const service = parts.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', parts.get('scope') ?? `repository:${name.repository}:pull`);
  const answer = await ask(url.href, basic === undefined ? undefined : `Basic ${basic}`);
  if (!answer.ok)
    throw new Error(`${url.host} gives no token: ${answer.status} ${answer.statusText}`.trim());
  const { token, access_token: accessToken } = (await answer.json()) as Readonly<
    Record<string, string>
  >;
  return `Bearer ${token ?? accessToken ?? ''}`;
}

async function ask(url: string, authorized?: string): Promise<Response> {
  const headers = {
    accept: ACCEPTED,
    ...(authorized !== undefined && { authorization: authorized }),
  };
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    throw new Error(`${new URL(url).host} does not answer: ${cause?.code ?? String(error)}`, {
      cause: error,
    });
  }
}
