import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plot } from '../../../.tools/plot';
import { LAB_HOME } from './lab-home';

const ROOT = resolve(__dirname, '..', '..', '..');

/** Keeps series beside the lab, as numbers and as a picture. */
export function savePlot(name: string, plot: Plot): void {
  const folder = join(LAB_HOME, 'plots');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(plot));
  execFileSync(join(ROOT, 'node_modules', '.bin', 'tsx'), [
    join(ROOT, '.tools', 'plot.ts'),
    file,
    join(folder, `${name}.svg`),
  ]);
}
