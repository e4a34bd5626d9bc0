/*
 * Who counts the requests that a server is working on.
 */
import { Checks } from '../core/checks';
import { envoyClusters } from '../core/promql';
import { requireName } from '../core/names';
import { orIdle, type PolicyTarget } from './scaling-policy-definition';

/** How to ask an observer. */
export interface RequestObserverDefinition {
  /** Whether it counts requests while no replica runs. */
  readonly wakes: boolean;
  /** Whether what it counts is in the metrics of the server's own pods. */
  readonly readsPods: boolean;
  /** PromQL for the requests that are open at a time, over all replicas. */
  query(target: PolicyTarget): string | undefined;
  check?(checks: Checks): void;
}

/** Who counts the open requests of a server. */
export class RequestObserver {
  /** The engine, by its own metrics. It counts nothing while no replica runs. */
  public static readonly ENGINE = new RequestObserver({
    wakes: false,
    readsPods: true,
    query: (server) => {
      const query = server.facts.load.inFlight?.(server.pods);
      return query === undefined ? undefined : orIdle(query, server);
    },
  });

  /**
   * The proxies of Envoy Gateway, which also count what waits for a connection. Without an endpoint they answer
   * 503 by themselves, uncounted: they cannot wake a server.
   * @param route name of the `SecureGrpcIngress` whose routes lead to the server and to no other
   * @see https://github.com/envoyproxy/gateway/blob/v1.9.1/internal/gatewayapi/route.go (direct response)
   * @throws ConfigurationError when the name is none of an ingress
   */
  public static envoyGateway(route: string): RequestObserver {
    const checks = new Checks('RequestObserver.envoyGateway');
    requireName(checks, 'route', route);
    checks.finish();
    return new RequestObserver({
      wakes: false,
      readsPods: false,
      query: ({ namespace }) =>
        `sum(envoy_cluster_upstream_rq_active{${envoyClusters(namespace, route)}}) or vector(0)`,
    });
  }

  /**
   * The proxies of an Istio mesh on the side of the caller. They also count calls that find no replica, so that
   * the first ones, which they refuse, start a server that has none.
   * @param serviceName Service that is called
   * @see https://istio.io/latest/docs/reference/config/metrics/ (1.30)
   * @throws ConfigurationError when the name is none of a Service
   */
  public static istio(serviceName: string): RequestObserver {
    const checks = new Checks('RequestObserver.istio');
    requireName(checks, 'serviceName', serviceName);
    checks.finish();
    return new RequestObserver({
      wakes: true,
      readsPods: false,
      query: ({ namespace }) => {
        const labels = `reporter="source",destination_service="${serviceName}.${namespace}.svc.cluster.local"`;
        // Milliseconds of requests a second are, by Little's law, the requests that are open on average.
        const open = `sum(rate(istio_request_duration_milliseconds_sum{${labels}}[1m])) / 1e3`;
        const refused = `sum(increase(istio_requests_total{${labels},response_flags=~".*UH.*"}[1m]))`;
        return `(${open} or vector(0)) + (${refused} or vector(0))`;
      },
    });
  }

  private constructor(
    /** @internal */
    public readonly definition: RequestObserverDefinition,
  ) {
    Object.freeze(this);
  }
}
