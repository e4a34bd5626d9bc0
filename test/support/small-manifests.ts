/*
 * Objects of many kinds, as small as the API server takes them.
 */
import type { Manifest } from '../../lib/review/manifest';

const NAMESPACE = 'changes';

let count = 0;

/** An object with a name of its own. */
export function object(
  apiVersion: string,
  kind: string,
  rest: object,
  clusterScoped = false,
): Manifest {
  count += 1;
  const name = `${kind.toLowerCase()}-${count}`;
  return {
    apiVersion,
    kind,
    metadata: clusterScoped ? { name } : { name, namespace: NAMESPACE },
    ...structuredClone(rest),
  };
}

const labels = { app: 'server' };

const template = {
  metadata: { labels },
  spec: {
    containers: [
      {
        name: 'server',
        image: 'registry.example.com/server:1.0.0',
        resources: { requests: { cpu: '1' } },
      },
    ],
  },
};

const jobTemplate = { spec: { ...template.spec, restartPolicy: 'Never' } };

const workload = { selector: { matchLabels: labels }, template };

export const deployment = (spec: object = {}): Manifest =>
  object('apps/v1', 'Deployment', { spec: { replicas: 4, ...workload, ...spec } });
export const statefulSet = (spec: object = {}): Manifest =>
  object('apps/v1', 'StatefulSet', {
    spec: { replicas: 3, serviceName: 'server', ...workload, ...spec },
  });
export const daemonSet = (spec: object = {}): Manifest =>
  object('apps/v1', 'DaemonSet', { spec: { ...workload, ...spec } });
export const job = (spec: object = {}): Manifest =>
  object('batch/v1', 'Job', { spec: { suspend: false, template: jobTemplate, ...spec } });
export const cronJob = (): Manifest =>
  object('batch/v1', 'CronJob', {
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: jobTemplate } } },
  });
export const service = (spec: object = {}): Manifest =>
  object('v1', 'Service', {
    spec: { selector: labels, ports: [{ name: 'grpc', port: 8500 }], ...spec },
  });
export const balancer = (spec: object = {}): Manifest => service({ type: 'LoadBalancer', ...spec });
export const claim = (): Manifest =>
  object('v1', 'PersistentVolumeClaim', {
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'none',
      resources: { requests: { storage: '10Gi' } },
    },
  });
export const configMap = (rest: object = {}): Manifest =>
  object('v1', 'ConfigMap', { data: { key: 'old' }, ...rest });
export const secret = (rest: object = {}): Manifest =>
  object('v1', 'Secret', { type: 'Opaque', data: { key: 'b2xk' }, ...rest });
export const storageClass = (): Manifest =>
  object(
    'storage.k8s.io/v1',
    'StorageClass',
    {
      provisioner: 'example.com/disk',
      parameters: { type: 'ssd' },
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
    },
    true,
  );
export const priorityClass = (): Manifest =>
  object(
    'scheduling.k8s.io/v1',
    'PriorityClass',
    { value: 1000, preemptionPolicy: 'PreemptLowerPriority', description: 'old' },
    true,
  );
export const roleBinding = (): Manifest =>
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: NAMESPACE }],
  });
export const clusterRoleBinding = (): Manifest =>
  object(
    'rbac.authorization.k8s.io/v1',
    'ClusterRoleBinding',
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: NAMESPACE }],
    },
    true,
  );
export const ingress = (rest: object = {}): Manifest =>
  object('networking.k8s.io/v1', 'Ingress', {
    spec: {
      ingressClassName: 'one',
      rules: [
        {
          host: 'a.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'server', port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
    ...rest,
  });
export const budget = (): Manifest =>
  object('policy/v1', 'PodDisruptionBudget', {
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  });
export const networkPolicy = (): Manifest =>
  object('networking.k8s.io/v1', 'NetworkPolicy', {
    spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] },
  });
export const autoscaler = (): Manifest =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' },
      minReplicas: 2,
      maxReplicas: 8,
    },
  });
