/*
 * What a security review would say of manifests.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ (v1.35, "restricted")
 */
import {
  at,
  groupKindOf,
  listAt,
  objectAt,
  textAt,
  titleOf,
  type JsonObject,
  type Manifest,
} from '../manifest';
import { RUNTIME_CONTAINER, selects, type Workload } from './workload';

/** How bad it is. */
export type Severity = 'high' | 'medium' | 'low';

/** Something that should be otherwise. */
export interface Finding {
  readonly severity: Severity;
  /** Kind, namespace and name. */
  readonly object: string;
  /** What is so. */
  readonly what: string;
  /** What to change. */
  readonly fix: string;
}

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** All findings, the worst first. */
export function findingsOf(
  all: readonly Manifest[],
  workloads: readonly Workload[],
): readonly Finding[] {
  const policies = all.filter(({ kind }) => kind === 'NetworkPolicy');
  const budgets = all.filter(({ kind }) => kind === 'PodDisruptionBudget');
  const findings = [
    ...workloads
      .map(known)
      .flatMap((one) => [
        ...restricted(one),
        ...containers(one),
        ...guards(one, policies, budgets),
      ]),
    ...all.flatMap((manifest) => objectFindings(manifest)),
  ];
  const order: readonly Severity[] = ['high', 'medium', 'low'];
  return order.flatMap((severity) => findings.filter((one) => one.severity === severity));
}

/** A workload without what is decided elsewhere. */
function known(workload: Workload): Workload {
  const containers = workload.containers.filter(({ name }) => name !== RUNTIME_CONTAINER);
  return { ...workload, containers };
}

/** What Pod Security "restricted" refuses. */
function restricted({ manifest, pod, containers, initContainers }: Workload): readonly Finding[] {
  const found = (what: string, fix: string): Finding => ({
    severity: 'high',
    object: titleOf(manifest),
    what,
    fix,
  });
  const ofPod = objectAt(pod, 'securityContext');
  const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => at(pod, key) === true);
  const volumes = listAt(pod, 'volumes').flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== 'name' && !ALLOWED_VOLUMES.includes(key)),
  );
  return [
    ...(shared.length > 0
      ? [found(`shares with its node: ${shared.join(', ')}`, 'take it away')]
      : []),
    ...(volumes.length > 0
      ? [found(`mounts ${volumes.join(', ')}`, 'use volumes that "restricted" allows')]
      : []),
    ...[...containers, ...initContainers].flatMap((container) => {
      const own = objectAt(container, 'securityContext');
      const name = textAt(container, 'name') ?? '';
      const effective = (key: string): unknown => at(own, key) ?? at(ofPod, key);
      const seccomp =
        textAt(own, 'seccompProfile', 'type') ?? textAt(ofPod, 'seccompProfile', 'type');
      const dropped = (at(own, 'capabilities', 'drop') ?? []) as readonly string[];
      const added = ((at(own, 'capabilities', 'add') ?? []) as readonly string[]).filter(
        (one) => one !== 'NET_BIND_SERVICE',
      );
      const wrong = [
        ...(at(own, 'privileged') === true ? ['privileged'] : []),
        ...(at(own, 'allowPrivilegeEscalation') === false ? [] : ['may gain privileges']),
        ...(effective('runAsNonRoot') === true ? [] : ['may run as root']),
        ...(effective('runAsUser') === 0 ? ['runs as root'] : []),
        ...(dropped.includes('ALL') ? [] : ['keeps capabilities']),
        ...(added.length > 0 ? [`adds ${added.join(', ')}`] : []),
        ...(seccomp === 'RuntimeDefault' || seccomp === 'Localhost'
          ? []
          : ['has no seccomp profile']),
        ...(listAt(container, 'ports').some((port) => at(port, 'hostPort') !== undefined)
          ? ['takes a port of its node']
          : []),
      ];
      return wrong.length === 0
        ? []
        : [
            found(
              `container ${name} ${wrong.join(', ')}`,
              'set its securityContext as Pod Security "restricted" asks',
            ),
          ];
    }),
  ];
}

/** What else containers should say. */
function containers({
  manifest,
  kind,
  containers: main,
  initContainers,
}: Workload): readonly Finding[] {
  // Those get theirs from the operator.
  if (kind === 'ModelServer') return [];
  return [...main, ...initContainers].flatMap((container) => {
    const name = textAt(container, 'name') ?? '';
    const image = textAt(container, 'image') ?? '';
    const found = (severity: Severity, what: string, fix: string): Finding => ({
      severity,
      object: titleOf(manifest),
      what: `container ${name} ${what}`,
      fix,
    });
    const [, tag] = /:([\w][\w.-]*)(?:@|$)/.exec(image) ?? [];
    const memory = at(container, 'resources', 'limits', 'memory');
    return [
      ...(image === '' || image.includes('@sha256:')
        ? []
        : tag === undefined || tag === 'latest'
          ? [found('high', `runs ${image}, which changes`, 'pin it by digest')]
          : [found('low', `runs ${image}, whose tag may move`, 'pin it by digest')]),
      ...(memory === undefined
        ? [found('medium', 'has no limit of memory', 'set resources.limits.memory')]
        : []),
      ...(at(container, 'securityContext', 'readOnlyRootFilesystem') === true
        ? []
        : [
            found(
              'low',
              'writes to its image',
              'set readOnlyRootFilesystem, with volumes for what it writes',
            ),
          ]),
    ];
  });
}

