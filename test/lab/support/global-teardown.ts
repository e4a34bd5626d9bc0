import type { ControlPlane } from './control-plane';

export default async function teardown(): Promise<void> {
  await (globalThis as { controlPlane?: ControlPlane }).controlPlane?.stop();
}
