import type { IConstruct } from 'constructs';
import { warn } from '../core/warnings';
import { warnOfPlacement } from '../serving/placement-checks';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps } from './inference-service-props';
import type { ResolvedService } from './resolve';

/** Notes what works and is likely not meant. */
export function warnOfService(
  scope: IConstruct,
  props: InferenceServiceProps,
  service: ResolvedService,
): void {
  const { predictor, mode } = service;
  const { minReplicas } = predictor.scaling;
  const knative = mode === DeploymentMode.KNATIVE;
  warnOfPlacement(scope, {
    ...predictor.server,
    replicas: Math.max(knative ? 2 : 1, minReplicas),
  });
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
  if (minReplicas === 0 && props.predictor.modelSize === undefined)
    warn(scope, 'predictor.modelSize', {
      message: 'not known, and requests wait for the model to load when there is no replica',
      fix: 'name the size of the model, so that the time is checked against timeout',
    });
  if (minReplicas === 0 && predictor.server.loadSeconds > service.timeoutSeconds)
    warn(scope, 'scaling.minReplicas', {
      message: `a replica takes about ${predictor.server.loadSeconds} s to load, and requests are given up after ${service.timeoutSeconds} s: the first ones after a pause fail`,
      fix: 'let clients retry, keep one replica, or cache the model on the nodes',
    });
}
