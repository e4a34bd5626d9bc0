/*
 * Secrets for the cluster, as manifests to be sealed: what is printed here holds keys.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checks } from '../../core/checks';
import { requireName, requireSubdomain } from '../../core/names';
import type { AuthorityFolder } from './authority-folder';

/** Type of Secret that F5's controller wants for authorities. */
const F5_AUTHORITY = 'nginx.org/ca';

/** Options of a Secret. */
export interface SecretOptions {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Server whose certificate and key it holds; the authority and its list where undefined. */
  readonly server: string | undefined;
  /** Whether F5's controller is to read it. */
  readonly f5: boolean;
}

/** A Secret as Kubernetes takes it; JSON is YAML. */
export interface SecretManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Renders a Secret.
 * @throws ConfigurationError when a name is invalid, or there is no such certificate or no list
 */
export function secretOf(folder: AuthorityFolder, options: SecretOptions): SecretManifest {
  const { name, namespace, server, f5 } = options;
  const checks = new Checks('pki secret');
  requireSubdomain(checks, 'name', name, 'choose such a name for the Secret');
  if (namespace !== undefined) requireName(checks, 'namespace', namespace);
  checks.finish();
  const texts = server === undefined ? authorityTexts(folder) : serverTexts(folder, server);
  const authorityType = f5 ? F5_AUTHORITY : 'Opaque';
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    type: server === undefined ? authorityType : 'kubernetes.io/tls',
    data: Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  };
}

/** YAML of a Secret, in the order in which people read it. */
export function secretYaml({ metadata, type, data }: SecretManifest): string {
  const lines = [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    ...Object.entries(metadata).map(([key, value]) => `  ${key}: ${value}`),
    `type: ${type}`,
    'data:',
    ...Object.entries(data).map(([key, value]) => `  ${key}: ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

function authorityTexts(folder: AuthorityFolder): Record<string, string> {
  const list = folder.list();
  const checks = new Checks('pki secret');
  checks.require(list !== undefined, 'list', () => ({
    got: 'no list of revoked certificates',
    expected: 'a list, even if it is empty',
    fix: 'run pki crl first; proxies that want a list refuse everyone without one',
  }));
  checks.finish();
  return { 'ca.crt': folder.certificate, 'ca.crl': list ?? '' };
}

function serverTexts(folder: AuthorityFolder, server: string): Record<string, string> {
  const newest = folder
    .valid(server)
    .filter(({ kind }) => kind === 'server')
    .pop();
  const checks = new Checks('pki secret');
  checks.require(newest !== undefined, 'server', () => ({
    got: `"${server}"`,
    expected: 'a server with a certificate that counts',
    fix: `run pki server ${server}`,
  }));
  checks.finish();
  const read = (file: string): string => readFileSync(join(newest?.folder ?? '', file), 'utf8');
  return { 'tls.crt': read('tls.crt'), 'tls.key': read('tls.key') };
}
