/*
 * The cdk8s app. `npm run synth` writes the manifests of all stacks to `manifests/`; `cdk8s synth` writes the
 * same to the folder that the CLI names.
 *
 *   npm run synth                 writes manifests/ and prints what it wrote
 *   INFERENCE_INGRESS=envoy-gateway npm run synth    writes eks-spot-resnet for Envoy Gateway; see settings.ts
 *   npm run synth -- --explain    says how pods fit their nodes, and what to do about each warning, too
 */
import { relative, join, resolve } from 'node:path';
import { App } from 'cdk8s';
import { ConfigurationError, type Problem } from 'inference-constructs';
import { imageLock } from './image-lock';
import { readSettings, variableOf } from './settings';
import { stacks } from './stacks';
import { checksOf, writeChecks, type StackChecks } from './synth/checks';
import { replaceFolder } from './synth/replace-folder';
import { explain, summarise, table, type StackSummary } from './synth/summary';

function main(args: readonly string[]): number {
  const started = performance.now();
  const folder = resolve(process.env['CDK8S_OUTDIR'] ?? join(__dirname, '..', 'manifests'));
  const done: { readonly summary: StackSummary; readonly checks: StackChecks }[] = [];
  try {
    const settings = readSettings((key) => process.env[variableOf(key)]);
    const images = imageLock();
    replaceFolder(folder, (empty) => {
      const problems: Problem[] = [];
      for (const [stack, build] of Object.entries(stacks)) {
        problems.push(
          ...problemsOf(() => {
            const app = new App({ outdir: join(empty, stack), resolvers: [images] });
            build(app, settings);
            app.synth();
            done.push({ summary: summarise(stack, app), checks: checksOf(app) });
          }),
        );
      }
      if (problems.length > 0) throw new ConfigurationError(problems);
      writeChecks(
        empty,
        Object.fromEntries(done.map(({ summary, checks }) => [summary.stack, checks])),
      );
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { length } = error.problems;
    console.error(
      `ConfigurationError: ${length} ${length === 1 ? 'problem' : 'problems'}\n${error.message}`,
    );
    return 1;
  }
  const count = done.reduce((sum, { checks }) => sum + checks.warnings.length, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const explained = args.includes('--explain');
  const hint = explained ? '' : ' (npm run synth -- --explain)';
  console.log(table(done.map(({ summary }) => summary)));
  console.log(
    `  wrote ${relative('', folder)}/ in ${seconds} s · 0 errors · ${count} ${count === 1 ? 'warning' : 'warnings'}${hint}`,
  );
  if (explained)
    for (const { summary, checks } of done) console.log(explain(summary, checks.warnings));
  return 0;
}

/** Problems of one stack, so that those of the others are told as well. */
function problemsOf(build: () => void): readonly Problem[] {
  try {
    build();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

process.exitCode = main(process.argv.slice(2));
