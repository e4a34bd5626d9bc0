/*
 * Who counts the requests of a server, and how. The registry of indicators.
 */
import { Checks } from '../core/checks';
import { envoyClusters } from '../core/promql';
import { requireName } from '../core/names';
import { Protocol, type EngineLoad, type LatencyHistogram } from '../serving/engine-definition';

/** What an indicator may know of the server. */
export interface IndicatorTarget {
  readonly namespace: string;
  /** Matchers of PromQL that select its pods. */
  readonly pods: string;
  /** Name of the engine for people. */
  readonly engine: string;
  readonly load: EngineLoad;
  readonly protocols: readonly Protocol[];
}

/** Queries for how well a server answers; undefined where the indicator cannot tell. */
export interface Indicated {
  /** Requests in a second that were answered, over a window. */
  readonly succeeded: ((window: string) => string) | undefined;
  /** Requests in a second that failed, over a window. */
  readonly failed: ((window: string) => string) | undefined;
  readonly latency: IndicatedLatency | undefined;
  /** Series that are there for as long as Prometheus reads who counts, requests or not; undefined where others tell. */
  readonly seen: string | undefined;
  /** Seconds that a request takes on average over a minute. */
  readonly meanSeconds: string | undefined;
}

/** A histogram, and matchers of PromQL that select what of it is the server's. */
export type IndicatedLatency = LatencyHistogram & { readonly matchers: string };

/** Bounds of Envoy's histograms, in milliseconds. @see https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/metrics/v3/stats.proto */
const ENVOY_BOUNDS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
  1_800_000, 3_600_000,
];

/** Statuses of gRPC that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_FAULTS = [2, 4, 12, 13, 14, 15];

/** Methods of gRPC by which models are asked. */
const METHODS: Partial<Record<Protocol, string>> = {
  [Protocol.TFS_GRPC]: 'Predict',
  [Protocol.KSERVE_V2_GRPC]: 'ModelInfer',
};

/** Who counts the requests of a server. */
export class Indicator {
  /** The engine, by its own metrics. It does not see requests that never reach it. */
  public static readonly ENGINE = new Indicator('the engine', ({ load, pods }) => ({
    succeeded: load.succeeded && ((window) => load.succeeded?.(pods, window) ?? ''),
    failed: load.failed && ((window) => load.failed?.(pods, window) ?? ''),
    latency: load.latency && { ...load.latency, matchers: pods },
    seen: undefined,
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
        `(sum(rate(istio_requests_total{${matchers},response_code=~"5.."}[${window}])) or vector(0)) + (sum(rate(istio_requests_total{${matchers},response_code!~"5..",grpc_response_status=~"${SERVER_FAULTS.join('|')}"}[${window}])) or vector(0))`;
      return {
        succeeded: (window) => `(${rate(window)}) - (${failed(window)})`,
        failed,
        latency: {
          metric: 'istio_request_duration_milliseconds',
          perSecond: 1000,
          bounds: ENVOY_BOUNDS,
          matchers,
        },
        // A server that was never called has none of its own.
        seen: 'istio_requests_total',
        meanSeconds: undefined,
      };
    });
  }

  /**
   * The proxies of Envoy Gateway: they see what clients outside get, but for what no pod was there to answer, which they
   * do not count. Of gRPC they count unary inference, by its status.
   * @param ingress name of the `SecureGrpcIngress` whose routes lead to the server and to no other
   * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/grpc_stats_filter
   * @throws ConfigurationError when the name is none of an ingress
   */
  public static envoyGateway(ingress: string): Indicator {
    const checks = new Checks('Indicator.envoyGateway');
    requireName(checks, 'ingress', ingress);
    checks.finish();
    return new Indicator('Envoy Gateway', ({ namespace, protocols }) => {
      const matchers = envoyClusters(namespace, ingress);
      const rate = (metric: string, window: string, more = ''): string =>
        `sum(rate(${metric}{${matchers}${more}}[${window}]))`;
      // The status is in the name of the metric, and rates of several names at once would collide.
      const faults = protocols
        .flatMap((protocol) => METHODS[protocol] ?? [])
        .flatMap((method) => SERVER_FAULTS.map((code) => `envoy_cluster_grpc_${method}_${code}`));
      const failed = (window: string): string =>
        [
          rate('envoy_cluster_upstream_rq_xx', window, ',envoy_response_code_class="5"'),
          ...faults.map((metric) => rate(metric, window)),
        ]
          .map((query) => `(${query} or vector(0))`)
          .join(' + ');
      return {
        succeeded: (window) =>
          `(${rate('envoy_cluster_upstream_rq_xx', window)}) - (${failed(window)})`,
        failed,
        latency: {
          metric: 'envoy_cluster_upstream_rq_time',
          perSecond: 1000,
          bounds: ENVOY_BOUNDS,
          matchers,
        },
        seen: `envoy_cluster_upstream_rq_total{${matchers}}`,
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
