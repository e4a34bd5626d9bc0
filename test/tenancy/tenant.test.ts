import { Size } from 'cdk8s';
import {
  CertificateAuthority,
  ClientIdentity,
  Cpu,
  RevocationList,
  Tenant,
  type TenantProps,
} from 'inference-constructs';
import { chartOf } from '../support/charts';

const tenantOf = (changes: Partial<TenantProps> = {}): Tenant =>
  new Tenant(chartOf('vision'), 'Tenant', {
    name: 'vision',
    quota: { cpu: Cpu.units(64), memory: Size.gibibytes(128), pods: 10 },
    clientAuthority: CertificateAuthority.fromSecret('vision-clients'),
    revocation: RevocationList.fromSecret('vision-clients'),
    endpoints: { resnet: [ClientIdentity.commonName('edge-camera-7')] },
    ...changes,
  });

test('is a namespace for serving, and who may call each of its endpoints', () => {
  const tenant = tenantOf();
  const { authority, revocation, allowedClients } = tenant.clientsOf('resnet');

  expect(tenant.namespace.namespace.toJson()).toMatchObject({
    metadata: {
      name: 'vision',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  });
  expect(authority.source).toEqual({ kind: 'Secret', name: 'vision-clients' });
  expect(revocation?.source).toEqual({ kind: 'Secret', name: 'vision-clients' });
  expect(allowedClients?.map(String)).toEqual(['common name "edge-camera-7"']);
});

test('fails on an endpoint that is open to all its clients', () => {
  expect(() => tenantOf({ endpoints: { resnet: [] } })).toThrow(
    'test/Tenant.endpoints["resnet"]: got no client, expected at least one client; name who may call it; an endpoint for all clients of the authority is not one of a tenant',
  );
});

test('fails when an endpoint is asked for that it does not have', () => {
  expect(() => tenantOf().clientsOf('bert')).toThrow(
    'test/Tenant.clientsOf: got "bert", expected an endpoint of the tenant: resnet; add it to endpoints, with the clients that may call it',
  );
});
