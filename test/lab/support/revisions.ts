import type { KubeClient, KubeObject } from './kube-client';
import { until } from './processes';

/** What keeps the templates of a kind of workload, as the API names it. */
const KEPT_BY: Readonly<Record<string, string>> = {
  Deployment: 'replicasets',
  StatefulSet: 'controllerrevisions',
  DaemonSet: 'controllerrevisions',
};

/** Whether a controller makes the object's pods from a template, and keeps its revisions. */
export function hasRevisions({ kind }: Pick<KubeObject, 'kind'>): boolean {
  return KEPT_BY[kind] !== undefined;
}

/** Names of the revisions that pods of a workload were made from, once its controller has seen the workload. */
export async function revisionsOf(client: KubeClient, workload: KubeObject): Promise<string> {
  const { name, namespace = 'default' } = workload.metadata;
  let names: string[] = [];
  await until('the controller has seen the workload', 30, async () => {
    const { status, metadata } = await client.get(workload);
    const revisions = await client.list(
      `/apis/apps/v1/namespaces/${namespace}/${KEPT_BY[workload.kind] ?? ''}`,
    );
    names = revisions.map((one) => one.metadata.name).filter((one) => one.startsWith(`${name}-`));
    const { generation } = metadata as { readonly generation?: number };
    return status?.['observedGeneration'] === generation && names.length > 0;
  });
  return names.sort().join(' ');
}