/** What should be there beside pods. */
function guards(
  { manifest, kind, namespace, podLabels, pod, replicas }: Workload,
  policies: readonly Manifest[],
  budgets: readonly Manifest[],
): readonly Finding[] {
  const object = titleOf(manifest);
  const selected = (some: readonly Manifest[], ...path: readonly string[]): boolean =>
    some.some(
      (one) =>
        (one.metadata.namespace ?? 'default') === namespace &&
        selects(objectAt(one, ...path), podLabels),
    );
  const longRunning = kind === 'Deployment' || kind === 'StatefulSet';
  return [
    ...(selected(policies, 'spec', 'podSelector')
      ? []
      : [
          {
            severity: 'medium',
            object,
            what: 'takes connections from everywhere',
            fix: 'add a NetworkPolicy that selects its pods',
          } as const,
        ]),
    ...(!longRunning || (replicas?.max ?? 0) < 2 || selected(budgets, 'spec', 'selector')
      ? []
      : [
          {
            severity: 'low',
            object,
            what: 'may lose all of its pods to evictions at once',
            fix: 'add a PodDisruptionBudget',
          } as const,
        ]),
    ...(at(pod, 'automountServiceAccountToken') === false || kind === 'ModelServer'
      ? []
      : [
          {
            severity: 'low',
            object,
            what: 'mounts a token of the API into its pods',
            fix: 'set automountServiceAccountToken to false, unless it calls the API',
          } as const,
        ]),
  ];
}

/** What single objects of other kinds say. */
function objectFindings(manifest: Manifest): readonly Finding[] {
  const object = titleOf(manifest);
  switch (groupKindOf(manifest)) {
    case 'Secret':
      return Object.keys({ ...objectAt(manifest, 'data'), ...objectAt(manifest, 'stringData') })
        .length === 0
        ? []
        : [
            {
              severity: 'high',
              object,
              what: 'holds secret values in a manifest',
              fix: 'use External Secrets or Sealed Secrets, and replace what was committed',
            },
          ];
    case 'Namespace':
      return textAt(manifest, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce') ===
        'restricted'
        ? []
        : [
            {
              severity: 'medium',
              object,
              what: 'does not enforce Pod Security "restricted"',
              fix: 'label it pod-security.kubernetes.io/enforce: restricted',
            },
          ];
    case 'gateway.networking.k8s.io/Gateway':
      return listAt(manifest, 'spec', 'listeners')
        .filter((listener) => ['HTTP', 'TCP'].includes(textAt(listener, 'protocol') ?? ''))
        .map((listener) => ({
          severity: 'high',
          object,
          what: `takes requests without TLS on port ${textAt(listener, 'port') ?? ''}`,
          fix: 'use HTTPS or TLS',
        }));
    case 'networking.k8s.io/Ingress':
      return listAt(manifest, 'spec', 'tls').length > 0 ||
        textAt(manifest, 'metadata', 'annotations', 'alb.ingress.kubernetes.io/certificate-arn') !==
          undefined
        ? []
        : [{ severity: 'high', object, what: 'takes requests without TLS', fix: 'add spec.tls' }];
    case 'Service':
      return textAt(manifest, 'spec', 'type') === 'LoadBalancer' &&
        at(manifest, 'spec', 'loadBalancerSourceRanges') === undefined
        ? [
            {
              severity: 'low',
              object,
              what: 'is open to all who reach its load balancer',
              fix: 'set loadBalancerSourceRanges, unless that is what is wanted',
            },
          ]
        : [];
    case 'rbac.authorization.k8s.io/ClusterRoleBinding':
    case 'rbac.authorization.k8s.io/RoleBinding':
      return textAt(manifest, 'roleRef', 'name') === 'cluster-admin'
        ? [
            {
              severity: 'high',
              object,
              what: 'gives all rights',
              fix: 'bind a role with what is needed',
            },
          ]
        : [];
    case 'rbac.authorization.k8s.io/ClusterRole':
    case 'rbac.authorization.k8s.io/Role':
      return listAt(manifest, 'rules').some((rule) => isWide(rule))
        ? [
            {
              severity: 'high',
              object,
              what: 'may do everything to all resources of a group',
              fix: 'name verbs and resources',
            },
          ]
        : [];
    default:
      return [];
  }
}

function isWide(rule: JsonObject): boolean {
  const has = (key: string): boolean => ((at(rule, key) ?? []) as readonly string[]).includes('*');
  return has('verbs') && has('resources');
}
