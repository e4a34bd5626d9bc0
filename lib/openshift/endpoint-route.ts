/*
 * A way in through OpenShift's own router: REST with TLS at the router, gRPC with TLS all the way to the server, as
 * the router balances connections and not calls.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/networking/configuring-routes (4.16)
 */
import { Construct } from 'constructs';
import { Route } from '../../imports/openshift-route';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { isHostName, requireName, requireSubdomain } from '../core/names';
import { NetworkPeer } from '../core/network-peer';
import { warn } from '../core/warnings';
import { ServerPort, type ModelEndpoint } from '../serving/endpoint';

/** Namespace of the router. */
const ROUTER = NetworkPeer.namespace('openshift-ingress');

/** Options of a route. */
export interface EndpointRouteProps {
  /** Name of the Route; DNS label. */
  readonly name: string;
  /** Host name that it answers. */
  readonly host: string;
  /**
   * The server; this or `gateway`.
   * @default - `gateway`
   */
  readonly endpoint?: ModelEndpoint;
  /**
   * A gateway beside the Route that terminates TLS itself, such as that of a mesh: its Service, and its port there.
   * @default - `endpoint`
   */
  readonly gateway?: { readonly serviceName: string; readonly port: string };
  /**
   * Port that is called.
   * @default ServerPort.HTTP
   */
  readonly port?: ServerPort.GRPC | ServerPort.HTTP;
  /**
   * Secret of type `kubernetes.io/tls` beside the server: for gRPC that of the server, for REST that of the router.
   * @default - the certificate of the router; gRPC needs one
   */
  readonly secretName?: string;
}

/**
 * Lets clients in by a Route. Creates the Route, and opens exactly its port to the router in the NetworkPolicy of the
 * endpoint. Clients show no certificate; `SecureGrpcIngress` and a mesh can ask for one.
 *
 * @throws ConfigurationError when a name is invalid, or gRPC has no certificate or no server that serves TLS
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, EndpointRoute, Model, ModelServer, ModelSource, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const endpoint = new ModelServer(chart, 'ResNet', {
 *   name: 'resnet',
 *   engine: ServingEngine.OPENVINO,
 *   model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * });
 * new EndpointRoute(chart, 'Route', { name: 'resnet', host: 'resnet.apps.example.com', endpoint });
 */
export class EndpointRoute extends Construct {
  public readonly route: KubernetesObject<PlainObject>;

  public constructor(scope: Construct, id: string, props: EndpointRouteProps) {
    super(scope, id);
    const { name, host, endpoint, gateway, port = ServerPort.HTTP, secretName } = props;
    this.check(props);
    endpoint?.allowFrom(ROUTER, port);
    const grpc = port === ServerPort.GRPC;
    if (grpc && secretName !== undefined)
      endpoint?.serveTls({ secretName, appProtocol: undefined });
    this.route = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      customResource(Route, {
        metadata: {
          name,
          labels: standardLabels({ name: 'route', instance: name, component: 'gateway' }),
        },
        spec: {
          host,
          to: {
            kind: 'Service',
            name: gateway?.serviceName ?? endpoint?.serviceName ?? '',
            weight: 100,
          },
          port: { targetPort: gateway?.port ?? port },
          wildcardPolicy: 'None',
          tls:
            grpc || gateway
              ? { termination: 'passthrough', insecureEdgeTerminationPolicy: 'None' }
              : {
                  termination: 'edge',
                  insecureEdgeTerminationPolicy: 'None',
                  ...(secretName !== undefined && { externalCertificate: { name: secretName } }),
                },
        },
      }),
    );
    if (gateway) return;
    warn(this, 'endpoint', {
      message: 'anybody who reaches the router may call: no client has to show a certificate',
      fix: 'use SecureGrpcIngress or the gateway of a mesh where clients are to be known',
    });
  }

  private check(props: EndpointRouteProps): void {
    const { name, host, endpoint, gateway, port, secretName } = props;
    const checks = new Checks(this.node.path);
    checks.require((endpoint === undefined) !== (gateway === undefined), 'endpoint', () => ({
      got: endpoint ? 'a server and a gateway' : 'neither a server nor a gateway',
      expected: 'one of them',
      fix: 'set endpoint or gateway',
    }));
    requireName(checks, 'name', name);
    checks.require(isHostName(host), 'host', () => ({
      got: `"${host}"`,
      expected: 'a full host name in lower case, such as resnet.apps.example.com',
      fix: 'correct the name',
    }));
    if (secretName !== undefined)
      requireSubdomain(checks, 'secretName', secretName, 'name a Secret beside the server');
    const grpc = port === ServerPort.GRPC && endpoint !== undefined;
    checks.require(!grpc || secretName !== undefined, 'secretName', () => ({
      got: 'none, for gRPC',
      expected: "the Secret of the server's certificate: the router passes gRPC through as it is",
      fix: 'set secretName',
    }));
    checks.require(endpoint === undefined || !grpc || endpoint.canServeTls, 'endpoint', () => ({
      got: `${endpoint?.serviceName ?? ''}, which serves no TLS`,
      expected: 'a server that does, for gRPC',
      fix: 'choose another engine, or let gRPC in by the gateway of a mesh',
    }));
    checks.finish();
  }
}
