import { Application } from '../../../imports/argo-cd-application';
import { customResource } from '../../core/custom-resource';
import type { AddonObject } from '../addon-parts';
import type { HelmDeliveryDefinition } from '../helm-delivery-definition';

/** Before everything that has no wave of its own, which is in wave 0. */
const FIRST_WAVE = -20;

/**
 * Argo CD: an application of the default project, in a sync wave before what uses it.
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/helm/ (3.5)
 */
export const argoCd: HelmDeliveryDefinition = {
  id: 'argo-cd',
  title: 'Argo CD',
  namespace: 'argocd',
  render: ({ name, chart, repository, version, labels, values, ...order }, namespace) => {
    // Of an OCI address, Argo CD takes the registry and the folder without the scheme, and the name apart.
    const path = chart.replace(/^oci:\/\//, '');
    const slash = path.lastIndexOf('/');
    const source = {
      repoUrl: repository ?? path.slice(0, slash),
      chart: repository === undefined ? path.slice(slash + 1) : chart,
      targetRevision: version,
      helm: { releaseName: name, valuesObject: values },
    };
    return [
      customResource(Application, {
        metadata: {
          name,
          namespace,
          labels,
          annotations: { 'argocd.argoproj.io/sync-wave': String(FIRST_WAVE + order.depth) },
          // What it installed goes with it.
          finalizers: ['resources-finalizer.argocd.argoproj.io/foreground'],
        },
        spec: {
          project: 'default',
          source,
          destination: { server: 'https://kubernetes.default.svc', namespace: order.namespace },
          syncPolicy: {
            automated: { prune: true, selfHeal: true },
            // Definitions of custom resources are too large for the annotation of client-side apply.
            syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'],
            retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
          },
        },
      }),
    ] as unknown as AddonObject[];
  },
};
