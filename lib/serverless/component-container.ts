/*
 * A container of your own in a service of KServe: a predictor that no engine runs, a transformer, an explainer.
 */
import { customEngine, type CustomEngineDefinition } from '../serving/custom-engine';
import type { EngineDefinition, Protocol } from '../serving/engine-definition';

/** What such a container is. Everything that is not said is as `kserve.ModelServer` of the Python SDK has it. */
export interface ComponentContainerOptions {
  /** Image, pinned by digest or fixed tag. */
  readonly image: string;
  /**
   * Command.
   * @default - the image's entry point
   */
  readonly command?: readonly string[];
  /**
   * Arguments. KServe adds `--model_name`, `--http_port` and `--predictor_host` to those of transformers and explainers.
   * @default - those of the image
   */
  readonly args?: readonly string[];
  /**
   * Environment variables; name → value. No secrets: they would be readable in git.
   * @default - none
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Port that it listens on, 1024 to 65535; HTTP/2 where the protocol is gRPC.
   * @default 8080
   */
  readonly port?: number;
  /**
   * Path on the port that answers 200 only once it can serve.
   * @default '/v2/health/ready'
   */
  readonly readyPath?: string;
  /**
   * Path on the port that answers 200 as long as the process is sound.
   * @default '/v2/health/live'
   */
  readonly livePath?: string;
  /**
   * Numeric user of the process, 1 to 65535.
   * @default 1000
   */
  readonly uid?: number;
  /**
   * Whether it writes nothing but its volumes. `/tmp` is one.
   * @default true
   */
  readonly readOnlyRootFilesystem?: boolean;
}

const DEFAULTS = {
  port: 8080,
  readyPath: '/v2/health/ready',
  livePath: '/v2/health/live',
  uid: 1000,
} as const;

/** The container as an engine of one's own. */
export function containerDefinition(
  role: string,
  options: ComponentContainerOptions,
  protocols: readonly Protocol[],
): CustomEngineDefinition {
  const { image, command, args = [], env } = options;
  const uid = options.uid ?? DEFAULTS.uid;
  return {
    id: role,
    title: `the container of the ${role}`,
    images: { cpu: image, nvidia: image },
    architectures: ['amd64', 'arm64'],
    user: { uid, gid: uid },
    readOnlyRootFilesystem: options.readOnlyRootFilesystem ?? true,
    ports: { http: options.port ?? DEFAULTS.port },
    protocols,
    readyPath: options.readyPath ?? DEFAULTS.readyPath,
    livePath: options.livePath ?? DEFAULTS.livePath,
    render: () => ({ ...(command && { command }), args, ...(env && { env }) }),
  };
}

/**
 * The container as what checks and renderers know.
 * @throws ConfigurationError when its image can change, or a port or path is invalid
 */
export function containerEngine(
  ...container: Parameters<typeof containerDefinition>
): EngineDefinition {
  return customEngine(containerDefinition(...container));
}
