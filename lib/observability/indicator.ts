/*
 * Who counts the requests of a server, and how. The registry of indicators.
 */
import { Checks } from '../core/checks';
import { requireName } from '../core/names';
import type { EngineLoad, LatencyHistogram } from '../serving/engine-definition';

/** What an indicator may know of the server. */
export interface IndicatorTarget {
  readonly namespace: string;
  /** Matchers of PromQL that select its pods. */
  readonly pods: string;
  /** Name of the engine for people. */
  readonly engine: string;
  readonly load: EngineLoad;
}

/** Queries for how well a server answers; undefined where the indicator cannot tell. */
export interface Indicated {
  /** Requests in a second that were answered, over a window. */
  readonly succeeded: ((window: string) => string) | undefined;
  /** Requests in a second that failed, over a window. */
  readonly failed: ((window: string) => string) | undefined;
  readonly latency: IndicatedLatency | undefined;
  /** Seconds that a request takes on average over a minute. */
  readonly meanSeconds: string | undefined;
}

/** A histogram, and matchers of PromQL that select what of it is the server's. */
export type IndicatedLatency = LatencyHistogram & { readonly matchers: string };

/** Bounds of Istio's histogram of durations, in milliseconds. @see istio/istio pkg/bootstrap/config.go (1.31) */
const ISTIO_BOUNDS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
  1_800_000, 3_600_000,
];

/** Statuses of gRPC that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_FAULTS = '2|4|12|13|14|15';

/** Who counts the requests of a server. */
export class Indicator {
  /** The engine, by its own metrics. It does not see requests that never reach it. */
  public static readonly ENGINE = new Indicator('the engine', ({ load, pods }) => ({
    succeeded: load.succeeded && ((window) => load.succeeded?.(pods, window) ?? ''),
    failed: load.failed && ((window) => load.failed?.(pods, window) ?? ''),
    latency: load.latency && { ...load.latency, matchers: pods },
    // Little's law: those that are open on average are those that come in a second, times how long they take.
    meanSeconds:
      load.inFlight && load.succeeded && `${load.inFlight(pods)} / ${load.succeeded(pods, '1m')}`,
  }));

  /**
   * The proxies of an Istio mesh on the side of the callers: they see what the server does not, too.
   * @param serviceName Service that is called
   * @see https://istio.io/latest/docs/reference/config/metrics/ (1.31)
   * @throws ConfigurationError when the name is none of a Service
   */
  public static istio(serviceName: string): Indicator {
    const checks = new Checks('Indicator.istio');
    requireName(checks, 'serviceName', serviceName);
    checks.finish();
    return new Indicator('Istio', ({ namespace }) => {
      // One side alone, or every request would count twice.
      const matchers = `reporter="source",destination_service="${serviceName}.${namespace}.svc.cluster.local"`;
      const rate = (window: string): string =>
        `sum(rate(istio_requests_total{${matchers}}[${window}]))`;
      const failed = (window: string): string =>
        `(sum(rate(istio_requests_total{${matchers},response_code=~"5.."}[${window}])) or vector(0)) + (sum(rate(istio_requests_total{${matchers},response_code!~"5..",grpc_response_status=~"${SERVER_FAULTS}"}[${window}])) or vector(0))`;
      return {
        succeeded: (window) => `(${rate(window)}) - (${failed(window)})`,
        failed,
        latency: {
          metric: 'istio_request_duration_milliseconds',
          perSecond: 1000,
          bounds: ISTIO_BOUNDS,
          matchers,
        },
        meanSeconds: undefined,
      };
    });
  }

  private constructor(
    private readonly title: string,
    /** @internal */
    public readonly of: (target: IndicatorTarget) => Indicated,
  ) {
    Object.freeze(this);
  }

  /** For people: `Istio`. */
  public toString(): string {
    return this.title;
  }
}
