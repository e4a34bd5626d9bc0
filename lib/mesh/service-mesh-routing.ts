/*
 * How traffic moves inside: one declaration, written for the mesh that the cluster runs, or refused with the names
 * of those that can do what it asks. Assumes the mesh to be installed, and nothing more.
 */
import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { PlainObject } from '../core/custom-resource';
import { issuedCertificate } from '../core/issued-certificate';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { isForTesting } from '../core/serving-chart';
import { warn } from '../core/warnings';
import { ServerPort, type ModelEndpoint } from '../serving/endpoint';
import { Protocol } from '../serving/engine-definition';
import { GrpcStatus } from './grpc-status';
import type { ResolvedRouting } from './mesh-definition';
import { MutualTls, type MeshRoute, type ServiceMeshRoutingProps } from './mesh-props';
import { calledOf, endpointsOf, externalHostsOf, resolveRouting } from './resolve';
import { claim, requireUnclaimed, type Claims } from './router-guard';
import { checkRouting } from './routing-checks';
import type { ServiceMesh } from './service-mesh';

/** After these a server may have computed what is asked for again. */
const MAYBE_COMPUTED = [
  GrpcStatus.CANCELLED,
  GrpcStatus.DEADLINE_EXCEEDED,
  GrpcStatus.INTERNAL,
] as const;

/**
 * Routes calls to model servers inside of a mesh: balanced per call, split by weight, mirrored, bound in time and
 * tried again. Makes the servers part of the mesh, which encrypts and authenticates every connection, and opens
 * exactly the ports that the routes lead to for those that may call.
 *
 * @throws ConfigurationError with everything that is wrong with the props, and with every property that the mesh
 * cannot fulfil, naming those that can
 * @example
 * import { App, Duration, Size } from 'cdk8s';
 * import {
 *   Cpu, GrpcStatus, MeshCaller, Model, ModelServer, ModelSource, ServiceMesh, ServiceMeshRouting, ServingChart,
 *   ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const [current, next] = ['resnet-1', 'resnet-2'].map((name) => new ModelServer(chart, name, {
 *   name,
 *   engine: ServingEngine.TRITON,
 *   model: Model.of('resnet', ModelSource.s3(`s3://models/${name}/`)),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * })) as [ModelServer, ModelServer];
 * new ServiceMeshRouting(chart, 'Routing', {
 *   name: 'resnet',
 *   mesh: ServiceMesh.ISTIO,
 *   routes: [{
 *     split: [{ endpoint: current, weight: 90 }, { endpoint: next, weight: 10 }],
 *     timeout: Duration.seconds(2),
 *     retries: { attempts: 2, on: [GrpcStatus.UNAVAILABLE] },
 *   }],
 *   access: [MeshCaller.serviceAccount('vision', 'classifier')],
 * });
 */
export class ServiceMeshRouting extends Construct {
  public readonly mesh: ServiceMesh;
  /** Every object that the mesh needs, by its construct ID. */
  public readonly objects: Readonly<Record<string, KubernetesObject<PlainObject>>>;

  private readonly props: ServiceMeshRoutingProps;
  private readonly resolved: ResolvedRouting;

  public constructor(scope: Construct, id: string, props: ServiceMeshRoutingProps) {
    super(scope, id);
    this.props = props;
    this.mesh = props.mesh;
    const { namespace } = Chart.of(this);
    const identity = { name: 'routing', instance: props.name };
    const labels = standardLabels({ ...identity, component: 'mesh' });
    this.resolved = resolveRouting(props, namespace ?? '', labels);
    this.check(namespace);

    this.connectServers();
    this.objects = this.makeObjects();
    this.makeCertificate();
    this.addWarnings();
    claim(this, this.claims());
  }

  private check(namespace: string | undefined): void {
    const checks = new Checks(this.node.path);
    const context = { namespace, forTesting: isForTesting(this) };
    checkRouting(checks, this.props, this.resolved, context);
    requireUnclaimed(checks, this, this.claims());
    checks.finish();
  }

