import { at, listAt, textAt, type JsonObject } from '../manifest';
import type { Workload } from './workload';

/** Where the models of a workload come from: addresses, claims or images. */
export function modelSourcesOf({
  manifest,
  pod,
  containers,
  initContainers,
  name,
}: Workload): readonly string[] {
  const volumes = listAt(pod, 'volumes');
  const component = name.slice(manifest.metadata.name.length + 1);
  return [
    ...new Set(
      [
        ...initContainers.map(downloaded),
        ...containers.map((one) => textAt(one, 'storageUri')),
        textAt(manifest, 'spec', component, 'model', 'storageUri'),
        textAt(manifest, 'spec', 'models_settings', 'model_path'),
        ...volumes.map((volume) => textAt(volume, 'image', 'reference')),
        ...volumes.map((volume) => {
          const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
          return claim === undefined ? undefined : `claim ${claim}`;
        }),
      ].filter((source) => source !== undefined && source !== ''),
    ),
  ] as readonly string[];
}

/** What an init container copies: of rclone, or of KServe's and others' by an address among its arguments. */
function downloaded(container: JsonObject): string | undefined {
  const words = ['command', 'args'].flatMap(
    (key) => (at(container, key) ?? []) as readonly string[],
  );
  const address = words.find((word) => /^[a-z][a-z0-9+.-]*:\/\//.test(word));
  if (address !== undefined) return address;
  const remote = words.find((word) => /^source:/.test(word))?.slice('source:'.length);
  if (remote === undefined) return undefined;
  const env = (key: string): string | undefined =>
    listAt(container, 'env').flatMap((one) =>
      textAt(one, 'name') === `RCLONE_CONFIG_SOURCE_${key}` ? [textAt(one, 'value')] : [],
    )[0];
  const type = env('TYPE') ?? 'source';
  if (type === 'http') return `${env('URL') ?? ''}${remote}`;
  return `${type === 'gcs' ? 'gs' : type}://${remote}`;
}
