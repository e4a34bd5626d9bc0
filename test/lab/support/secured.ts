/* What tests of gateways have in common: authorities, a server's certificate, and the declaration. */
import { App, Chart, Size } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  RevocationList,
  SecureGrpcIngress,
  ServingEngine,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { TestAuthority, type KeyPair } from '../../support/certificates';
import type { KubeObject } from './kube-client';

export const HOST = 'resnet.inference.example.com';

/** Both sides of trust. */
export interface Trust {
  readonly clients: TestAuthority;
  readonly servers: TestAuthority;
  readonly serverPair: KeyPair;
}

/** Makes the authorities and the server's certificate. */
export async function makeTrust(name = 'Acme clients'): Promise<Trust> {
  const clients = await TestAuthority.make(name);
  const servers = await TestAuthority.make('Acme servers');
  return {
    clients,
    servers,
    serverPair: await servers.issueServer(HOST, '*.inference.example.com'),
  };
}

/** The Secrets that the declaration below names. */
export async function secretsOf(
  { clients, serverPair }: Trust,
  { lists = [], name = 'clients' }: { lists?: readonly string[]; name?: string } = {},
): Promise<Record<string, Record<string, string>>> {
  const own = await clients.revocationList();
  return {
    'server-tls': { 'tls.crt': serverPair.certificate, 'tls.key': serverPair.key },
    [name]: { 'ca.crt': clients.pem, 'ca.crl': lists.length > 0 ? lists.join('') : own },
  };
}

/** An ingress in front of one model server, as rendered; the server's own objects are left out. */
export function renderIngress(
  allowed: readonly string[],
  {
    name = 'resnet',
    namespace = 'serving',
    engine = ServingEngine.MLSERVER,
    trust = 'clients',
    ...props
  }: Partial<SecureGrpcIngressProps> & {
    namespace?: string;
    engine?: ServingEngine;
    trust?: string;
  } = {},
): KubeObject[] {
  const chart = new Chart(new App(), 'lab', { namespace });
  const server = new ModelServer(chart, 'Server', {
    name,
    engine,
    model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
    cpu: Cpu.units(2),
    memory: Size.gibibytes(4),
  });
  const ingress = new SecureGrpcIngress(chart, 'Ingress', {
    name,
    host: HOST,
    backends: [server],
    certificate: Certificate.fromSecret('server-tls'),
    clientAuthentication: {
      authority: CertificateAuthority.fromSecret(trust),
      revocation: RevocationList.fromSecret(trust),
      ...(allowed.length > 0 && {
        allowedClients: allowed.map((one) => ClientIdentity.commonName(one)),
      }),
    },
    ...props,
  });
  const ids = new Set(Object.values(ingress.objects).map((object) => object.toJson() as object));
  return [...ids] as KubeObject[];
}

/** Puts the ingress in front of a server and keeps what is rendered for the gateway. */
export function inFront(
  server: ModelServer,
  props: Partial<SecureGrpcIngressProps> = {},
): readonly KubeObject[] {
  const ingress = new SecureGrpcIngress(server, 'Ingress', {
    name: 'resnet',
    host: HOST,
    backends: [server],
    certificate: Certificate.fromSecret('server-tls'),
    clientAuthentication: {
      authority: CertificateAuthority.fromSecret('clients'),
      allowedClients: [ClientIdentity.commonName('client')],
      revocation: RevocationList.fromSecret('clients'),
    },
    ...props,
  });
  return Object.values(ingress.objects).map((object) => object.toJson() as unknown as KubeObject);
}
