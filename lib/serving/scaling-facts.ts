/*
 * What autoscalers are told of a server.
 */
import { mibOf } from '../core/quantities';
import type { ScalingFacts } from './endpoint';
import { SERVER_CONTAINER } from './pod';
import type { ResolvedModelServer } from './resolve';

/** @internal */
export function scalingFacts(resolved: ResolvedModelServer): ScalingFacts {
  const { engine, models, drain, loadSeconds, demand } = resolved;
  return {
    engine: engine.title,
    load: engine.load ?? {},
    container: SERVER_CONTAINER,
    loadSeconds,
    drainSeconds: drain.totalSeconds,
    // Only sizes that were given: the ones assumed are upper bounds.
    modelMib: models.reduce((sum, { model: { options } }) => {
      return sum + (options.size ? mibOf(options.size) : 0);
    }, 0),
    accelerators: demand.accelerator?.count ?? 0,
  };
}
