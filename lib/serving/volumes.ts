import type { Volume } from 'kubernetes-types/core/v1';

/** A volume without its name; image volumes are newer than the API types we build on. */
export type VolumeSource = Omit<Volume, 'name'> & {
  /** @see https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/ (v1.35) */
  readonly image?: { readonly reference: string; readonly pullPolicy: 'IfNotPresent' | 'Always' };
};
