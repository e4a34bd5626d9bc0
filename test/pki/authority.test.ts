import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { CertificateAuthority, RevocationList } from 'inference-constructs';
import { KeyAlgorithm } from 'inference-constructs/pki';
import { pkiCommand } from '../../lib/cli/pki/commands';

const PASSPHRASE = 'correct horse battery staple';
const ROOT = resolve(__dirname, '..', '..');

let folder = '';
let printed: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pki-'));
  process.env['INFERENCE_PKI_PASSPHRASE'] = PASSPHRASE;
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => printed.push(line));
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env['INFERENCE_PKI_PASSPHRASE'];
  rmSync(folder, { recursive: true, force: true });
});

const directory = (): string => join(folder, 'pki');

async function pki(...args: readonly string[]): Promise<string> {
  printed = [];
  await pkiCommand().parseAsync([...args, '--dir', directory()], { from: 'user' });
  return printed.join('\n');
}

async function pkiJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await pki(...args, '--json')) as T;
}

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', cwd: folder, stdio: 'pipe' });
}

/** What `openssl verify` says, with the list. */
function verify(list: string, certificate: string): string {
  try {
    const authority = join(directory(), 'ca.crt');
    return openssl('verify', '-crl_check', '-CAfile', authority, '-CRLfile', list, certificate);
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

interface Made {
  readonly folder: string;
  readonly serialNumber: string;
}

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

test('or from whoever sits at the terminal, who is asked twice and not shown what is typed', async () => {
  const run = `node --import tsx lib/cli/main.ts pki init --name Acme --dir ${directory()}`;
  const env = { ...process.env };
  // With either of them, nobody would be asked.
  delete env['CI'];
  delete env['INFERENCE_PKI_PASSPHRASE'];
  const child = spawn('script', ['-qec', `stty cols 100 rows 40; ${run}`, '/dev/null'], {
    cwd: ROOT,
    env,
  });
  let seen = '';
  child.stdout.on('data', (data: Buffer) => (seen += data.toString()));
  const shown = async (text: string): Promise<void> => {
    for (let round = 0; round < 200 && !seen.includes(text); round += 1)
      await new Promise((done) => setTimeout(done, 50));
  };
  const end = new Promise((done) => child.once('exit', done));
  await shown('Passphrase of the authority');
  child.stdin.write(`${PASSPHRASE}\r`);
  await shown('The same again');
  child.stdin.write(`${PASSPHRASE}\r`);
  await end;

  expect(seen).toContain('made the authority "Acme"');
  expect(seen).not.toContain(PASSPHRASE);
  await pki('client', 'camera-1');
}, 60_000);

describe('in processes of their own', () => {
  const start = (...args: readonly string[]): ReturnType<typeof spawn> =>
    spawn(
      process.execPath,
      ['--import', 'tsx', 'lib/cli/main.ts', 'pki', ...args, '--dir', directory()],
      {
        cwd: ROOT,
        stdio: 'pipe',
        env: { ...process.env },
      },
    );
  const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
    new Promise((done) => child.once('exit', (code) => done(code)));

  test('two at once do not get into each other', async () => {
    await pki('init', '--name', 'Acme clients');
    const codes = await Promise.all([
      ended(start('client', 'same')),
      ended(start('client', 'same')),
      ended(start('client', 'other')),
      ended(start('crl')),
    ]);

    // Of the two of one name, at least one got its certificate; a loser was told.
    expect(codes.slice(2)).toEqual([0, 0]);
    expect(codes.slice(0, 2).filter((code) => code === 0).length).toBe(1);
    const issued = await pkiJson<{ name: string }[]>('list');
    expect(issued.map(({ name }) => name).sort()).toEqual(['other', 'same']);
  }, 60_000);

  test('an interrupted command has done all or nothing', async () => {
    await pki('init', '--name', 'Acme clients');
    for (let index = 0; index < 6; index += 1) {
      const child = start('client', `camera-${index}`);
      const end = ended(child);
      // From before the program is loaded until after it is done.
      await new Promise((done) => setTimeout(done, 150 + index * 120));
      child.kill('SIGKILL');
      await end;
    }
    const issued = await pkiJson<(Made & { name: string })[]>('list');

    for (const { name } of issued) {
      const place = join(directory(), 'issued', `${name}.1`);
      expect(readdirSync(place).sort()).toEqual(['entry.json', 'tls.crt', 'tls.key']);
    }
    await pki('client', 'afterwards');
    const { file } = await pkiJson<{ file: string }>('crl');
    expect(verify(file, join(directory(), 'issued', 'afterwards.1', 'tls.crt'))).toContain(': OK');
  }, 60_000);

  test.each([
    [0, ['list', '--json']],
    [1, ['revoke', 'nobody']],
    [2, ['unknown']],
    [2, ['client']],
  ])(
    'the exit code is %d for %j',
    async (code, args) => {
      await pki('init', '--name', 'Acme clients');

      expect(await ended(start(...args))).toBe(code);
    },
    60_000,
  );
});
