/*
 * How clients get in: one declaration, written for the controller that the cluster runs, or refused with the
 * names of those that can do what it asks. Assumes the controller to be installed, and nothing more.
 */
import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { issuedCertificate } from '../core/issued-certificate';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { NetworkPeer } from '../core/network-peer';
import { warn } from '../core/warnings';
import type { Certificate as ServerCertificate } from '../pki/certificate';
import { ServerPort } from '../serving/endpoint';
import { serverLimits } from './request-limit';
import { guardHosts } from './host-guard';
import { checkIngress } from './ingress-checks';
import { IngressCapability } from './ingress-capability';
import type { IngressProvider } from './ingress-provider';
import type { ResolvedController, ResolvedIngress } from './ingress-provider-definition';
import type { SecureGrpcIngressProps } from './ingress-props';
import { providerOf, resolveIngress, trustName } from './resolve';
import { RevocationListRefresh } from './revocation-list-refresh';

/**
 * Lets clients in to model servers: gRPC balanced per request, TLS at the edge, and clients that are known by
 * their certificates. Creates what the provider needs for that, and opens exactly the way from its proxies to
 * the gRPC (or REST) port in the NetworkPolicy of each endpoint.
 *
 * @throws ConfigurationError with everything that is wrong with the props, and with every property that the
 * provider cannot fulfil, naming those that can
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Certificate, CertificateAuthority, ClientIdentity, Cpu, Model, ModelServer, ModelSource,
 *   RevocationList, SecureGrpcIngress, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const server = new ModelServer(chart, 'ResNet', {
 *   name: 'resnet',
 *   engine: ServingEngine.TENSORFLOW_SERVING,
 *   model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * });
 * new SecureGrpcIngress(chart, 'Ingress', {
 *   name: 'resnet',
 *   host: 'resnet.inference.example.com',
 *   backends: [server],
 *   certificate: Certificate.fromSecret('resnet-tls'),
 *   clientAuthentication: {
 *     authority: CertificateAuthority.fromSecret('acme-clients'),
 *     allowedClients: [ClientIdentity.commonName('edge-camera-7')],
 *     revocation: RevocationList.fromSecret('acme-clients'),
 *   },
 * });
 */
export class SecureGrpcIngress extends Construct {
  /** Host names that it answers. */
  public readonly hosts: readonly string[];
  public readonly provider: IngressProvider;
  /** Every object that the provider needs, by its construct ID. */
  public readonly objects: Readonly<Record<string, KubernetesObject<PlainObject>>>;

  private readonly props: SecureGrpcIngressProps;
  private readonly resolved: ResolvedIngress;

  public constructor(scope: Construct, id: string, props: SecureGrpcIngressProps) {
    super(scope, id);
    this.props = props;
    this.provider = providerOf(props);
    const identity = { name: 'ingress', instance: props.name };
    const labels = standardLabels({ ...identity, component: 'gateway' });
    const { namespace } = Chart.of(this);
    this.resolved = resolveIngress(props, namespace ?? '', labels);
    this.check(namespace);
    this.hosts = this.resolved.hosts;

    this.connectBackends();
    this.objects = this.makeObjects();
    this.makeTrust();
    this.makeCertificates();
    this.makeRefresh();
    this.addWarnings();
    guardHosts(this, this.hosts, this.resolved.controller.className);
  }

  private check(namespace: string | undefined): void {
    const checks = new Checks(this.node.path);
    checks.require(namespace !== undefined, 'namespace', () => ({
      got: 'a chart without a namespace',
      expected: 'the namespace of the certificates',
      fix: 'use ServingChart, or give the chart a namespace',
    }));
    checkIngress(checks, this.props, this.resolved);
    checks.finish();
  }

  /** Opens the way to each endpoint, and hands it its part of the declaration. */
  private connectBackends(): void {
    const { routes, maxRequestBytes, controller, name } = this.resolved;
    const secretName = this.props.backendTls?.certificate.secretName(`${name}-backend`);
    const appProtocol = this.provider.definition.tlsAppProtocol;
    for (const route of routes) {
      const port = route.protocol === 'grpc' ? ServerPort.GRPC : ServerPort.HTTP;
      for (const { endpoint } of route.targets) {
        for (const peer of peersOf(controller)) endpoint.allowFrom(peer, port);
        if (secretName !== undefined) endpoint.serveTls({ secretName, appProtocol });
        if (serverLimits(route)) endpoint.limitRequests(maxRequestBytes);
      }
    }
  }

  private makeObjects(): Record<string, KubernetesObject<PlainObject>> {
    const { transform } = this.props;
    const rendered = Object.entries(this.provider.definition.render(this.resolved));
    return Object.fromEntries(
      rendered.map(([id, object]) => [
        id,
        new KubernetesObject<PlainObject>(this, id, transform?.(id, object) ?? object),
      ]),
    );
  }

