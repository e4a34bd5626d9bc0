import { readFileSync } from 'node:fs';
import { Checks } from '../../core/checks';
import { requirePassphrase } from '../../pki/issuing/keys';

/** Environment variable with the passphrase. */
export const PASSPHRASE_VARIABLE = 'INFERENCE_PKI_PASSPHRASE';

/**
 * The passphrase of the authority's key: from a file, the environment, or whoever sits at the terminal.
 * @param isNew whether it is being chosen, so that it is asked for twice
 * @throws ConfigurationError when there is none, or a new one is too short
 */
export async function passphraseOf(file: string | undefined, isNew: boolean): Promise<string> {
  const given =
    file === undefined
      ? process.env[PASSPHRASE_VARIABLE]
      : readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  const passphrase = given ?? (await ask(isNew));
  const checks = new Checks('pki');
  checks.require(passphrase !== undefined, 'passphrase', () => ({
    got: 'none',
    expected: 'the passphrase of the key of the authority',
    fix: `give --passphrase-file, set ${PASSPHRASE_VARIABLE}, or run it at a terminal`,
  }));
  checks.finish();
  if (isNew) requirePassphrase(passphrase ?? '');
  return passphrase ?? '';
}

async function ask(isNew: boolean): Promise<string | undefined> {
  if (!process.stdin.isTTY || process.env['CI'] === 'true') return undefined;
  const { isCancel, password } = await import('@clack/prompts');
  const first = await password({ message: 'Passphrase of the authority' });
  if (isCancel(first)) return undefined;
  if (!isNew) return first;
  const second = await password({ message: 'The same again' });
  const checks = new Checks('pki');
  checks.require(first === second, 'passphrase', () => ({
    got: 'two different ones',
    expected: 'the same twice',
    fix: 'run it again',
  }));
  checks.finish();
  return first;
}
