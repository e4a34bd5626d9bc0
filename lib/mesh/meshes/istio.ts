/*
 * Istio with a proxy in each pod. Pod Security "restricted" needs Istio's CNI plugin: without it, each pod gets an
 * init container that may change the network.
 * @see https://istio.io/latest/docs/setup/additional-setup/cni/ (1.31)
 */
import type { ServiceMeshDefinition } from '../mesh-definition';
import { callerScope } from './istio-resources';
import {
  ISTIO_CAPABILITIES,
  callersOf,
  renderSidecarRouting,
  sidecarMembership,
} from './sidecar-mesh';

export const istio: ServiceMeshDefinition = {
  id: 'ISTIO',
  title: 'Istio 1.31',
  capabilities: ISTIO_CAPABILITIES,
  gateway: () => ({ namespace: 'istio-ingress', podLabels: { istio: 'ingressgateway' } }),
  certificatesWithGateway: true,
  membership: (sidecar) =>
    sidecarMembership('Istio', sidecar, {
      // Starts before everything else in the pod and ends after it, so that jobs can end.
      'sidecar.istio.io/nativeSidecar': 'true',
    }),
  callersOf,
  callerScope,
  render: (routing) => renderSidecarRouting(routing, { retryBudget: true }),
};
