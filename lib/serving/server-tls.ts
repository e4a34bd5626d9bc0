/*
 * What a pod needs to serve gRPC with TLS: the certificate and its key from a Secret, and whatever the engine
 * has to make of them first, in memory.
 */
import { memoryQuantity } from '../core/quantities';
import { TLS_PREPARED_ROOT, TLS_ROOT } from './engine-definition';
import type { ModelVolumes } from './model-volumes';
import type { ResolvedModelServer } from './resolve';

const PREPARED_MIB = 1;

/** Volumes, mounts and the container that prepares them; nothing without TLS. */
export function tlsVolumes({ tls, engine, image }: ResolvedModelServer): Partial<ModelVolumes> {
  if (tls === undefined) return {};
  const certificate = { name: 'tls', mountPath: TLS_ROOT, readOnly: true };
  const prepared = { name: 'tls-prepared', mountPath: TLS_PREPARED_ROOT };
  const volume = { name: 'tls', secret: { secretName: tls.secretName, defaultMode: 0o440 } };
  const script = engine.tls?.prepare;
  if (script === undefined) return { volumes: [volume], mounts: [certificate] };
  return {
    volumes: [
      volume,
      {
        name: prepared.name,
        emptyDir: { medium: 'Memory', sizeLimit: memoryQuantity(PREPARED_MIB) },
      },
    ],
    mounts: [{ ...prepared, readOnly: true }],
    initContainers: [
      {
        name: 'prepare-tls',
        ...(image !== undefined && { image }),
        command: ['/bin/sh', '-c', script],
        volumeMounts: [certificate, prepared],
      },
    ],
  };
}
