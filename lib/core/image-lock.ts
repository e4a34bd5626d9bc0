import type { IResolver, ResolutionContext } from 'cdk8s';
import { Checks } from './checks';
import { ConfigurationError } from './configuration-error';
import { isPinnedImage } from './image-reference';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Options of a lock. */
export interface ImageLockOptions {
  /**
   * Whether an image of a container that is not in the lock is an error.
   * @default false
   */
  readonly complete?: boolean;
}

/**
 * Pins images by digest wherever they are named in an app: `repository:tag` becomes `repository:tag@sha256:…`, so that
 * nodes run the same bytes even if somebody moves the tag. A resolver of cdk8s; `inference-constructs images update`
 * writes the digests.
 *
 * @see https://github.com/opencontainers/distribution-spec (1.1)
 * @example
 * import { App } from 'cdk8s';
 * import { ImageLock } from 'inference-constructs';
 *
 * export function pinned(digests: Record<string, string>): App {
 *   return new App({ resolvers: [ImageLock.of(digests)] });
 * }
 */
export class ImageLock implements IResolver {
  /**
   * A lock of these digests.
   * @param digests image with its tag → digest, such as `sha256:…`
   * @throws ConfigurationError when a key is no image with a fixed tag, or a value no SHA-256 digest
   */
  public static of(
    digests: Readonly<Record<string, string>>,
    { complete = false }: ImageLockOptions = {},
  ): ImageLock {
    const checks = new Checks('ImageLock');
    for (const [image, digest] of Object.entries(digests)) {
      checks.require(isPinnedImage(image) && !image.includes('@'), `digests["${image}"]`, () => ({
        got: `"${image}"`,
        expected: 'an image with a fixed tag and without a digest',
        fix: 'write the image as manifests name it',
      }));
      checks.require(DIGEST.test(digest), `digests["${image}"]`, () => ({
        got: `"${digest}"`,
        expected: 'sha256: and 64 hexadecimal digits',
        fix: 'have `inference-constructs images update` ask the registry; never write one by hand',
      }));
    }
    checks.finish();
    return new ImageLock(new Map(Object.entries(digests)), complete);
  }

  private constructor(
    private readonly digests: ReadonlyMap<string, string>,
    private readonly complete: boolean,
  ) {}

  /** Called by cdk8s for every value of a manifest. */
  public resolve(context: ResolutionContext): void {
    const { key, obj } = context;
    const value: unknown = context.value;
    if (typeof value !== 'string' || !isImageField(key) || value.includes('@')) return;
    const digest = this.digests.get(value);
    if (digest !== undefined) {
      context.replaceValue(`${value}@${digest}`);
      return;
    }
    if (!this.complete) return;
    throw new ConfigurationError([
      {
        at: `${obj.node.path}: ${key.join('.')}`,
        got: `"${value}", which is not in the lock`,
        expected: 'an image whose digest is known',
        fix: 'run `inference-constructs images update`',
      },
    ]);
  }
}

/** Images of containers, and of volumes. */
function isImageField(key: readonly string[]): boolean {
  const [beforeLast, last] = key.slice(-2);
  return last === 'image' || (last === 'reference' && beforeLast === 'image');
}
