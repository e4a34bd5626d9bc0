/**
 * Matcher of PromQL for the clusters of Envoy Gateway's proxies that lead from a `SecureGrpcIngress` to its servers.
 * They are called by the kind, namespace, name and rule of a route (Envoy Gateway 1.9).
 */
export function envoyClusters(namespace: string, ingress: string): string {
  return `envoy_cluster_name=~"(grpc|http)route/${namespace}/${ingress}(-[a-z0-9-]+)?/rule/.*"`;
}
