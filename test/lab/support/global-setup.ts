import { startControlPlane, type ControlPlane } from './control-plane';
import { installed } from './lab-home';

/** Starts one control plane for all lab tests; how to reach it goes to them by the environment. */
export default async function setup(): Promise<void> {
  if (!installed('etcd', 'kubernetes', 'kwok')) return;
  const plane = await startControlPlane();
  (globalThis as { controlPlane?: ControlPlane }).controlPlane = plane;
  process.env['LAB_KUBECONFIG'] = plane.kubeconfig;
}