  /** ConfigMaps with the authorities and lists that were given as PEM; all of it is public. */
  private makeTrust(): void {
    const { clientAuthentication: clients, backendTls } = this.props;
    const authorities = clients?.authority.source;
    const lists = clients?.revocation?.source;
    if (authorities?.kind === 'ConfigMap') {
      const crl = lists?.kind === 'Pem' ? { 'ca.crl': lists.pem } : {};
      this.makeConfigMap('Clients', trustName(this.props.name, 'clients'), {
        'ca.crt': authorities.pem,
        ...crl,
      });
    } else if (lists?.kind === 'Pem') {
      this.makeConfigMap('Clients', trustName(this.props.name, 'clients'), { 'ca.crl': lists.pem });
    }
    if (backendTls?.authority.source.kind === 'ConfigMap') {
      this.makeConfigMap('Backends', trustName(this.props.name, 'backends'), {
        'ca.crt': backendTls.authority.source.pem,
      });
    }
  }

  private makeConfigMap(id: string, name: string, data: Record<string, string>): void {
    new KubernetesObject<ConfigMap>(this, id, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.trustMetadata(name),
      data,
    });
  }

  /** Certificates and lists go where the proxies read them. */
  private trustMetadata(name: string): {
    name: string;
    labels: Record<string, string>;
    namespace?: string;
  } {
    const { labels, controller } = this.resolved;
    const { trustWithProxies = false } = this.provider.definition;
    return {
      name,
      labels: { ...labels },
      ...(trustWithProxies &&
        controller.namespace !== undefined && { namespace: controller.namespace }),
    };
  }

  private makeCertificates(): void {
    const { name, certificate, backendTls } = this.props;
    const front = certificate.secretName(name) ?? '';
    this.makeCertificate('Certificate', certificate, this.trustMetadata(front), this.hosts);
    if (backendTls === undefined) return;
    const { certificate: back, hostname } = backendTls;
    // Beside the servers, which mount it.
    const metadata = {
      name: back.secretName(`${name}-backend`) ?? '',
      labels: { ...this.resolved.labels },
    };
    this.makeCertificate('BackendCertificate', back, metadata, [hostname]);
  }

  private makeCertificate(
    id: string,
    { source }: ServerCertificate,
    metadata: ReturnType<SecureGrpcIngress['trustMetadata']>,
    dnsNames: readonly string[],
  ): void {
    if (source.kind !== 'Issuer') return;
    new KubernetesObject<PlainObject>(
      this,
      id,
      issuedCertificate({
        metadata,
        secretName: metadata.name,
        issuer: { name: source.name, clusterIssuer: source.clusterIssuer },
        dnsNames,
      }),
    );
  }

  private makeRefresh(): void {
    const { clientAuthentication: clients, name } = this.props;
    const authority = clients?.authority.source;
    const revocation = clients?.revocation;
    if (revocation?.source.kind !== 'Url' || authority?.kind !== 'Secret') return;
    new RevocationListRefresh(this, 'RevocationRefresh', {
      ...this.trustMetadata(`${name}-crl`),
      secretName: authority.name,
      list: revocation,
    });
  }

  private addWarnings(): void {
    const { warnings = [], id } = this.provider.definition;
    for (const warning of warnings) warn(this, 'provider', warning);
    const { clientAuthentication: clients, maxRequestBytes } = this.props;
    const list = clients?.revocation?.source;
    if (list?.kind === 'Pem' && list.warning !== undefined)
      warn(this, 'clientAuthentication.revocation', {
        message: list.warning,
        fix: 'make a new list now; when it ends, every client is refused',
      });
    if (clients === undefined && !this.resolved.internal)
      warn(this, 'clientAuthentication', {
        message: 'anybody on the internet may call: no client has to show a certificate',
        fix: 'set clientAuthentication',
      });
    const unlimited = this.resolved.routes.filter((route) => !serverLimits(route));
    if (maxRequestBytes !== undefined || this.provider.can(IngressCapability.REQUEST_LIMIT)) return;
    if (unlimited.length > 0)
      warn(this, 'maxRequestBytes', {
        message: `neither ${id} nor the server bounds the size of ${describeRoutes(unlimited)}`,
        fix: 'choose an engine or a provider that does, or keep large requests out in front of it',
      });
  }
}

function describeRoutes(routes: ResolvedIngress['routes']): string {
  const names = routes.flatMap(({ protocol, targets }) =>
    targets.map(
      ({ endpoint }) =>
        `${protocol === 'rest' ? 'REST' : 'gRPC'} requests to ${endpoint.serviceName}`,
    ),
  );
  return [...new Set(names)].join(', ');
}

/** Who calls the endpoints: the proxies of the controller, or a load balancer outside of the cluster. */
function peersOf({ namespace, podLabels, addresses }: ResolvedController): NetworkPeer[] {
  return namespace === undefined
    ? addresses.map((range) => NetworkPeer.cidr(range))
    : [NetworkPeer.namespace(namespace, podLabels)];
}
