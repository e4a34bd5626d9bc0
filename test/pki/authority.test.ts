import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority, RevocationList } from 'inference-constructs';
import { KeyAlgorithm } from 'inference-constructs/pki';
import {
  PASSPHRASE,
  directory,
  folder,
  openssl,
  pki,
  pkiJson,
  verify,
  type Made,
} from '../support/pki';

describe.each(Object.values(KeyAlgorithm))('an authority with a key of %s', (algorithm) => {
  test('issues, revokes and lists what openssl verifies', async () => {
    await pki('init', '--name', 'Acme clients', '--algorithm', algorithm);
    const kept = await pkiJson<Made>('client', 'camera-1', '--algorithm', algorithm);
    const lost = await pkiJson<Made>('client', 'camera-2');
    const server = await pkiJson<Made>(
      'server',
      '*.inference.example.com',
      'inference.example.com',
    );
    await pki('revoke', 'camera-2', '--reason', 'keyCompromise');
    const { file, number } = await pkiJson<{ file: string; number: number }>('crl');

    expect(number).toBe(1);
    expect(verify(file, join(kept.folder, 'tls.crt'))).toContain(': OK');
    expect(verify(file, join(server.folder, 'tls.crt'))).toContain(': OK');
    expect(verify(file, join(lost.folder, 'tls.crt'))).toContain('certificate revoked');
    expect(openssl('crl', '-in', file, '-noout', '-text')).toContain('Key Compromise');
    const text = openssl('x509', '-in', join(server.folder, 'tls.crt'), '-noout', '-text');
    expect(text).toContain('DNS:*.inference.example.com, DNS:inference.example.com');
    expect(text).toContain('TLS Web Server Authentication');
    const purpose = ['-purpose', 'sslclient', '-CAfile', join(directory(), 'ca.crt')];
    expect(openssl('verify', ...purpose, join(kept.folder, 'tls.crt'))).toContain(': OK');
    expect(() => openssl('verify', ...purpose, join(server.folder, 'tls.crt'))).toThrow();
  });
});

