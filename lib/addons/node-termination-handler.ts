/*
 * Nodes that go away are emptied first: aws-node-termination-handler in queue mode, for Auto Scaling groups that
 * are not managed by EKS. Assumes a queue that gets the events of AWS, instances with its tag, and the account's
 * rights; `SpotProvisioning.selfManaged` of the entry `./cloud` makes all of it, handler included.
 */
import { Construct } from 'constructs';
import type { Container } from 'kubernetes-types/core/v1';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { Checks } from '../core/checks';
import { requirePinnedImage } from '../core/image-reference';
import { TO_DNS } from '../core/name-resolution';
import type { NodePool } from '../nodes/node-pool';
import type { SpotProvisioning, SpotProvisioningKind } from '../nodes/spot-provisioning';
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
  TO_POD_IDENTITY,
  clusterRole,
  controlPod,
  deployment,
  disruptionBudget,
  networkPolicy,
  resources,
  serviceAccount,
  type AddonNames,
  type AddonObject,
} from './addon-parts';

const IMAGE = 'public.ecr.aws/aws-ec2/aws-node-termination-handler:v1.25.6';
const METRICS_PORT = 9092;
const PROBES_PORT = 8080;

/** Tag of the instances that it looks after. */
const MANAGED_TAG = 'aws-node-termination-handler/managed';

/** Options of the termination handler. */
export interface NodeTerminationHandlerProps extends AddonProps {
  /** Pools whose nodes it drains. */
  readonly pools: readonly NodePool[];
  /** Who keeps their nodes: only self-managed groups need the handler. */
  readonly provisioning: SpotProvisioning;
  /** Address of the queue that the events go to: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`. */
  readonly queueUrl: string;
  /** Pool that it runs on: on demand. */
  readonly placement: NodePool;
}

/**
 * Drains nodes of self-managed groups when AWS announces their end, then lets the group go on. Managed groups,
 * Karpenter and GKE drain by themselves, and are refused.
 *
 * @throws ConfigurationError when the nodes are drained by somebody else, it would run on spot nodes, or the queue's
 *   address or the image is none
 * @see https://github.com/aws/aws-node-termination-handler (v1.25.6)
 * @example
 * import { App } from 'cdk8s';
 * import { NodePool, NodeTerminationHandler, ServingChart, SpotProvisioning } from 'inference-constructs';
 *
 * const control = NodePool.eksOnDemand('control', { instanceTypes: ['m7i.large'], min: 2, max: 3 });
 * const spot = NodePool.eksSpot('spot', { instanceTypes: ['m6i.xlarge', 'm7i.xlarge'], min: 0, max: 15 });
 * const chart = new ServingChart(new App(), 'handler', { namespace: 'kube-system' });
 * new NodeTerminationHandler(chart, 'Handler', {
 *   pools: [spot],
 *   provisioning: SpotProvisioning.selfManaged(),
 *   queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/serving-termination',
 *   placement: control,
 * });
 */
export class NodeTerminationHandler extends Construct {
  /** What it is made of, by ids that are kinds; `Resource` runs the pods. */
  public readonly objects: AddonObjects;

  public constructor(scope: Construct, id: string, props: NodeTerminationHandlerProps) {
    super(scope, id);
    const checks = new Checks(this.node.path);
    check(checks, props);
    const names = addonNames(checks, this, 'aws-node-termination-handler');
    checks.finish();
    this.objects = addObjects(this, nodeTerminationHandlerObjects(names, props), props.transform);
  }
}

/** Who drains the nodes instead. */
const DRAINS_ITSELF: Readonly<Record<SpotProvisioningKind, string | undefined>> = {
  managed: 'EKS replaces and drains the nodes of managed groups by itself',
  karpenter: 'Karpenter drains its nodes by itself, told by a queue of its own',
  'self-managed': undefined,
};

