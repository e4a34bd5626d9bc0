/*
 * How the Prometheus operator finds metrics of pods.
 */
import { PodMonitor } from '../../imports/pod-monitor';
import { customResource, type PlainObject } from './custom-resource';

/** Often enough for rates over a minute, which autoscalers go by. */
const INTERVAL_SECONDS = 15;

/** Whose metrics are where. */
export interface PodMonitorOptions {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** Name of the container's port, or the number of one that no container declares. */
  readonly port: string | number;
  readonly path: string;
  /**
   * Whether the series name the pods that they are about, which are others than those they come from.
   * @default false
   */
  readonly honorLabels?: boolean;
}

/** A PodMonitor of the namespace of its chart. */
export function podMonitor(options: PodMonitorOptions): PlainObject {
  const { name, labels, selector, port, path, honorLabels } = options;
  return customResource(PodMonitor, {
    metadata: { name, labels: { ...labels } },
    spec: {
      selector: { matchLabels: { ...selector } },
      podMetricsEndpoints: [
        {
          ...(typeof port === 'string' ? { port } : { portNumber: port }),
          path,
          interval: `${INTERVAL_SECONDS}s`,
          ...(honorLabels !== undefined && { honorLabels }),
        },
      ],
    },
  });
}
