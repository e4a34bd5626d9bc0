#!/usr/bin/env node
/*
 * The command line. Exit codes: 0 done; 1 refused, with nothing changed and every reason said; 2 used wrongly.
 */
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../core/configuration-error';
import { pkiCommand } from './pki/commands';

const REFUSED = 1;
const WRONG_USE = 2;

async function main(args: readonly string[]): Promise<number> {
  const program = new Command('inference-constructs')
    .description('certificates for private authorities')
    .exitOverride();
  const pki = pkiCommand();
  for (const command of [pki, ...pki.commands]) command.exitOverride();
  program.addCommand(pki);
  try {
    await program.parseAsync([...args]);
    return 0;
  } catch (error) {
    // Its message has been printed already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
    if (error instanceof ConfigurationError || isFileError(error)) {
      console.error(error.message);
      return REFUSED;
    }
    throw error;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

void main(process.argv).then((code) => {
  process.exitCode = code;
});