  private claims(): Claims {
    const nameOf = ({ serviceName, namespace }: ModelEndpoint): string =>
      `${serviceName}.${namespace ?? ''}`;
    return {
      hosts: [...externalHostsOf(this.props), ...calledOf(this.props).map(nameOf)],
      servers: endpointsOf(this.props).map(nameOf),
    };
  }

  /** Makes the servers part of the mesh, and opens to those that may call what the routes lead to. */
  private connectServers(): void {
    const { definition } = this.mesh;
    const membership = definition.membership(this.resolved.sidecar, this.props.name);
    const callers = definition.callersOf(this.resolved);
    for (const endpoint of endpointsOf(this.props)) {
      if (membership) endpoint.joinMesh(membership);
      for (const peer of callers) endpoint.allowFrom(peer, ...this.portsTo(endpoint));
    }
  }

  private portsTo(endpoint: ModelEndpoint): ServerPort[] {
    const leads = ({ split, mirror }: MeshRoute): boolean =>
      [...split, ...(mirror ? [mirror] : [])].some((target) => target.endpoint === endpoint);
    const routes = this.props.routes.filter(leads);
    return [...new Set(routes.map(({ port }) => port ?? ServerPort.GRPC))];
  }

  private makeObjects(): Record<string, KubernetesObject<PlainObject>> {
    const { transform } = this.props;
    const rendered = Object.entries(this.mesh.definition.render(this.resolved));
    return Object.fromEntries(
      rendered.map(([id, object]) => [
        id,
        new KubernetesObject<PlainObject>(this, id, transform?.(id, object) ?? object),
      ]),
    );
  }

  private makeCertificate(): void {
    const { gateway, labels } = this.resolved;
    const source = this.props.gateway?.certificate.source;
    if (gateway === undefined || source?.kind !== 'Issuer') return;
    const { certificatesWithGateway } = this.mesh.definition;
    new KubernetesObject<PlainObject>(
      this,
      'Certificate',
      issuedCertificate({
        metadata: {
          name: gateway.secretName,
          labels: { ...labels },
          ...(certificatesWithGateway && { namespace: gateway.namespace }),
        },
        secretName: gateway.secretName,
        issuer: { name: source.name, clusterIssuer: source.clusterIssuer },
        dnsNames: gateway.hosts,
      }),
    );
  }

  private addWarnings(): void {
    const { definition } = this.mesh;
    for (const warning of definition.warnings ?? []) warn(this, 'mesh', warning);
    if (this.resolved.mutualTls === MutualTls.PERMISSIVE)
      warn(this, 'mutualTls', {
        message: 'servers take calls that are neither encrypted nor authenticated, too',
        fix: 'drop mutualTls once all callers are in the mesh',
      });
    for (const [index, route] of this.props.routes.entries())
      this.warnOfRoute(route, `routes[${index}]`);
  }

  private warnOfRoute({ split, match, timeout, retries }: MeshRoute, at: string): void {
    const doubled = MAYBE_COMPUTED.filter((status) => retries?.on.includes(status));
    if (doubled.length > 0 && retries?.idempotent !== true)
      warn(this, `${at}.retries.on`, {
        message: `after ${doubled.join(', ')} a server may have computed the call already: it is computed twice`,
        fix: 'set retries.idempotent where that does no harm, or retry on UNAVAILABLE only',
      });
    const streams = split.some(({ endpoint }) =>
      endpoint.protocols.includes(Protocol.KSERVE_V2_GRPC),
    );
    if (timeout !== undefined && match?.method === undefined && streams)
      warn(this, `${at}.timeout`, {
        message: `streams end after ${timeout.toHumanString()}, as the limit is for whole calls`,
        fix: 'name the method that the limit is for, and give ModelStreamInfer a route without one',
      });
  }
}
