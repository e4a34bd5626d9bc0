/*
 * One party that serves its models beside others: its namespace, its share of the cluster, and its clients,
 * known by an authority of its own.
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { CertificateAuthority } from '../pki/certificate-authority';
import type { ClientAuthentication } from '../pki/client-authentication';
import type { ClientIdentity } from '../pki/client-identity';
import type { RevocationList } from '../pki/revocation-list';
import { ServingNamespace, type NamespaceQuota } from './serving-namespace';

/** Options of a tenant. */
export interface TenantProps {
  /** Name of its namespace; DNS label of at most 55 characters. */
  readonly name: string;
  readonly quota: NamespaceQuota;
  /** Who signs the certificates of its clients: an authority that signs for nobody else. */
  readonly clientAuthority: CertificateAuthority;
  /** The certificates of its clients that count no longer. */
  readonly revocation: RevocationList;
  /** Its endpoints; name of the ingress → the clients that may call it, at least one. */
  readonly endpoints: Readonly<Record<string, readonly ClientIdentity[]>>;
  /**
   * Further labels of the namespace; label key → value.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A tenant. Creates a `ServingNamespace`: Pod Security `restricted`, quota, default deny. What was a call to
 * a management service is a line here: an endpoint, and who may call it.
 *
 * @throws ConfigurationError when the name or the quota is invalid, or an endpoint names no client
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   CertificateAuthority, ClientIdentity, Cpu, RevocationList, ServingChart, Tenant,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'vision', { namespace: 'vision' });
 * const tenant = new Tenant(chart, 'Tenant', {
 *   name: 'vision',
 *   quota: { cpu: Cpu.units(64), memory: Size.gibibytes(128), pods: 10 },
 *   clientAuthority: CertificateAuthority.fromSecret('vision-clients'),
 *   revocation: RevocationList.fromSecret('vision-clients'),
 *   endpoints: { resnet: [ClientIdentity.commonName('edge-camera-7')] },
 * });
 * tenant.clientsOf('resnet'); // goes to SecureGrpcIngress, as clientAuthentication
 */
export class Tenant extends Construct {
  /** Name of the namespace. */
  public readonly name: string;
  /** Name of the PriorityClass for its pods. */
  public readonly priorityClassName: string;
  public readonly namespace: ServingNamespace;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TenantProps,
  ) {
    super(scope, id);
    this.check();
    const { name, quota, labels } = props;
    this.name = name;
    this.namespace = new ServingNamespace(this, 'Namespace', {
      name,
      quota,
      ...(labels && { labels }),
    });
    this.priorityClassName = this.namespace.priorityClassName;
  }

  /**
   * Who may call one of its endpoints.
   * @throws ConfigurationError when it has no such endpoint
   */
  public clientsOf(endpoint: string): ClientAuthentication {
    const { endpoints, clientAuthority, revocation } = this.props;
    const allowedClients = endpoints[endpoint];
    const checks = new Checks(this.node.path);
    checks.require(allowedClients !== undefined, 'clientsOf', () => ({
      got: `"${endpoint}"`,
      expected: `an endpoint of the tenant: ${Object.keys(endpoints).join(', ')}`,
      fix: 'add it to endpoints, with the clients that may call it',
    }));
    checks.finish();
    return { authority: clientAuthority, revocation, allowedClients: allowedClients ?? [] };
  }

  private check(): void {
    const checks = new Checks(this.node.path);
    const { endpoints } = this.props;
    for (const [name, clients] of Object.entries(endpoints)) {
      checks.require(clients.length > 0, `endpoints["${name}"]`, () => ({
        got: 'no client',
        expected: 'at least one client',
        fix: 'name who may call it; an endpoint for all clients of the authority is not one of a tenant',
      }));
    }
    checks.finish();
  }
}
