/*
 * Writes what programs of others can see of every entry, as types, so that a change of it is seen in review.
 *
 *   npm run api             writes docs/api/*.api.md
 *   npm run api -- --check  fails where they are not what the sources say
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig, type ExtractorLogLevel } from '@microsoft/api-extractor';

const ROOT = resolve(__dirname, '..');

/** The entries of the package; name of the report → file. */
export const ENTRIES = { index: 'index.d.ts', cloud: 'cloud.d.ts', pki: 'pki.d.ts' } as const;

const QUIET = { default: { logLevel: 'none' as ExtractorLogLevel } };

/** Whether the committed report of an entry was what its declarations say; writes it unless only checking. */
export function report(entry: keyof typeof ENTRIES, declarations: string, check: boolean): boolean {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(ROOT, 'api-extractor.json'),
    packageJsonFullPath: join(ROOT, 'package.json'),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: join(declarations, ENTRIES[entry]),
      compiler: { overrideTsconfig: { compilerOptions: COMPILER } },
      apiReport: {
        enabled: true,
        reportFileName: entry,
        reportFolder: join(ROOT, 'docs', 'api'),
        reportTempFolder: join(ROOT, 'dist', 'api'),
        // Doc comments are in the sources; what is compared is the shape.
        tagsToReport: { '@deprecated': true },
        includeForgottenExports: false,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: QUIET,
        extractorMessageReporting: QUIET,
        tsdocMessageReporting: QUIET,
      },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  return !apiReportChanged;
}

const COMPILER = {
  target: 'es2022',
  lib: ['es2023'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  skipLibCheck: true,
};

if (require.main === module) {
  const check = process.argv.includes('--check');
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  const entries = Object.keys(ENTRIES) as (keyof typeof ENTRIES)[];
  const changed = entries.filter((entry) => !report(entry, join(ROOT, 'dist', 'lib'), check));
  for (const entry of changed)
    console.log(
      `docs/api/${entry}.api.md ${check ? 'is not what the sources say: npm run api' : 'written'}`,
    );
  if (check && changed.length > 0) process.exitCode = 1;
}
