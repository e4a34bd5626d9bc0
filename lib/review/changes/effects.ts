/*
 * What changes mean beyond being refused: for pods, for addresses, for what guards.
 */
import { at, groupKindOf, textAt, type Manifest } from '../manifest';
import { podsText, replicasOf } from '../replicas';
import type { FieldChange } from './field-change';
import { isWithin } from './immutable';
import { Impact, type Effect } from './impact';
import { TEMPLATES, readersOf, rolloutOf } from './rollout';

/** An object before and after, and all that is there beside it. */
export interface Change {
  readonly before: Manifest;
  readonly after: Manifest;
  readonly fields: readonly FieldChange[];
  /** All objects after the change. */
  readonly all: readonly Manifest[];
}

type Rule = (change: Change) => readonly Effect[];

type Meaning = Omit<Effect, 'fields'>;

const annotation = (name: string): string => `metadata.annotations."${name}"`;

const TAKEN_OVER = moved('another controller takes it over, at another address');
const OTHER_ADDRESS = moved('gets another address');
const NEW_BALANCER = moved('gets a new load balancer');
const DRIFT = restarted(
  'nodes drift: Karpenter replaces them within the disruption budget, and evicts their pods',
);

/** Group and kind → field → what its change does. */
const BY_FIELD: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  'networking.k8s.io/Ingress': {
    'spec.ingressClassName': TAKEN_OVER,
    [annotation('alb.ingress.kubernetes.io/scheme')]: NEW_BALANCER,
    [annotation('alb.ingress.kubernetes.io/group.name')]: moved('moves to another load balancer'),
    [annotation('alb.ingress.kubernetes.io/load-balancer-name')]: NEW_BALANCER,
    [annotation('kubernetes.io/ingress.class')]: TAKEN_OVER,
    [annotation('kubernetes.io/ingress.global-static-ip-name')]: OTHER_ADDRESS,
  },
  Service: {
    'spec.loadBalancerIP': OTHER_ADDRESS,
    [annotation('service.beta.kubernetes.io/aws-load-balancer-type')]: NEW_BALANCER,
    [annotation('service.beta.kubernetes.io/aws-load-balancer-scheme')]: NEW_BALANCER,
    [annotation('service.beta.kubernetes.io/aws-load-balancer-internal')]: NEW_BALANCER,
    [annotation('service.beta.kubernetes.io/aws-load-balancer-name')]: NEW_BALANCER,
    [annotation('networking.gke.io/load-balancer-type')]: NEW_BALANCER,
    [annotation('cloud.google.com/load-balancer-type')]: NEW_BALANCER,
  },
  'gateway.networking.k8s.io/Gateway': {
    'spec.gatewayClassName': TAKEN_OVER,
    'spec.addresses': OTHER_ADDRESS,
  },
  'gateway.envoyproxy.io/EnvoyProxy': {
    'spec.provider.kubernetes.envoyService': moved(
      'changes the Service of the proxies, and with it perhaps the load balancer',
    ),
  },
  'karpenter.sh/NodePool': { 'spec.template': DRIFT },
  'karpenter.k8s.aws/EC2NodeClass': { spec: DRIFT },
  'serving.kserve.io/InferenceService': {
    spec: restarted('rolls out a new revision; the old one answers until the new one is ready'),
  },
  'serving.kserve.io/ServingRuntime': { spec: restarted('rolls out the services that use it') },
  'serving.kserve.io/ClusterServingRuntime': {
    spec: restarted('rolls out the services that use it, in all namespaces'),
  },
  'serving.kserve.io/InferenceGraph': { spec: restarted('restarts its router') },
  'intel.com/ModelServer': { spec: restarted('the operator rolls out new pods') },
  'argoproj.io/Rollout': { 'spec.template': restarted('starts a rollout by its steps') },
  'policy/PodDisruptionBudget': {
    spec: { impact: Impact.NONE, words: 'counts for the next eviction' },
  },
};

const RULES: readonly Rule[] = [byField, template, replicasTaken, serviceType, configuration];

/** What the change of an object does. */
export function effectsOf(change: Change): readonly Effect[] {
  return RULES.flatMap((rule) => rule(change));
}

/** What it does that an object is not there any more. */
export function effectsOfRemoval(
  removed: Manifest,
  before: readonly Manifest[],
  after: readonly Manifest[],
): readonly Effect[] {
  const effect = removalOf(removed, before, after);
  return effect === undefined ? [] : [{ ...effect, fields: [] }];
}

