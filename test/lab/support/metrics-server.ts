/*
 * metrics-server as in a cluster: it reads kubelets, which kwok plays, and the API server hands requests on to it.
 */
import type { KubeClient } from './kube-client';
import { program } from './lab-home';
import { freePorts, start, until, type Running } from './processes';

/** Where it runs. */
interface Place {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly client: KubeClient;
}

/** Annotation of nodes: where the metrics of their kubelets are. */
export function metricsPath(node: string): Record<string, string> {
  return { 'metrics.k8s.io/resource-metrics-path': `/metrics/nodes/${node}/metrics/resource` };
}

/** Starts it and waits until the API server reaches it. */
export async function startMetricsServer({ folder, kubeconfig, client }: Place): Promise<Running> {
  const [port = 0] = await freePorts(1);
  const running = start(folder, 'metrics-server', program('metrics-server'), [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    '--bind-address=127.0.0.1',
    '--deprecated-kubelet-completely-insecure',
    '--kubelet-use-node-status-port',
    '--kubelet-preferred-address-types=InternalIP',
    '--metric-resolution=10s',
    '--kubelet-request-timeout=5s',
  ]);
  const service = { name: 'metrics-server', namespace: 'kube-system' };
  await client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: service,
    // The API server refuses endpoints on loopback, and takes a name.
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  });
  await client.create({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { ...service, port },
    },
  });
  await until('the API server reaches metrics-server', 60, async () => {
    const { status } = await client.request('GET', '/apis/metrics.k8s.io/v1beta1');
    return status === 200;
  });
  return running;
}
