/*
 * Under which labels others count what is a server's.
 */

/**
 * Matcher for the clusters of Envoy Gateway's proxies that lead from a `SecureGrpcIngress` to its servers. They are called
 * by the kind, namespace, name and rule of a route (Envoy Gateway 1.9).
 */
export function envoyClusters(namespace: string, ingress: string): string {
  return `envoy_cluster_name=~"(grpc|http)route/${namespace}/${ingress}(-[a-z0-9-]+)?/rule/.*"`;
}

/**
 * Series that an exporter labels with what they are about. Prometheus renames those labels unless it is told to honour
 * them, as they clash with those of the exporter's own pod.
 * @param matchers of `namespace`, or of `namespace` and `pod`
 */
export function exportedSeries(metric: string, matchers: string): string {
  const renamed = matchers
    .replace('namespace=', 'exported_namespace=')
    .replace('pod=', 'exported_pod=');
  return `${metric}{${matchers}} or ${metric}{${renamed}}`;
}
