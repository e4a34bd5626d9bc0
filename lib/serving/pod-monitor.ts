/*
 * How the Prometheus operator finds the metrics of a server.
 */
import type { PlainObject } from '../core/custom-resource';
import { podMonitor } from '../core/pod-monitor';
import type { ResolvedModelServer } from './resolve';

/** @internal */
export function podMonitorOf(
  { name, engine: { metrics, ports }, mesh }: ResolvedModelServer,
  of: {
    readonly labels: Readonly<Record<string, string>>;
    readonly selector: Readonly<Record<string, string>>;
  },
): PlainObject {
  return podMonitor({
    ...of,
    name,
    ...(mesh?.metrics ?? {
      port: metrics?.port === ports.http ? 'http' : 'metrics',
      path: metrics?.path ?? '/metrics',
    }),
  });
}
