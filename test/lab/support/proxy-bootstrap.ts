/* What an Envoy must be told to let istiod tell it the rest. */

/** Who the proxy is. */
export interface ProxyNode {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** Further metadata. @default - none */
  readonly more?: Readonly<Record<string, string>>;
}

/**
 * The configuration that an Envoy starts with.
 * @param clusters addresses by the names of clusters; `istiod` configures it
 */
export function proxyBootstrap(
  { id, labels, namespace, more }: ProxyNode,
  clusters: Readonly<Record<string, object>>,
): object {
  const ads = { ads: {}, resource_api_version: 'V3' };
  return {
    node: {
      id,
      cluster: namespace,
      metadata: {
        LABELS: labels,
        NAMESPACE: namespace,
        CLUSTER_ID: 'Kubernetes',
        ISTIO_VERSION: '1.31.1',
        ...more,
      },
    },
    dynamic_resources: {
      lds_config: ads,
      cds_config: ads,
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'istiod' } }],
      },
    },
    static_resources: {
      clusters: Object.entries(clusters).map(([name, address]) => clusterOf(name, address)),
    },
  };
}

function clusterOf(name: string, address: object): object {
  return {
    name,
    connect_timeout: '2s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  };
}
