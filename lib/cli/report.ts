/*
 * `inference-constructs report`: what a folder of manifests amounts to, as a page to look at.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { svg } from '../review/report/drawing';
import { mermaid } from '../review/report/mermaid';
import { html, json, markdown } from '../review/report/render';
import { reportOf, type Report, type SynthChecks } from '../review/report/report';
import { CHECKS_FILE, manifestsAt } from './manifest-folder';
import { withProgress } from './terminal';

const FORMATS: Readonly<Record<string, (report: Report) => string | Promise<string>>> = {
  html,
  mermaid: ({ topology }) => mermaid(topology),
  svg: ({ topology }) => svg(topology),
  json,
  md: markdown,
};

interface Options {
  readonly format: string;
  readonly json?: boolean;
  readonly output?: string;
}

/** Adds the command. */
export function reportCommand(): Command {
  return new Command('report')
    .description(
      'draw a folder of manifests and list what runs, who talks to whom and what is unsafe',
    )
    .argument('[manifests]', 'file or folder; any, not only what this library made', 'manifests')
    .option(
      '-o, --output <file>',
      'where to write it; - is standard output (default: report.html, other formats: -)',
    )
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(Object.keys(FORMATS))
        .default('html'),
    )
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      `
Examples:
  $ inference-constructs report manifests/eks-spot-resnet
  $ inference-constructs report manifests/eks-spot-resnet --format md >> "$GITHUB_STEP_SUMMARY"
  $ helm template my-release my-chart | inference-constructs report - -o my-chart.html

The page needs no network, and may be kept as an artifact of a build.`,
    )
    .action(async (folder: string, options: Options) => {
      const format = options.json === true ? 'json' : options.format;
      const title = folder === '-' ? 'manifests' : basename(resolve(folder));
      const report = reportOf(title, manifestsAt(folder), checksOf(folder));
      const write = async (): Promise<string> => (await FORMATS[format]?.(report)) ?? '';
      const text = await withProgress(() => `drawing ${title}`, write);
      const output = options.output ?? (format === 'html' ? 'report.html' : '-');
      if (output === '-') {
        process.stdout.write(text);
        return;
      }
      mkdirSync(dirname(resolve(output)), { recursive: true });
      writeFileSync(output, text);
      const serious = report.findings.filter(({ severity }) => severity !== 'low').length;
      console.log(`wrote ${output}: ${report.objects} objects, ${serious} serious findings`);
    });
}

/** What the synthesis of these manifests concluded: of the folder of a stack, or of one that holds several. */
function checksOf(folder: string): SynthChecks | undefined {
  if (folder === '-') return undefined;
  const path = resolve(folder);
  const several = readChecks(join(path, CHECKS_FILE));
  if (several === undefined) return readChecks(join(path, '..', CHECKS_FILE))?.[basename(path)];
  const all = Object.values(several);
  return {
    warnings: all.flatMap(({ warnings }) => warnings),
    podsPerNode: Object.assign(
      {},
      ...all.map(({ podsPerNode }) => podsPerNode),
    ) as SynthChecks['podsPerNode'],
  };
}

function readChecks(file: string): Readonly<Record<string, SynthChecks>> | undefined {
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, SynthChecks>>)
    : undefined;
}
