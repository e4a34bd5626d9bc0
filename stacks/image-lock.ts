import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImageLock } from 'inference-constructs';

/** What `inference-constructs images update` writes. */
const FILE = join(__dirname, '..', 'images.lock.json');

/** Pins the images of the stacks by digest, where it is known; without the file, they are named by their tags. */
export function imageLock(): ImageLock {
  const digests = existsSync(FILE)
    ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>)
    : {};
  return ImageLock.of(digests);
}
