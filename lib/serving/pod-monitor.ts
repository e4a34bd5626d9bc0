/*
 * How the Prometheus operator finds the metrics of a server.
 */
import { PodMonitor } from '../../imports/pod-monitor';
import { customResource, type PlainObject } from '../core/custom-resource';
import type { ResolvedModelServer } from './resolve';

/** Often enough for rates over a minute, which autoscalers go by. */
const INTERVAL_SECONDS = 15;

/** @internal */
export function podMonitorOf(
  { name, engine: { metrics, ports } }: ResolvedModelServer,
  of: {
    readonly labels: Readonly<Record<string, string>>;
    readonly selector: Readonly<Record<string, string>>;
  },
): PlainObject {
  return customResource(PodMonitor, {
    metadata: { name, labels: { ...of.labels } },
    spec: {
      selector: { matchLabels: { ...of.selector } },
      podMetricsEndpoints: [
        {
          port: metrics?.port === ports.http ? 'http' : 'metrics',
          path: metrics?.path ?? '/metrics',
          interval: `${INTERVAL_SECONDS}s`,
        },
      ],
    },
  });
}
