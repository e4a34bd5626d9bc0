/*
 * How the files of models, the engine's configuration and writable directories get into a pod. Every model
 * is mounted by itself, read-only, so that pulled and mounted models can stand side by side.
 */
import type { Container, EnvVar, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { memoryQuantity } from '../core/quantities';
import { CONFIG_ROOT, HUB_CACHE, MODEL_ROOT, type EngineRendering } from './engine-definition';
import type { ModelDelivery, ModelSource } from './model-source';
import {
  TEMPORARY_MIB,
  downloadedMib,
  downloadsOf,
  type ResolvedModel,
  type ResolvedModelServer,
} from './resolve';
import { tlsVolumes } from './server-tls';
import { rcloneCopyLocal } from './sources/rclone';
import type { VolumeSource } from './volumes';

/** @see https://github.com/rclone/rclone/releases/tag/v1.75.1 */
const DOWNLOADER = 'rclone/rclone:1.75.1';

const CREDENTIALS = '/var/run/secrets/model-source';

/** Room for settings files beside the models. */
const SETTINGS_MIB = 1;

/** Directory of the configuration volume with a directory for each model. */
export const MODEL_SETTINGS = 'models';

/** A pod's volumes, and who mounts them where. */
export interface ModelVolumes {
  readonly volumes: readonly (VolumeSource & Pick<Volume, 'name'>)[];
  /** Mounts of the server. */
  readonly mounts: readonly VolumeMount[];
  /** Containers that fetch models before the server starts; without resources and security, which all share. */
  readonly initContainers: readonly (Pick<Container, 'name' | 'image'> & Partial<Container>)[];
}

/** A volume with the credentials of a source. */
type SecretVolume = Required<Pick<Volume, 'name' | 'secret'>>;

/** A file of the ConfigMap, and where the configuration volume shows it. */
interface ConfigFile {
  readonly key: string;
  readonly path: string;
  readonly content: string;
}

/** Keys and contents of the ConfigMap; empty if the engine needs no files. */
export function configData(
  rendering: EngineRendering,
  resolved: ResolvedModelServer,
): Record<string, string> {
  return Object.fromEntries(
    configFiles(rendering, resolved).map(({ key, content }) => [key, content]),
  );
}

function configFiles(
  { files = {}, modelSettings = {} }: EngineRendering,
  resolved: ResolvedModelServer,
): ConfigFile[] {
  const file = resolved.engine.modelSettingsFile ?? '';
  const settings = settingsNames(resolved, modelSettings).map((name) => ({
    key: `${name}.${file}`,
    path: `${MODEL_SETTINGS}/${name}/${file}`,
    content: modelSettings[name] ?? '',
  }));
  // An ensemble has no files, but needs the directory of a version.
  const versions = resolved.input.ensembles.map(({ name }) => ({
    key: `${name}.version`,
    path: `${MODEL_SETTINGS}/${name}/1/version`,
    content: '1\n',
  }));
  return [
    ...Object.entries(files).map(([key, content]) => ({ key, path: key, content })),
    ...settings,
    ...versions,
  ];
}

/** Models and ensembles whose settings are in the ConfigMap: those whose we write beside them, or may leave there. */
function settingsNames(
  resolved: ResolvedModelServer,
  modelSettings: Readonly<Record<string, string>>,
): string[] {
  const brought = resolved.models.filter(({ model }) => deliveryOf(model).via === 'platform');
  const apart = resolved.engine.settingsApart === true ? brought : [];
  return [
    ...writtenNames(resolved, modelSettings),
    ...apart.map(({ model }) => model.name).filter((name) => name in modelSettings),
  ];
}

/** Models and ensembles whose settings we write: those that are pulled, or consist of settings alone. */
function writtenNames(
  resolved: ResolvedModelServer,
  modelSettings: Readonly<Record<string, string>>,
): string[] {
  const names = [
    ...pulledModels(resolved).map(({ model }) => model.name),
    ...resolved.input.ensembles.map(({ name }) => name),
  ];
  return names.filter((name) => name in modelSettings);
}

/** All volumes of a server's pod. */
export function modelVolumes(
  resolved: ResolvedModelServer,
  rendering: EngineRendering,
): ModelVolumes {
  const parts = [
    temporary(),
    ...scratch(resolved),
    configuration(resolved, rendering),
    cache(resolved),
    ...resolved.models.map((model, index) => modelParts(model, index, resolved)),
    ensembles(resolved),
    settingsWriter(resolved, rendering),
    tlsVolumes(resolved),
  ];
  return {
    volumes: parts.flatMap((part) => part.volumes ?? []),
    mounts: parts.flatMap((part) => part.mounts ?? []),
    initContainers: parts.flatMap((part) => part.initContainers ?? []),
  };
}

function temporary(): Partial<ModelVolumes> {
  return {
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: memoryQuantity(TEMPORARY_MIB) } }],
    mounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

function scratch({ engine }: ResolvedModelServer): Partial<ModelVolumes>[] {
  const shared = engine.sharedMemoryMib;
  return [
    ...(engine.scratch ?? []).map(({ path, mebibytes }, index) => ({
      volumes: [{ name: `scratch-${index}`, emptyDir: { sizeLimit: memoryQuantity(mebibytes) } }],
      mounts: [{ name: `scratch-${index}`, mountPath: path }],
    })),
    ...(shared === undefined
      ? []
      : [
          {
            volumes: [
              {
                name: 'shared-memory',
                emptyDir: { medium: 'Memory', sizeLimit: memoryQuantity(shared) },
              },
            ],
            mounts: [{ name: 'shared-memory', mountPath: '/dev/shm' }],
          },
        ]),
  ];
}

