import type { ModelDelivery } from '../model-source';

/** Flags of every copy: no configuration file, a line of progress a minute in the log, and patience. */
const FLAGS = [
  '--config=',
  '--log-level=INFO',
  '--stats=1m',
  '--stats-one-line',
  '--retries=5',
  '--low-level-retries=10',
];

/**
 * A copy by rclone, whose remote is described by environment variables: the address never has to be quoted.
 * @see https://rclone.org/docs/#config-file (1.75)
 */
export function rcloneCopy(
  path: string,
  remote: Readonly<Record<string, string>>,
  credentialsFile?: { readonly option: string; readonly key: string },
): ModelDelivery {
  const env = Object.entries(remote).map(([option, value]) => [variable(option), value]);
  return {
    via: 'pull',
    args: (directory) => ['copy', `source:${path}`, directory, ...FLAGS],
    env: Object.fromEntries(env) as Record<string, string>,
    credentialsFile: credentialsFile && {
      env: variable(credentialsFile.option),
      key: credentialsFile.key,
    },
  };
}

/** A download of one file by rclone. */
export function rcloneCopyUrl(url: string, fileName: string): ModelDelivery {
  return {
    via: 'pull',
    args: (directory) => ['copyurl', url, `${directory}/${fileName}`, ...FLAGS],
    env: {},
    credentialsFile: undefined,
  };
}

/** A copy of files that are in the pod already; the links of a ConfigMap volume are followed. */
export function rcloneCopyLocal(from: string, to: string): readonly string[] {
  return ['copy', from, to, '--copy-links', ...FLAGS];
}

function variable(option: string): string {
  return `RCLONE_CONFIG_SOURCE_${option.toUpperCase()}`;
}