test('keys are encrypted or readable by their owner only, and nothing else is open either', async () => {
  await pki('init', '--name', 'Acme clients');
  await pki('client', 'camera-1');
  await pki('crl');

  const files = readdirSync(directory(), { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory(), name))
    .filter((file) => statSync(file).isFile());
  expect(files.length).toBeGreaterThan(5);
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual(files.map(() => 0o600));
  expect(readFileSync(join(directory(), 'ca.key'), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
});

test('an authority issues nothing below a wrong passphrase', async () => {
  await pki('init', '--name', 'Acme clients');
  process.env['INFERENCE_PKI_PASSPHRASE'] = 'another passphrase';

  await expect(pki('client', 'camera-1')).rejects.toThrow(
    'pki.key: got a key that the passphrase does not open',
  );
  expect(readdirSync(join(directory(), 'issued'))).toEqual([]);
});

test('nothing is ever overwritten', async () => {
  await pki('init', '--name', 'Acme clients');
  const before = readFileSync(join(directory(), 'ca.crt'), 'utf8');
  await pki('client', 'camera-1');

  await expect(pki('init', '--name', 'Other')).rejects.toThrow('which exists');
  await expect(pki('client', 'camera-1')).rejects.toThrow('which has a certificate');
  expect(readFileSync(join(directory(), 'ca.crt'), 'utf8')).toBe(before);

  await pki('revoke', 'camera-1');
  await expect(pki('revoke', 'camera-1')).rejects.toThrow('certificate that counts');
  const { folder: second } = await pkiJson<Made>('client', 'camera-1');
  expect(second.endsWith('camera-1.2')).toBe(true);
});

test('names mean themselves, whatever is in them', async () => {
  await pki('init', '--name', 'Acme, clients');
  const { folder: place } = await pkiJson<Made>('client', '../x,CN=y/é');

  const subject = openssl(
    'x509',
    '-in',
    join(place, 'tls.crt'),
    '-noout',
    '-subject',
    '-nameopt',
    'RFC2253',
  );
  expect(subject.trim()).toBe('subject=CN=../x\\,CN=y/\\C3\\A9');
  expect(place.startsWith(join(directory(), 'issued'))).toBe(true);
});

test.each([
  [['init', '--name', '']],
  [['init', '--name', 'x', '--days', '0']],
  [['server', 'Not A Host', 'a..b']],
  [['client', 'x'.repeat(65)]],
  [['client', 'x', '--uri', 'not a uri']],
  [['client', 'x', '--days', '4000']],
  [['crl', '--days', '366']],
  [['revoke', 'nobody']],
  [['secret', 'Bad_Name']],
])('refuses %j', async (args) => {
  if (args[0] !== 'init') await pki('init', '--name', 'Acme clients', '--days', '100');

  await expect(pki(...args)).rejects.toThrowErrorMatchingSnapshot();
});

test('a passphrase of less than 12 characters is refused', async () => {
  process.env['INFERENCE_PKI_PASSPHRASE'] = 'short';

  await expect(pki('init', '--name', 'x')).rejects.toThrow('got 5 characters');
  expect(existsSync(directory())).toBe(false);
});

test('a Secret holds what gateways read, and the constructs agree that it fits', async () => {
  await pki('init', '--name', 'Acme clients');
  await expect(pki('secret', 'acme-clients')).rejects.toThrow('no list of revoked certificates');
  await pki('server', 'resnet.example.com');
  await pki('crl');
  const { data, type } = await pkiJson<{ data: Record<string, string>; type: string }>(
    'secret',
    'acme-clients',
  );
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();

  expect(type).toBe('Opaque');
  const authority = CertificateAuthority.fromPem(text('ca.crt'));
  const list = RevocationList.fromPem(text('ca.crl'), { asOf: new Date() });
  expect(list.missingFor(authority)).toEqual([]);
  expect(list.foreignTo(authority)).toBe(0);
  const yaml = await pki(
    'secret',
    'resnet-tls',
    '--server',
    'resnet.example.com',
    '--namespace',
    'a',
  );
  expect(yaml).toMatch(
    /^apiVersion: v1\nkind: Secret\nmetadata:\n {2}name: resnet-tls\n {2}namespace: a\ntype: kubernetes.io\/tls\ndata:\n {2}tls.crt: /,
  );
});

test('an authority that openssl made is taken over with its register', async () => {
  writeFileSync(
    join(folder, 'ca.conf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=certindex\nserial=certserial\ncrlnumber=crlnumber\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\ndefault_days=30\ndefault_crl_days=30\n[p]\ncommonName=supplied\n',
  );
  writeFileSync(join(folder, 'certindex'), '');
  writeFileSync(join(folder, 'certserial'), '01\n');
  writeFileSync(join(folder, 'crlnumber'), '05\n');
  openssl('genrsa', '-aes256', '-passout', `pass:${PASSPHRASE}`, '-out', 'ca.key', '2048');
  const key = ['-passin', `pass:${PASSPHRASE}`];
  openssl(
    'req',
    '-new',
    '-x509',
    '-days',
    '100',
    '-key',
    'ca.key',
    ...key,
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Source',
  );
  for (const name of ['one', 'two']) {
    openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.req`,
      '-subj',
      `/CN=${name}`,
    );
    openssl(
      'ca',
      '-batch',
      '-config',
      'ca.conf',
      '-keyfile',
      'ca.key',
      '-cert',
      'ca.pem',
      ...key,
      '-in',
      `${name}.req`,
      '-out',
      `${name}.pem`,
    );
  }
  openssl(
    'ca',
    '-config',
    'ca.conf',
    '-keyfile',
    'ca.key',
    '-cert',
    'ca.pem',
    ...key,
    '-revoke',
    'one.pem',
    '-crl_reason',
    'superseded',
  );
  const file = (name: string): string => join(folder, name);

  await pki(
    'import',
    '--certificate',
    file('ca.pem'),
    '--key',
    file('ca.key'),
    '--index',
    file('certindex'),
    '--crl-number',
    file('crlnumber'),
  );
  await pki('revoke', 'two');
  const { file: list, number } = await pkiJson<{ file: string; number: number }>('crl');

  expect(number).toBe(5);
  expect(verify(list, file('one.pem'))).toContain('certificate revoked');
  expect(verify(list, file('two.pem'))).toContain('certificate revoked');
  expect(openssl('crl', '-in', list, '-noout', '-text')).toContain('Superseded');
  const { folder: fresh } = await pkiJson<Made>('client', 'three', '--days', '30');
  expect(verify(list, join(fresh, 'tls.crt'))).toContain(': OK');
});

test('the passphrase may come from a file', async () => {
  const file = join(folder, 'passphrase');
  writeFileSync(file, `${PASSPHRASE}\n`);
  delete process.env['INFERENCE_PKI_PASSPHRASE'];

  await expect(pki('init', '--name', 'Acme clients')).rejects.toThrow('pki.passphrase: got none');
  await pki('init', '--name', 'Acme clients', '--passphrase-file', file);
  await pki('client', 'camera-1', '--passphrase-file', file);
  expect(readdirSync(join(directory(), 'issued'))).toEqual(['camera-1.1']);
});
