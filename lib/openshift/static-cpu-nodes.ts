/*
 * Nodes of OpenShift that give whole cores to one pod each. The machine config operator writes the kubelet's
 * configuration and restarts the nodes of the pool, one after the other; elsewhere the node pool itself has the
 * setting.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/scalability_and_performance/using-cpu-manager (4.16)
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { ClusterScopedObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireName } from '../core/names';

/** Version of the machine config operator's resources. */
const API_VERSION = 'machineconfiguration.openshift.io/v1';

/** Label by which the configuration finds the pool. */
const KUBELET_LABEL = 'inference-constructs/kubelet';

/** Options of nodes with whole cores. */
export interface StaticCpuNodesProps {
  /** Name of the pool, and of the role that its nodes carry; DNS label, not `worker` or `master`. */
  readonly name: string;
  /**
   * Nodes that are changed at a time, count, 1 to 100.
   * @default 1
   */
  readonly maxUnavailable?: number;
}

/**
 * The kubelet's CPU policy `static` for the nodes with the label `node-role.kubernetes.io/NAME`. Creates a
 * KubeletConfig and a MachineConfigPool. Pods that are Guaranteed and ask for whole cores get them for themselves;
 * `NodePool.existing` with `nodeLabels` and `CpuManagerPolicy.STATIC` describes the nodes to `ModelServer.placement`.
 *
 * @throws ConfigurationError when the name is invalid or that of a pool of OpenShift's own
 * @example
 * import { App, Chart } from 'cdk8s';
 * import { StaticCpuNodes } from 'inference-constructs';
 *
 * new StaticCpuNodes(new Chart(new App(), 'nodes'), 'Xeon', { name: 'xeon-static' });
 */
export class StaticCpuNodes extends Construct {
  /** Labels of the nodes of the pool. */
  public readonly nodeLabels: Readonly<Record<string, string>>;
  public readonly kubeletConfig: ClusterScopedObject<PlainObject>;
  public readonly machineConfigPool: ClusterScopedObject<PlainObject>;

  public constructor(scope: Construct, id: string, props: StaticCpuNodesProps) {
    super(scope, id);
    const { name, maxUnavailable = 1 } = props;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name);
    checks.require(!['worker', 'master'].includes(name), 'name', () => ({
      got: `"${name}"`,
      expected: "a role of its own, not one of OpenShift's",
      fix: 'choose another name, and give it to the nodes as a role',
    }));
    checks.requireCount(maxUnavailable, 'maxUnavailable', 1, 100, ' nodes');
    checks.finish();

    this.nodeLabels = { [`node-role.kubernetes.io/${name}`]: '' };
    const labels = standardLabels({ name: 'nodes', instance: name, component: 'nodes' });
    this.machineConfigPool = new ClusterScopedObject<PlainObject>(this, 'Resource', {
      apiVersion: API_VERSION,
      kind: 'MachineConfigPool',
      metadata: { name, labels: { ...labels, [KUBELET_LABEL]: name } },
      spec: {
        // What all workers get, and what only these do.
        machineConfigSelector: {
          matchExpressions: [
            {
              key: 'machineconfiguration.openshift.io/role',
              operator: 'In',
              values: ['worker', name],
            },
          ],
        },
        nodeSelector: { matchLabels: { ...this.nodeLabels } },
        maxUnavailable,
      },
    });
    this.kubeletConfig = new ClusterScopedObject<PlainObject>(this, 'Kubelet', {
      apiVersion: API_VERSION,
      kind: 'KubeletConfig',
      metadata: { name: `${name}-cpu`, labels },
      spec: {
        machineConfigPoolSelector: { matchLabels: { [KUBELET_LABEL]: name } },
        kubeletConfig: { cpuManagerPolicy: 'static', cpuManagerReconcilePeriod: '5s' },
      },
    });
  }
}
