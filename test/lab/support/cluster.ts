import { readFileSync } from 'node:fs';
import { KubeClient } from './kube-client';

/** A client of the control plane that the setup started; none where the lab is not installed. */
export function clusterClient(): KubeClient | undefined {
  const file = process.env['LAB_KUBECONFIG'];
  if (file === undefined) return undefined;
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority': string } }[];
    users: { user: { token: string } }[];
  };
  const cluster = config.clusters[0]?.cluster;
  const token = config.users[0]?.user.token;
  if (cluster === undefined || token === undefined) return undefined;
  return new KubeClient(
    cluster.server,
    token,
    readFileSync(cluster['certificate-authority'], 'utf8'),
  );
}

/** Describes tests that need the control plane; skipped, and said so by the setup, where it is not installed. */
export const describeWithCluster =
  process.env['LAB_KUBECONFIG'] === undefined ? describe.skip : describe;
