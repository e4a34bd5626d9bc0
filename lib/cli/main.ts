#!/usr/bin/env node
/*
 * The command line. Exit codes: 0 done; 1 refused, with nothing changed and every reason said, or, of `diff`, found
 * what it was to look for; 2 used wrongly.
 */
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../core/configuration-error';
import { diffCommand } from './diff';
import { initCommand } from './init/command';
import { pkiCommand } from './pki/commands';
import { reportCommand } from './report';

const REFUSED = 1;
const WRONG_USE = 2;

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('inference-constructs').description(
    'what manifests mean, and certificates for private authorities',
  );
  for (const command of [initCommand(), reportCommand(), diffCommand(), pkiCommand()])
    program.addCommand(command);
  throwing(program);
  try {
    await program.parseAsync([...args]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Its message has been printed already.
      process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
      return;
    }
    if (!(error instanceof ConfigurationError || isFileError(error))) throw error;
    console.error(error.message);
    process.exitCode = REFUSED;
  }
}

/** Makes a command and those below it throw where they would end the process. */
function throwing(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwing(inner);
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

void main(process.argv);
