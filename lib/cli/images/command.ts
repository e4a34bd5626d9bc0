/*
 * `inference-constructs images`: which images manifests name, and what bytes their tags are today.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigurationError, type Problem } from '../../core/configuration-error';
import { imagesOf } from '../../review/images';
import { manifestsAt } from '../manifest-folder';
import { withProgress } from '../terminal';
import { digestOf, readCredentials } from './registry-client';

/** Registries that are asked at a time. */
const AT_A_TIME = 4;

type Digests = Readonly<Record<string, string>>;

interface Options {
  readonly lock: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** Adds the commands. */
export function imagesCommand(): Command {
  return new Command('images').description('pin images by digest').addCommand(updateCommand());
}

function updateCommand(): Command {
  return new Command('update')
    .description('ask the registries for the digests of all images that manifests name')
    .argument('[manifests]', 'file or folder', 'manifests')
    .option('--lock <file>', 'file with the digests', 'images.lock.json')
    .option('--check', 'write nothing; end with 1 where the file is not what the registries say')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ inference-constructs images update && npm run synth    pins what the stacks name
  $ inference-constructs images update --check             says which tags have moved

Logins are read from ~/.docker/config.json. When a registry does not answer, nothing is written.`,
    )
    .action(async (folder: string, { lock, check = false, json = false }: Options) => {
      // Without a tag, there is nothing to ask for: it was pinned by whoever wrote it, or is not pinned at all.
      const images = imagesOf(manifestsAt(folder))
        .map((image) => image.replace(/@.*$/, ''))
        .filter((image) => image.slice(image.lastIndexOf('/')).includes(':'));
      const before = readLock(lock);
      const after = await resolveAll([...new Set(images)]);
      const changes = changesOf(before, after);
      if (!check && changes.length > 0) writeLock(lock, after);
      console.log(
        json
          ? JSON.stringify({ images: after, changes })
          : [...changes.map(textOf), summary(lock, after, changes, check)].join('\n'),
      );
      if (check && changes.length > 0) process.exitCode = 1;
    });
}

interface Change {
  readonly image: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** @throws ConfigurationError with every image whose registry said nothing. */
async function resolveAll(images: readonly string[]): Promise<Digests> {
  const credentials = readCredentials();
  const found = new Map<string, string>();
  const problems: Problem[] = [];
  const waiting = [...images];
  const worker = async (): Promise<void> => {
    for (let image = waiting.shift(); image !== undefined; image = waiting.shift()) {
      try {
        found.set(image, await digestOf(image, credentials));
      } catch (error) {
        problems.push({
          at: image,
          got: (error as Error).message,
          expected: 'the manifest of the image',
          fix: 'see that the image is there and may be pulled; nothing was written',
        });
      }
    }
  };
  await withProgress(
    () => `asked for ${found.size + problems.length} of ${images.length} images`,
    () => Promise.all(Array.from({ length: AT_A_TIME }, worker)),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function changesOf(before: Digests, after: Digests): readonly Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((image) => before[image] !== after[image])
    .map((image) => ({ image, before: before[image] ?? null, after: after[image] ?? null }));
}

function textOf({ image, before, after }: Change): string {
  if (before === null) return `new      ${image} ${after ?? ''}`;
  return after === null ? `unused   ${image}` : `moved    ${image} ${before} → ${after}`;
}

function summary(lock: string, after: Digests, changes: readonly Change[], check: boolean): string {
  const count = `${Object.keys(after).length} images`;
  if (changes.length === 0) return `${lock}: ${count}, all as they were`;
  return check ? `${lock} is not what the registries say` : `wrote ${lock}: ${count}`;
}

function readLock(file: string): Digests {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Digests) : {};
}

/** All or nothing: whoever reads it meanwhile gets the old one. */
function writeLock(file: string, digests: Digests): void {
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, `${JSON.stringify(digests, undefined, 2)}\n`);
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}
