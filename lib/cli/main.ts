#!/usr/bin/env node
/*
 * The command line. Exit codes: 0 done; 1 refused, with nothing changed and every reason said, or, of `diff`, found
 * what it was to look for; 2 used wrongly.
 */
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../core/configuration-error';
import { diffCommand } from './diff';
import { imagesCommand } from './images/command';
import { initCommand } from './init/command';
import { pkiCommand } from './pki/commands';
import { readPackage } from './package-folder';
import { reportCommand } from './report';

const REFUSED = 1;
const WRONG_USE = 2;

const HELP = `
Examples:
  $ inference-constructs init vision           a repository with a first model server
  $ inference-constructs report manifests      a page with a drawing of what that is
  $ inference-constructs diff old new          what a change does to the cluster
  $ eval "$(inference-constructs completion bash)"

Exit codes: 0 done; 1 refused, or found what it was to look for; 2 used wrongly.
NO_COLOR=1 takes colours away.`;

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('inference-constructs')
    .description('new repositories, what manifests mean, and certificates for private authorities')
    .version(readPackage().version, '-V, --version')
    .addHelpText('after', HELP);
  for (const command of [
    initCommand(),
    reportCommand(),
    diffCommand(),
    imagesCommand(),
    pkiCommand(),
  ])
    program.addCommand(command);
  const { default: completion } = await import('@bomb.sh/tab/commander');
  completion(program, { completionCommandName: 'completion' });
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
