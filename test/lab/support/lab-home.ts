import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder of what `npm run lab:install` made. */
export const LAB_HOME = resolve(
  process.env['LAB_HOME'] ?? join(__dirname, '..', '..', '..', '.lab'),
);

/** Path of a program of the lab. */
export function program(name: string): string {
  return join(LAB_HOME, 'bin', name);
}

/** Whether the step of that name is installed. */
export function installed(...steps: readonly string[]): boolean {
  const stamps = join(LAB_HOME, 'stamps');
  const done = existsSync(stamps) ? readdirSync(stamps) : [];
  const missing = steps.filter((step) => !done.includes(step));
  if (missing.length === 0) return true;
  const message = `lab: ${missing.join(', ')} not installed; run npm run lab:install`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`${message}; these tests are skipped`);
  return false;
}
