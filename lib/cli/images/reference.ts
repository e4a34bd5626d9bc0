/*
 * Names of images as container runtimes understand them.
 * @see https://github.com/distribution/reference (v0.6.0)
 */

/** An image, taken apart. */
export interface ImageName {
  /** Host and port. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** Where names without a host are, and what answers for it. */
const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_HOST = 'registry-1.docker.io';

/** Takes a name with a tag apart. */
export function parseImage(image: string): ImageName {
  const [, name = image, tag = 'latest'] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(image) ?? [];
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasHost ? first : DEFAULT_REGISTRY;
  const path = hasHost ? rest.join('/') : name;
  return {
    registry: registry === DEFAULT_REGISTRY ? DEFAULT_HOST : registry,
    repository: registry === DEFAULT_REGISTRY && !path.includes('/') ? `library/${path}` : path,
    tag,
  };
}

/** Registries on this machine speak HTTP, as container runtimes assume, too. */
export function baseUrl(registry: string): string {
  return `${isLocal(registry.split(':')[0] ?? '') ? 'http' : 'https'}://${registry}`;
}

/** Whether a host is this machine. */
export function isLocal(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1';
}
