import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './control-plane';
import type { KubeClient } from './kube-client';
import { installed } from './lab-home';

const available = installed('etcd', 'kubernetes', 'kwok', 'metrics-server');

/** Describes tests that need a control plane; skipped, with a line that says so, where it is not installed. */
export const describeWithCluster = available ? describe : describe.skip;

/** A control plane of the test file's own, so that what one file leaves behind never disturbs another. */
export function controlPlane(
  options: ControlPlaneOptions = {},
): Pick<ControlPlane, 'client' | 'kubeconfig'> {
  let plane: ControlPlane | undefined;
  if (available) {
    beforeAll(async () => {
      plane = await startControlPlane(options);
    });
    afterAll(() => plane?.stop());
  }
  return {
    get client(): KubeClient {
      if (plane === undefined) throw new Error('the control plane is not up yet');
      return plane.client;
    },
    get kubeconfig(): string {
      if (plane === undefined) throw new Error('the control plane is not up yet');
      return plane.kubeconfig;
    },
  };
}
