import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PASSPHRASE, directory, pki, pkiJson, verify, type Made } from '../support/pki';

const ROOT = resolve(__dirname, '..', '..');

test('the passphrase may come from whoever sits at the terminal, who is asked twice and not shown what is typed', async () => {
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
