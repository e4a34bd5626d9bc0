/*
 * One update of a ready stack, in a process of its own: reads where and with what configuration from standard input,
 * writes what was done as the last line of standard output.
 */
import { readFileSync } from 'node:fs';
import { program } from '../../../stacks/pulumi/program';
import { stackOf, type EngineSettings } from './pulumi-engine';

async function main(): Promise<void> {
  const { settings, config } = JSON.parse(readFileSync(0, 'utf8')) as {
    settings: EngineSettings;
    config: Record<string, string>;
  };
  const stack = await stackOf(settings, 'lab', () => Promise.resolve({ ...program() }));
  await stack.configure(config);
  const { error, ...result } = await stack.up();
  process.stdout.write(
    `\n${JSON.stringify({ ...result, steps: [], ...(error && { error: error.message }) })}\n`,
    () => process.exit(0),
  );
}

void main();
