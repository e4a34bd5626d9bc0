import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What is read of `package.json`. */
export interface Package {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The folder of this package: of the sources, or of what was compiled. */
export function packageFolder(from = __dirname): string {
  return existsSync(join(from, 'package.json')) ? from : packageFolder(dirname(from));
}

/** The `package.json` of this package. */
export function readPackage(): Package {
  return JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as Package;
}