function check(checks: Checks, props: NodeTerminationHandlerProps): void {
  const { pools, provisioning, queueUrl, placement, image } = props;
  const foreign = pools.filter(({ cloud }) => cloud.definition.id !== 'eks');
  checks.require(foreign.length === 0, 'pools', () => ({
    got: foreign.map(String).join(', '),
    expected: 'pools of EKS, as the kubelets of GKE end their pods by themselves within the notice',
    fix: 'leave NodeTerminationHandler out on GKE',
  }));
  checks.require(pools.length > 0, 'pools', () => ({
    got: 'none',
    expected: 'the pools whose nodes it drains',
    fix: 'name the self-managed pools',
  }));
  const reason = DRAINS_ITSELF[provisioning.kind];
  checks.require(reason === undefined, 'provisioning', () => ({
    got: `SpotProvisioning.${provisioning.kind}()`,
    expected: `SpotProvisioning.selfManaged(), as ${reason ?? ''}`,
    fix: 'leave NodeTerminationHandler out: two that drain get into each other’s way',
  }));
  checks.require(
    /^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/\d{12}\/[A-Za-z0-9_-]{1,80}$/.test(
      queueUrl,
    ),
    'queueUrl',
    () => ({
      got: `"${queueUrl}"`,
      expected: 'https://sqs.REGION.amazonaws.com/ACCOUNT/NAME',
      fix: 'copy the address of the queue that the events go to',
    }),
  );
  requirePinnedImage(checks, 'image', image ?? IMAGE);
  requireStableNodes(checks, placement, 'the handler');
}

/** @internal */
export function nodeTerminationHandlerObjects(
  names: AddonNames,
  { queueUrl, placement, image, monitoring = [] }: NodeTerminationHandlerProps,
): AddonObject[] {
  const containers = [container(queueUrl, image ?? IMAGE)];
  return [
    serviceAccount(names),
    ...clusterRole(names, RULES),
    networkPolicy(names, {
      metricsPort: METRICS_PORT,
      monitoring,
      egress: [TO_DNS, TO_APIS, TO_POD_IDENTITY],
    }),
    disruptionBudget(names),
    // Each message is handled by one of the two.
    deployment(names, { replicas: 2, pod: controlPod(names, placement, { containers }) }),
  ];
}

function container(queueUrl: string, image: string): Container {
  const env = {
    ENABLE_SQS_TERMINATION_DRAINING: 'true',
    QUEUE_URL: queueUrl,
    AWS_REGION: /sqs\.([a-z0-9-]+)\./.exec(queueUrl)?.[1] ?? '',
    MANAGED_TAG,
    CHECK_TAG_BEFORE_DRAINING: 'true',
    // A recommendation is no notice: draining on it only churns.
    ENABLE_REBALANCE_DRAINING: 'false',
    // Pods say themselves how long they take.
    POD_TERMINATION_GRACE_PERIOD: '-1',
    NODE_TERMINATION_GRACE_PERIOD: '120',
    DELETE_LOCAL_DATA: 'true',
    IGNORE_DAEMON_SETS: 'true',
    ENABLE_PROBES_SERVER: 'true',
    PROBES_SERVER_PORT: String(PROBES_PORT),
    ENABLE_PROMETHEUS_SERVER: 'true',
    PROMETHEUS_SERVER_PORT: String(METRICS_PORT),
  };
  const field = (name: string, fieldPath: string): NonNullable<Container['env']>[number] => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    name: 'handler',
    image,
    imagePullPolicy: 'Always',
    env: [
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
      field('NODE_NAME', 'spec.nodeName'),
      field('POD_NAME', 'metadata.name'),
      field('NAMESPACE', 'metadata.namespace'),
    ],
    ports: [
      { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
      { name: 'probes', containerPort: PROBES_PORT, protocol: 'TCP' },
    ],
    livenessProbe: {
      httpGet: { path: '/healthz', port: PROBES_PORT },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    readinessProbe: { tcpSocket: { port: PROBES_PORT }, periodSeconds: 10 },
    resources: resources({ cpuMillis: 50, memoryMib: 128 }),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: RESTRICTED,
  };
}

/** @see https://github.com/aws/aws-node-termination-handler/blob/v1.25.6/config/helm/aws-node-termination-handler/templates/clusterrole.yaml */
const RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch', 'update'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];
