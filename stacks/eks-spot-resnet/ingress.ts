/*
 * The two ways in to the stack: an application load balancer of AWS, as in the source, or Envoy Gateway, which
 * knows clients by name. ARNs are those of the account that it is deployed to.
 */
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  IngressProvider,
  RevocationList,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { pools } from './pools';

/** Public subnets that `Network` makes in three zones of 10.0.0.0/16: where the load balancer is. */
export const PUBLIC_SUBNETS = ['10.0.192.0/20', '10.0.208.0/20', '10.0.224.0/20'];

type Way = Pick<
  SecureGrpcIngressProps,
  'provider' | 'certificate' | 'clientAuthentication' | 'exposure'
> &
  Partial<Pick<SecureGrpcIngressProps, 'controller' | 'placement'>>;

/** What differs between the two. */
export function wayOf({ ingress, certificateArn, trustStoreArn }: StackSettings): Way {
  return ingress === 'aws-alb' ? loadBalancer(certificateArn, trustStoreArn) : ENVOY_GATEWAY;
}

/** No names of clients: whoever has a certificate of the trust store may call. */
function loadBalancer(certificateArn: string, trustStoreArn: string): Way {
  return {
    provider: IngressProvider.AWS_ALB,
    certificate: Certificate.fromAcm(certificateArn),
    clientAuthentication: {
      authority: CertificateAuthority.trustStore(trustStoreArn),
      revocation: RevocationList.IN_TRUST_STORE,
    },
    controller: { addresses: PUBLIC_SUBNETS },
    exposure: { internal: false },
  };
}

const ENVOY_GATEWAY: Way = {
  provider: IngressProvider.ENVOY_GATEWAY,
  certificate: Certificate.fromSecret('resnet-tls'),
  clientAuthentication: {
    authority: CertificateAuthority.fromSecret('resnet-clients'),
    revocation: RevocationList.fromSecret('resnet-clients'),
    allowedClients: [ClientIdentity.commonName('load-test')],
  },
  exposure: { internal: false },
  // Every pool has a taint; the proxies are control software.
  placement: [pools.control],
};
