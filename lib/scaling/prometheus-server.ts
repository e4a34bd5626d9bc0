/*
 * Where scaling policies ask for metrics.
 */
import { Checks } from '../core/checks';
import { requireName } from '../core/names';
import { NetworkPeer } from '../core/network-peer';
import type { MetricsReader } from '../serving/endpoint';
import type { SecretReference } from '../serving/secret-reference';

const DEFAULTS = { serviceName: 'prometheus-operated', port: 9090 } as const;

/** Options of a Prometheus in the cluster. */
export interface InClusterOptions {
  /**
   * Service of the server.
   * @default prometheus-operated
   */
  readonly serviceName?: string;
  /**
   * Port of the Service, 1 to 65535.
   * @default 9090
   */
  readonly port?: number;
}

/** Options of a server with the interface of Prometheus. */
export interface PrometheusUrlOptions {
  /**
   * Secret in the namespace of the server with the key `bearerToken`.
   * @default - none is sent
   */
  readonly bearerToken?: SecretReference;
  /**
   * Pods that read the metrics and send them there. They find the server's pods by themselves.
   * @default - somebody else opens the way
   */
  readonly scrapedFrom?: NetworkPeer;
}

/** A server that answers PromQL. */
export class PrometheusServer {
  /**
   * A Prometheus that its operator runs in the cluster. It is let in to the metrics of the servers, and told of them
   * by PodMonitors.
   * @param namespace namespace of its pods
   * @throws ConfigurationError when a name or the port is none
   */
  public static inCluster(namespace: string, options: InClusterOptions = {}): PrometheusServer {
    const { serviceName = DEFAULTS.serviceName, port = DEFAULTS.port } = options;
    const checks = new Checks('PrometheusServer.inCluster');
    requireName(checks, 'namespace', namespace);
    requireName(checks, 'serviceName', serviceName);
    checks.requireCount(port, 'port', 1, 65535);
    checks.finish();
    return new PrometheusServer(
      `http://${serviceName}.${namespace}.svc.cluster.local:${port}`,
      { peer: NetworkPeer.namespace(namespace), podMonitor: true },
      undefined,
    );
  }

  /**
   * A server with the interface of Prometheus, such as Amazon Managed Service for Prometheus behind its proxy, the
   * frontend of Google's, Thanos or Mimir.
   * @param url with its scheme; `https` unless it is in the cluster
   * @throws ConfigurationError when it is none, or a token would cross the network in the clear
   */
  public static at(url: string, options: PrometheusUrlOptions = {}): PrometheusServer {
    const { bearerToken, scrapedFrom } = options;
    const checks = new Checks('PrometheusServer.at');
    const inCluster = /^http:\/\/[a-z0-9.-]+\.svc(\.cluster\.local)?(:\d+)?(\/\S*)?$/.test(url);
    checks.require(/^https:\/\/[a-z0-9.-]+(:\d+)?(\/\S*)?$/.test(url) || inCluster, 'url', () => ({
      got: `"${url}"`,
      expected: 'https://HOST, or http://NAME.NAMESPACE.svc of a server in the cluster',
      fix: 'use TLS, or a proxy in the cluster',
    }));
    checks.require(bearerToken === undefined || !inCluster, 'bearerToken', () => ({
      got: `a token for ${url}`,
      expected: 'https, as everybody on the way could read the token',
      fix: 'use TLS, or leave the token out',
    }));
    checks.finish();
    return new PrometheusServer(
      url,
      scrapedFrom && { peer: scrapedFrom, podMonitor: false },
      bearerToken,
    );
  }

  private constructor(
    /** Its address. */
    public readonly url: string,
    /** Who reads the metrics of the servers for it. */
    public readonly reader: MetricsReader | undefined,
    /** Secret with the token that it asks for. */
    public readonly bearerToken: SecretReference | undefined,
  ) {
    Object.freeze(this);
  }
}
