import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this package, from a folder in it: of the sources or of what was compiled. */
export function packageFolder(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageFolder(dirname(from));
}
