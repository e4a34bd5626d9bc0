/*
 * What programs of others compile against: the declarations as they are published, without what is internal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const ROOT = resolve(__dirname, '..', '..');

test('the published declarations are complete, for programs that check those of libraries, too', () => {
  // Inside the repository, so that packages are found.
  const folder = mkdtempSync(join(ROOT, 'test', 'package', '.declarations-'));
  try {
    const { config } = ts.readConfigFile(join(ROOT, 'lib', 'tsconfig.json'), (path) =>
      ts.sys.readFile(path),
    ) as { config: object };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'lib'));
    const declarations = { ...options, outDir: folder, emitDeclarationOnly: true };
    ts.createProgram(fileNames, declarations).emit();

    const entries = ['index', 'cloud', 'pki'].map((entry) => join(folder, 'lib', `${entry}.d.ts`));
    const program = ts.createProgram(entries, { ...options, noEmit: true, skipLibCheck: false });
    const ours = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder));
    const problems = ours.flatMap((file) =>
      [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
        ({ messageText }) =>
          `${file.fileName.slice(folder.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      ),
    );

    expect(ours.length).toBeGreaterThan(50);
    expect(problems).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
