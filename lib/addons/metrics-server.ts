/*
 * What pods and nodes use: metrics-server, which HorizontalPodAutoscalers for CPU and memory read. EKS has it as an
 * add-on, which `Cluster` installs, and GKE built in; this is for other clusters. Assumes cert-manager, unless told
 * to go without a certificate that can be checked.
 */
import { Construct } from 'constructs';
import type { Container } from 'kubernetes-types/core/v1';
import { Issuer } from '../../imports/cert-manager-issuer';
import { Checks } from '../core/checks';
import { customResource } from '../core/custom-resource';
import { issuedCertificate } from '../core/issued-certificate';
import { requirePinnedImage } from '../core/image-reference';
import { TO_DNS } from '../core/name-resolution';
import { tcp } from '../core/tcp-ports';
import type { NodePool } from '../nodes/node-pool';
import {
  addObjects,
  addonNames,
  requireStableNodes,
  type AddonProps,
  type AddonObjects,
} from './addon';
import {
  RESTRICTED,
  TO_APIS,
  clusterRole,
  controlPod,
  deployment,
  disruptionBudget,
  metadataOf,
  networkPolicy,
  resources,
  serviceAccount,
  type AddonNames,
  type AddonObject,
} from './addon-parts';

const IMAGE = 'registry.k8s.io/metrics-server/metrics-server:v0.9.0';
const PORT = 10250;
const KUBELET_PORT = 10250;

/** How the API server knows that it is metrics-server that answers. */
export enum MetricsServerTls {
  /** By a certificate of an authority of its own, which cert-manager makes and renews. */
  CERT_MANAGER = 'cert-manager',
  /** Not at all: whoever answers at its address is believed. */
  UNVERIFIED = 'unverified',
}

/** Options of metrics-server. */
export interface MetricsServerProps extends AddonProps {
  /**
   * Pool that it runs on.
   * @default - any node without a taint
   */
  readonly placement?: NodePool;
  /** @default MetricsServerTls.CERT_MANAGER */
  readonly tls?: MetricsServerTls;
  /**
   * Pods of it, count, 1 to 5.
   * @default 2
   */
  readonly replicas?: number;
}

const DEFAULTS = { replicas: 2, tls: MetricsServerTls.CERT_MANAGER } as const;

/**
 * metrics-server, for clusters that do not bring it: what HorizontalPodAutoscalers for CPU and memory read. Put it
 * into a chart of the namespace `kube-system`.
 *
 * @throws ConfigurationError when it would run on spot nodes, or the image or a number is invalid
 * @see https://github.com/kubernetes-sigs/metrics-server (v0.9.0)
 * @example
 * import { App } from 'cdk8s';
 * import { MetricsServer, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'metrics', { namespace: 'kube-system' });
 * new MetricsServer(chart, 'MetricsServer', {});
 */
export class MetricsServer extends Construct {
  /** What it is made of, by ids that are kinds; `Resource` runs the pods. */
  public readonly objects: AddonObjects;

