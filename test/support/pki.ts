/*
 * `inference-constructs pki` in a folder of the test's own.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pkiCommand } from '../../lib/cli/pki/commands';

export const PASSPHRASE = 'correct horse battery staple';
/** Folder of the test. */
export let folder = '';
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

/** Folder of the authority. */
export const directory = (): string => join(folder, 'pki');

/** Runs a command and returns what it prints. */
export async function pki(...args: readonly string[]): Promise<string> {
  printed = [];
  await pkiCommand().parseAsync([...args, '--dir', directory()], { from: 'user' });
  return printed.join('\n');
}

/** Runs a command and returns the JSON that it prints. */
export async function pkiJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await pki(...args, '--json')) as T;
}

/** Runs openssl in the folder of the test. */
export function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', cwd: folder, stdio: 'pipe' });
}

/** What `openssl verify` says, with the list. */
export function verify(list: string, certificate: string): string {
  try {
    const authority = join(directory(), 'ca.crt');
    return openssl('verify', '-crl_check', '-CAfile', authority, '-CRLfile', list, certificate);
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

/** What issuing prints. */
export interface Made {
  readonly folder: string;
  readonly serialNumber: string;
}
