/*
 * `inference-constructs init`: a repository that synthesises and tests at once.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { makeRepository, stackNames } from './repository';

interface Options {
  readonly stack?: string;
  readonly json?: boolean;
}

/** Adds the command. */
export function initCommand(): Command {
  return new Command('init')
    .description('make a new repository: one model server, or a copy of a stack to be changed')
    .argument('[folder]', 'where; not there yet, or empty', '.')
    .option('--stack <name>', `begin with a stack: ${stackNames().join(', ')}`)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ inference-constructs init vision && cd vision && npm install && npm run synth && npm test
  $ inference-constructs init vision --stack eks-spot-resnet`,
    )
    .action((folder: string, { stack, json }: Options) => {
      const path = resolve(folder);
      const files = makeRepository(path, stack);
      console.log(
        json === true
          ? JSON.stringify({ folder: path, files })
          : `made ${path}\nnext: ${folder === '.' ? '' : `cd ${folder} && `}npm install && npm run synth && npm test`,
      );
    });
}