function configuration(
  resolved: ResolvedModelServer,
  rendering: EngineRendering,
): Partial<ModelVolumes> {
  const files = configFiles(rendering, resolved);
  if (files.length === 0) return {};
  const items = files.map(({ key, path }) => ({ key, path }));
  return {
    volumes: [{ name: 'config', configMap: { name: `${resolved.name}-config`, items } }],
    mounts: [{ name: 'config', mountPath: CONFIG_ROOT, readOnly: true }],
  };
}

/** The volume that downloads go to, if there are any. */
function cache(resolved: ResolvedModelServer): Partial<ModelVolumes> {
  const { models, input } = resolved;
  const downloads = downloadsOf(models);
  if (downloads.length + input.ensembles.length === 0) return {};
  const size = memoryQuantity(downloadedMib(models) + SETTINGS_MIB);
  const byEngine = downloads.some(({ model }) => deliveryOf(model).via === 'hub');
  return {
    volumes: [{ name: 'models', ...resolved.cache.volume(size) }],
    mounts: byEngine ? [{ name: 'models', mountPath: HUB_CACHE, ...cachePath(resolved) }] : [],
  };
}

function modelParts(
  resolvedModel: ResolvedModel,
  index: number,
  resolved: ResolvedModelServer,
): Partial<ModelVolumes> {
  const { model, directory } = resolvedModel;
  const delivery = deliveryOf(model);
  const secret = secretVolume(model.source, `credentials-${index}`);
  switch (delivery.via) {
    case 'pull':
      return {
        ...(secret && { volumes: [secret] }),
        mounts: [
          {
            name: 'models',
            mountPath: `${MODEL_ROOT}/${model.name}`,
            readOnly: true,
            ...cachePath(resolved, model.name),
          },
        ],
        initContainers: [
          {
            name: `pull-${index}`,
            ...downloader(delivery, directory, { mounts: downloaderMounts(resolved), secret }),
          },
        ],
      };
    case 'volume':
      return {
        volumes: [{ name: `model-${index}`, ...delivery.volume }],
        mounts: [
          {
            name: `model-${index}`,
            mountPath: directory,
            readOnly: true,
            ...(delivery.subPath !== undefined && { subPath: delivery.subPath }),
          },
        ],
      };
    case 'hub':
      if (!secret) return {};
      // Where the hub's clients look for it without being told.
      return {
        volumes: [secret],
        mounts: [
          { name: secret.name, mountPath: `${HUB_CACHE}/token`, subPath: 'token', readOnly: true },
        ],
      };
    case 'image':
    case 'platform':
      return {};
  }
}

/** The Secret by which a source is read; undefined where the pod's identity is enough. @internal */
export function secretVolume(
  { definition: { credentials } }: ModelSource,
  name: string,
): SecretVolume | undefined {
  return (
    credentials && { name, secret: { secretName: credentials.secretName, defaultMode: 0o440 } }
  );
}

/** What a container must be to copy a model into a directory. @internal */
export function downloader(
  { args, env, credentialsFile }: Extract<ModelDelivery, { via: 'pull' }>,
  directory: string,
  {
    mounts,
    secret,
  }: { readonly mounts: readonly VolumeMount[]; readonly secret: SecretVolume | undefined },
): Pick<Container, 'image' | 'args' | 'env' | 'volumeMounts'> {
  const file = secret && credentialsFile;
  return {
    image: DOWNLOADER,
    args: [...args(directory)],
    ...environment({ ...env, ...(file && { [file.env]: `${CREDENTIALS}/${file.key}` }) }),
    volumeMounts: [
      ...mounts,
      ...(secret ? [{ name: secret.name, mountPath: CREDENTIALS, readOnly: true }] : []),
    ],
  };
}

function ensembles(resolved: ResolvedModelServer): Partial<ModelVolumes> {
  return {
    mounts: resolved.input.ensembles.map(({ name }) => ({
      name: 'models',
      mountPath: `${MODEL_ROOT}/${name}`,
      readOnly: true,
      ...cachePath(resolved, name),
    })),
  };
}

/** Puts the settings files beside the models, once those are there. */
function settingsWriter(
  resolved: ResolvedModelServer,
  { modelSettings = {} }: EngineRendering,
): Partial<ModelVolumes> {
  if (writtenNames(resolved, modelSettings).length === 0) return {};
  return {
    initContainers: [
      {
        name: 'write-settings',
        image: DOWNLOADER,
        args: [...rcloneCopyLocal(`${CONFIG_ROOT}/${MODEL_SETTINGS}`, MODEL_ROOT)],
        volumeMounts: [
          ...downloaderMounts(resolved),
          { name: 'config', mountPath: CONFIG_ROOT, readOnly: true },
        ],
      },
    ],
  };
}

function downloaderMounts(resolved: ResolvedModelServer): VolumeMount[] {
  return [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'models', mountPath: MODEL_ROOT, ...cachePath(resolved) },
  ];
}

/** A claim may be shared by servers, which must not mix their models. */
function cachePath(
  { cache: { onNode }, name }: ResolvedModelServer,
  model?: string,
): { subPath?: string } {
  const path = [...(onNode ? [] : [name]), ...(model === undefined ? [] : [model])].join('/');
  return path === '' ? {} : { subPath: path };
}

function pulledModels({ models }: ResolvedModelServer): readonly ResolvedModel[] {
  return models.filter(({ model }) => deliveryOf(model).via === 'pull');
}

function deliveryOf(model: ResolvedModel['model']): ModelDelivery {
  return model.source.definition.delivery;
}

/** Environment variables in the order of their names, so that it never depends on how they came together. */
export function environment(variables: Readonly<Record<string, string>>): { env?: EnvVar[] } {
  const env = Object.entries(variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
  return env.length > 0 ? { env } : {};
}