function removalOf(
  removed: Manifest,
  before: readonly Manifest[],
  after: readonly Manifest[],
): Meaning | undefined {
  const kind = groupKindOf(removed);
  switch (kind) {
    case 'Namespace':
      return {
        impact: Impact.DATA_LOST,
        words: 'deletes everything in it, volume claims included',
      };
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return {
        impact: Impact.DATA_LOST,
        words: 'deletes all objects of its kind, in all namespaces',
      };
    case 'PersistentVolumeClaim':
      return {
        impact: Impact.DATA_LOST,
        words: 'deletes its volume, unless the storage class retains it',
        fix: 'set persistentVolumeReclaimPolicy of the volume to Retain first',
      };
    case 'apps/Deployment':
    case 'apps/StatefulSet':
    case 'argoproj.io/Rollout':
      return { impact: Impact.STOPPED, words: `ends ${podsText(replicasOf(removed, before))}` };
    case 'apps/DaemonSet':
      return { impact: Impact.STOPPED, words: 'ends its pod on every node' };
    case 'serving.kserve.io/InferenceService':
      return { impact: Impact.STOPPED, words: 'ends its pods' };
    case 'Service':
      return textAt(removed, 'spec', 'type') === 'LoadBalancer'
        ? moved('deletes its load balancer and the address')
        : { impact: Impact.STOPPED, words: 'nobody reaches its pods by this name any more' };
    case 'networking.k8s.io/Ingress':
    case 'gateway.networking.k8s.io/Gateway':
      return moved('deletes the way in and its address');
    case 'networking.k8s.io/NetworkPolicy':
      return weakened('its pods take and make connections that no other policy forbids');
    case 'policy/PodDisruptionBudget':
      return weakened('all of its pods may be evicted at once');
    case 'security.istio.io/AuthorizationPolicy':
    case 'security.istio.io/PeerAuthentication':
    case 'gateway.envoyproxy.io/SecurityPolicy':
    case 'gateway.envoyproxy.io/ClientTrafficPolicy':
      return weakened('callers are let in that were not');
    case 'ResourceQuota':
    case 'LimitRange':
      return weakened('its namespace may take what it wants');
    case 'ConfigMap':
    case 'Secret': {
      const readers = readersOf(removed, after).map(({ metadata }) => metadata.name);
      return readers.length === 0
        ? undefined
        : {
            impact: Impact.STOPPED,
            words: `new pods of ${readers.join(', ')} do not start without it`,
          };
    }
    default:
      return undefined;
  }
}

function byField({ before, fields }: Change): readonly Effect[] {
  // A Service has an address of its own to lose only as a load balancer.
  if (before.kind === 'Service' && textAt(before, 'spec', 'type') !== 'LoadBalancer') return [];
  return Object.entries(BY_FIELD[groupKindOf(before)] ?? {}).flatMap(([field, meaning]) =>
    effectOf(meaning, within(fields, field)),
  );
}

function template({ before, after, fields, all }: Change): readonly Effect[] {
  const path = TEMPLATES[groupKindOf(before)];
  const rollout = rolloutOf(after, all);
  return path === undefined || rollout === undefined ? [] : effectOf(rollout, within(fields, path));
}

/** An autoscaler set the number; a manifest that stops naming it lets it fall to one first. */
function replicasTaken({ before, fields }: Change): readonly Effect[] {
  if (!['apps/Deployment', 'apps/StatefulSet'].includes(groupKindOf(before))) return [];
  const taken = within(fields, 'spec.replicas').filter(({ after: now }) => now === undefined);
  if (Number(at(before, 'spec', 'replicas') ?? 1) <= 1) return [];
  return effectOf(
    {
      impact: Impact.STOPPED,
      words:
        'falls to 1 pod until an autoscaler sets more: "replicas" was in the manifest, and goes with it',
      fix: 'hand the field over before: kubectl apply --server-side --field-manager=autoscaler of a manifest with replicas alone',
    },
    taken,
  );
}

function serviceType({ before, after, fields }: Change): readonly Effect[] {
  if (groupKindOf(before) !== 'Service') return [];
  const type = within(fields, 'spec.type');
  if (
    textAt(before, 'spec', 'type') === 'LoadBalancer' &&
    textAt(after, 'spec', 'type') !== 'LoadBalancer'
  )
    return effectOf(moved('deletes its load balancer and the address'), type);
  const selector = within(fields, 'spec.selector');
  return effectOf(
    { impact: Impact.STOPPED, words: 'sends requests to other pods from now on, or to none' },
    selector,
  );
}

function configuration({ before, after, fields, all }: Change): readonly Effect[] {
  if (!['ConfigMap', 'Secret'].includes(groupKindOf(before))) return [];
  const data = [
    ...within(fields, 'data'),
    ...within(fields, 'stringData'),
    ...within(fields, 'binaryData'),
  ];
  const readers = readersOf(after, all).map(({ metadata }) => metadata.name);
  return effectOf(
    {
      impact: Impact.NONE,
      words:
        readers.length === 0
          ? 'restarts nothing'
          : `restarts nothing: ${readers.join(', ')} see it in files after a minute, in variables and what is read at start not before their next start`,
    },
    data,
  );
}

function within(fields: readonly FieldChange[], field: string): readonly FieldChange[] {
  return fields.filter(({ path }) => isWithin(path, field));
}

function effectOf(effect: Meaning, fields: readonly FieldChange[]): readonly Effect[] {
  return fields.length === 0 ? [] : [{ ...effect, fields: fields.map(({ path }) => path) }];
}

function moved(words: string): Meaning {
  return {
    impact: Impact.ADDRESS_MOVED,
    words,
    fix: 'bring up the new one under another name, move DNS, then take the old one away',
  };
}

function restarted(words: string): Meaning {
  return { impact: Impact.RESTARTED, words };
}

function weakened(words: string): Meaning {
  return { impact: Impact.WEAKENED, words };
}
