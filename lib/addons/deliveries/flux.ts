import { HelmRelease } from '../../../imports/flux-helm-release';
import { HelmRepository } from '../../../imports/flux-helm-repository';
import { customResource } from '../../core/custom-resource';
import type { AddonObject } from '../addon-parts';
import type { HelmDeliveryDefinition } from '../helm-delivery-definition';

/**
 * Flux: a repository and a release, which waits for the releases before it.
 * @see https://fluxcd.io/flux/components/helm/helmreleases/ (v2)
 */
export const flux: HelmDeliveryDefinition = {
  id: 'flux',
  title: 'Flux',
  namespace: 'flux-system',
  render: ({ name, chart, repository, version, labels, values, ...order }, namespace) => {
    const oci = repository === undefined;
    const metadata = { name, namespace, labels };
    // Of an OCI address, Flux takes the folder and the name apart.
    const slash = chart.lastIndexOf('/');
    const url = oci ? chart.slice(0, slash) : repository;
    return [
      customResource(HelmRepository, {
        metadata,
        spec: { url, interval: '1h', ...(oci && { type: 'oci' as const }) },
      }),
      customResource(HelmRelease, {
        metadata,
        spec: {
          interval: '1h',
          timeout: '15m',
          releaseName: name,
          targetNamespace: order.namespace,
          storageNamespace: order.namespace,
          chart: {
            spec: {
              chart: oci ? chart.slice(slash + 1) : chart,
              version,
              sourceRef: { kind: 'HelmRepository', name },
            },
          },
          ...(order.after.length > 0 && {
            dependsOn: order.after.map((before) => ({ name: before })),
          }),
          install: { createNamespace: true, crds: 'CreateReplace', remediation: { retries: 3 } },
          upgrade: {
            crds: 'CreateReplace',
            remediation: { retries: 3, remediateLastFailure: true },
          },
          driftDetection: { mode: 'enabled' },
          values,
        },
      }),
    ] as unknown as AddonObject[];
  },
};
