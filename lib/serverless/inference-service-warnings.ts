/*
 * What works and is likely not meant. What Knative's autoscaler makes of the settings is simulated.
 */
import type { IConstruct } from 'constructs';
import { warn } from '../core/warnings';
import { warnOfPlacement } from '../serving/placement-checks';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps } from './inference-service-props';
import { secondsUntilZero, simulatedService } from './knative-simulation';
import type { ResolvedService } from './resolve';
import { hasAutoscalerOfKnative } from './resolve-scaling';

/**
 * Services of Knative behind one Istio, by the root of the tree. Each has two VirtualServices, which all proxies learn;
 * at about a thousand it takes minutes until a new one is ready (knative/serving#13247, istio/istio#25145).
 */
const behindIstio = new WeakMap<IConstruct, number>();
const MOST_BEHIND_ISTIO = 300;

/** Notes what works and is likely not meant. */
export function warnOfService(
  scope: IConstruct,
  props: InferenceServiceProps,
  service: ResolvedService,
): void {
  const { predictor, mode } = service;
  const knative = mode === DeploymentMode.KNATIVE;
  // Knative adds replicas by load: the least of them says nothing of spot nodes.
  const replicas = Math.max(knative ? 2 : 1, predictor.scaling.minReplicas);
  warnOfPlacement(scope, { ...predictor.server, replicas });
  const share = predictor.scaling.policy?.definition.share?.of;
  if (props.predictor.accelerator && (share === 'cpu' || share === 'memory'))
    warn(scope, 'scaling.policy', {
      message: `${String(predictor.scaling.policy)} for a predictor on GPUs: its CPU may be idle while its GPU is full`,
      fix: knative
        ? 'scale by requestsInFlight'
        : 'leave it out, and attach Autoscaling with queueDepth or requestsInFlight',
    });
  if (props.canary)
    warn(scope, 'canary', {
      message: `the other requests go to the revision that was rolled out before; where ${String(props.predictor.model)} never was, all go to the next model`,
      fix: 'apply the service without canary first, and wait until it is ready',
    });
  if (hasAutoscalerOfKnative(mode, predictor.scaling.policy)) warnOfKnative(scope, service);
  if (knative && service.knative.ingressNamespace === 'istio-system') countBehindIstio(scope);
}

function countBehindIstio(scope: IConstruct): void {
  const count = (behindIstio.get(scope.node.root) ?? 0) + 1;
  behindIstio.set(scope.node.root, count);
  if (count !== MOST_BEHIND_ISTIO + 1) return;
  warn(scope, 'mode', {
    message: `more than ${MOST_BEHIND_ISTIO} services of Knative behind Istio, each with two VirtualServices that every proxy learns: new ones take minutes to be reached`,
    fix: 'use mode STANDARD with routes of shared gateways, Kourier as ingress of Knative, or SharedModelServers for small models',
  });
}

/** Pauses that cost a start, and bursts that are over before replicas are there. */
function warnOfKnative(scope: IConstruct, { predictor, timeoutSeconds }: ResolvedService): void {
  const { loadSeconds } = predictor.server;
  const simulated = simulatedService(predictor.scaling, loadSeconds);
  const pause = secondsUntilZero(simulated);
  if (pause !== Infinity && loadSeconds > timeoutSeconds)
    warn(scope, 'scaling.minReplicas', {
      message: `after ${pause} s without a request the last replica goes, the next takes about ${loadSeconds} s to load, and requests are given up after ${timeoutSeconds} s: the first ones after a pause fail`,
      fix: 'name the modelSize if the model is small, keep one replica, cache the model on the nodes, or let clients retry',
    });
  if (loadSeconds >= 2 * simulated.window)
    warn(scope, 'scaling.knative.window', {
      message: `a burst is over for the autoscaler after its window of ${simulated.window} s, and a replica takes about ${loadSeconds} s to load: it may take away what has just started`,
      fix: `name the modelSize if the model is small, or set window to ${loadSeconds} s or more`,
    });
}
