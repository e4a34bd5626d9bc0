/*
 * `inference-constructs diff`: what a change of manifests does to a cluster that has the old ones.
 */
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { compare, type ObjectChange } from '../review/changes/compare';
import { Impact, rankOf, worstOf } from '../review/changes/impact';
import {
  changesAsJson,
  changesAsMarkdown,
  changesAsText,
  type Paint,
} from '../review/changes/render';
import { manifestsAt } from './manifest-folder';
import { hasColours } from './terminal';

const FORMATS = {
  text: (changes: readonly ObjectChange[]): string =>
    changesAsText(changes, hasColours(process.stdout) ? inColour : undefined),
  markdown: changesAsMarkdown,
  json: changesAsJson,
};

interface Options {
  readonly format: keyof typeof FORMATS;
  readonly json?: boolean;
  readonly failOn: string;
}

/** Adds the command. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('say what a change of manifests does: what is refused, restarted, moved')
    .argument('<old>', 'file or folder with what the cluster has; - reads it from standard input')
    .argument('<new>', 'file or folder with what it shall have')
    .addOption(
      new Option('--format <format>', 'how to say it')
        .choices(Object.keys(FORMATS))
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .addOption(
      new Option('--fail-on <impact>', 'least bad impact that ends it with 1')
        .choices(Object.values(Impact).map(optionOf))
        .default(optionOf(Impact.REFUSED)),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ inference-constructs diff main/manifests manifests
  $ git worktree add ../main main && inference-constructs diff ../main/manifests manifests --format markdown
  $ kubectl get deploy,svc,ing -n serving -o yaml | inference-constructs diff - manifests --fail-on stopped

Impacts, the worst first: ${Object.values(Impact).join(', ')}.
Exit codes: 0 nothing as bad as --fail-on; 1 something is; 2 used wrongly.`,
    )
    .action((before: string, after: string, options: Options) => {
      const changes = compare(manifestsAt(before), manifestsAt(after));
      process.stdout.write(FORMATS[options.json === true ? 'json' : options.format](changes));
      const worst = worstOf(changes.map(({ impact }) => impact));
      const limit = Object.values(Impact).find((impact) => optionOf(impact) === options.failOn);
      if (changes.length > 0 && rankOf(worst) <= rankOf(limit ?? Impact.REFUSED))
        process.exitCode = 1;
    });
}

/** An impact as one word. */
function optionOf(impact: Impact): string {
  return impact.replace(' ', '-');
}

const inColour: Paint = (impact, text) => {
  if (impact === Impact.NONE) return styleText('dim', text);
  return styleText(impact === Impact.RESTARTED ? 'yellow' : 'red', text);
};
