/*
 * What Pod Security "restricted" asks of every pod and container, and what we ask besides.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ (v1.35)
 */
import type { PodSecurityContext, SecurityContext } from 'kubernetes-types/core/v1';
import { Platform } from './platform';

/** A container that gains nothing and, as a rule, writes nothing but its volumes. */
export function containerSecurity(readOnlyRootFilesystem = true): SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem,
    runAsNonRoot: true,
  };
}

/**
 * A pod of one user, which on OpenShift is that of the namespace.
 * @param volumes whether its volumes are to belong to the group of the user
 */
export function podSecurity(
  platform: Platform,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  volumes = false,
): PodSecurityContext {
  return {
    runAsNonRoot: true,
    ...(platform !== Platform.OPENSHIFT && {
      runAsUser: uid,
      runAsGroup: gid,
      ...(volumes && { fsGroup: gid }),
    }),
    ...(volumes && { fsGroupChangePolicy: 'OnRootMismatch' as const }),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
