import { Checks } from '../core/checks';
import { requireName } from '../core/names';
import { httpGet, probes } from './engines/probes';
import type { EngineDefinition } from './engine-definition';
import { requirePinnedImage } from '../core/image-reference';
import { ModelFormat } from './model';

/** What an engine of your own must say; the rest has defaults that suit an HTTP server. */
export type CustomEngineDefinition = Pick<EngineDefinition, 'id' | 'images' | 'ports' | 'render'> &
  Partial<EngineDefinition> & {
    /** Path on the HTTP port that answers 200 only once every model is loaded. */
    readonly readyPath: string;
    /** Path on the HTTP port that answers 200 as long as the process is sound. */
    readonly livePath: string;
  };

/** @throws ConfigurationError when the identifier, an image, a port or a path is invalid */
export function customEngine(definition: CustomEngineDefinition): EngineDefinition {
  check(definition);
  const { readyPath, livePath, ...given } = definition;
  return {
    title: given.id,
    architectures: ['amd64'],
    user: { uid: 65532, gid: 65532 },
    readOnlyRootFilesystem: true,
    protocols: [],
    formats: Object.values(ModelFormat),
    maxModels: Infinity,
    versions: false,
    hub: false,
    batching: false,
    limitsRequests: false,
    drain: { onSigterm: true, seconds: 45, atLeastSeconds: 1 },
    threads: (cpus) => Math.ceil(cpus),
    probes: () => probes(httpGet(readyPath, 'http'), httpGet(livePath, 'http')),
    ...given,
  };
}

function check({ id, images, ports, readyPath, livePath }: CustomEngineDefinition): void {
  const checks = new Checks(`ServingEngine.custom(${id})`);
  requireName(checks, 'id', id);
  for (const [kind, image] of Object.entries(images))
    requirePinnedImage(checks, `images.${kind}`, image);
  checks.require(Object.keys(images).length > 0, 'images', () => ({
    got: 'none',
    expected: 'an image for cpu, nvidia or both',
    fix: 'name the image that runs the engine',
  }));
  for (const [name, port] of Object.entries(ports)) {
    checks.requireCount(port, `ports.${name}`, 1024, 65535);
  }
  for (const [name, path] of Object.entries({ readyPath, livePath })) {
    checks.require(/^\/\S*$/.test(path), name, () => ({
      got: `"${path}"`,
      expected: 'a path that starts with "/"',
      fix: 'name the path of the health check',
    }));
  }
  checks.require(readyPath !== livePath, 'livePath', () => ({
    got: `"${livePath}" for both`,
    expected: 'a path of its own',
    fix: 'use a path that does not depend on the model, or a server that is loading will be killed',
  }));
  checks.finish();
}