  public constructor(scope: Construct, id: string, props: MetricsServerProps = {}) {
    super(scope, id);
    const { placement, image = IMAGE, replicas = DEFAULTS.replicas, monitoring = [] } = props;
    const checks = new Checks(this.node.path);
    requirePinnedImage(checks, 'image', image);
    requireStableNodes(checks, placement, 'metrics-server');
    checks.requireCount(replicas, 'replicas', 1, 5);
    const names = addonNames(checks, this, 'metrics-server');
    checks.finish();

    const verified = (props.tls ?? DEFAULTS.tls) === MetricsServerTls.CERT_MANAGER;
    this.objects = addObjects(
      this,
      [
        serviceAccount(names),
        ...rights(names),
        ...(verified ? certificates(names) : []),
        networkPolicy(names, {
          monitoring,
          metricsPort: PORT,
          // The API server calls it from addresses that no policy can name.
          ingress: [{ ports: tcp(PORT) }],
          egress: [TO_DNS, TO_APIS, { ports: tcp(KUBELET_PORT) }],
        }),
        disruptionBudget(names),
        service(names),
        deployment(names, {
          replicas,
          pod: controlPod(names, placement, {
            containers: [container(image, verified)],
            volumes: [
              { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
              ...(verified
                ? [{ name: 'certificate', secret: { secretName: `${names.name}-tls` } }]
                : []),
            ],
          }),
        }),
        apiService(names, verified),
      ],
      props.transform,
    );
  }
}

function container(image: string, verified: boolean): Container {
  const probe = (path: string): NonNullable<Container['readinessProbe']> => ({
    httpGet: { path, port: 'https', scheme: 'HTTPS' },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 3,
  });
  return {
    name: 'metrics-server',
    image,
    imagePullPolicy: 'Always',
    args: [
      '--cert-dir=/tmp',
      `--secure-port=${PORT}`,
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      '--kubelet-use-node-status-port',
      '--metric-resolution=15s',
      ...(verified
        ? [
            '--tls-cert-file=/etc/metrics-server/tls.crt',
            '--tls-private-key-file=/etc/metrics-server/tls.key',
          ]
        : []),
    ],
    ports: [{ name: 'https', containerPort: PORT, protocol: 'TCP' }],
    livenessProbe: probe('/livez'),
    readinessProbe: probe('/readyz'),
    resources: resources({ cpuMillis: 100, memoryMib: 256 }),
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...(verified
        ? [{ name: 'certificate', mountPath: '/etc/metrics-server', readOnly: true }]
        : []),
    ],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: RESTRICTED,
  };
}

/** Its own rights, what callers need to read metrics, and how it asks who they are. */
function rights(names: AddonNames): AddonObject[] {
  const { name, namespace, labels } = names;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const binding = (kind: string, id: string, role: string): AddonObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: {
      name: `${name}-${id}`,
      labels,
      ...(kind === 'RoleBinding' && { namespace: 'kube-system' }),
    },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: kind === 'RoleBinding' ? 'Role' : 'ClusterRole',
      name: role,
    },
    subjects,
  });
  return [
    ...clusterRole(names, [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
    ]),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: `${name}-reader`,
        labels: {
          ...labels,
          'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
          'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
          'rbac.authorization.k8s.io/aggregate-to-view': 'true',
        },
      },
      rules: [
        {
          apiGroups: ['metrics.k8s.io'],
          resources: ['nodes', 'pods'],
          verbs: ['get', 'list', 'watch'],
        },
      ],
    },
    binding('ClusterRoleBinding', 'auth-delegator', 'system:auth-delegator'),
    binding('RoleBinding', 'auth-reader', 'extension-apiserver-authentication-reader'),
  ];
}

function service(names: AddonNames): AddonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(names),
    spec: {
      type: 'ClusterIP',
      selector: names.selector,
      ports: [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }],
    },
  };
}

function apiService(names: AddonNames, verified: boolean): AddonObject {
  const { name, namespace, labels } = names;
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: {
      name: 'v1beta1.metrics.k8s.io',
      labels,
      // cert-manager writes the authority into `caBundle`.
      ...(verified && {
        annotations: { 'cert-manager.io/inject-ca-from': `${namespace}/${name}` },
      }),
    },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { name, namespace, port: 443 },
      ...(!verified && { insecureSkipTLSVerify: true }),
    },
  };
}

/** An authority of its own, and a certificate of it. */
function certificates({ name, namespace, labels }: AddonNames): AddonObject[] {
  const metadata = (suffix: string): { name: string; labels: Record<string, string> } => ({
    name: `${name}${suffix}`,
    labels,
  });
  return [
    customResource(Issuer, { metadata: metadata('-root'), spec: { selfSigned: {} } }),
    issuedCertificate({
      metadata: metadata('-authority'),
      secretName: `${name}-authority`,
      issuer: { name: `${name}-root`, clusterIssuer: false },
      dnsNames: [],
    }),
    customResource(Issuer, {
      metadata: metadata('-authority'),
      spec: { ca: { secretName: `${name}-authority` } },
    }),
    issuedCertificate({
      metadata: metadata(''),
      secretName: `${name}-tls`,
      issuer: { name: `${name}-authority`, clusterIssuer: false },
      dnsNames: [`${name}.${namespace}.svc`],
    }),
  ] as unknown as AddonObject[];
}
