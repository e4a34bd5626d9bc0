import type { Checks } from './checks';

/** `[registry/]repository[:tag][@digest]`, in the syntax of the OCI distribution specification. */
const REFERENCE =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::([\w][\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$/;

/** Tags that move by agreement. */
const MOVING_TAGS = ['latest', 'nightly', 'weekly', 'main', 'master', 'edge', 'stable'];

/** Whether an image is the same tomorrow: by digest, or by a tag that does not move by agreement. */
export function isPinnedImage(image: string): boolean {
  const [matched, tag, digest] = REFERENCE.exec(image) ?? [];
  const pinned = digest !== undefined || (tag !== undefined && !MOVING_TAGS.includes(tag));
  return matched !== undefined && pinned;
}

/** Requires an image that is the same tomorrow. */
export function requirePinnedImage(checks: Checks, property: string, image: string): void {
  checks.require(isPinnedImage(image), property, () => ({
    got: `"${image}"`,
    expected: 'an image with a digest or a fixed tag',
    fix: 'pin it, best as repository:tag@sha256:…, so that every pod runs the same bytes',
  }));
}
