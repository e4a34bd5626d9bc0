/*
 * The two ways in to the stack: an application load balancer of AWS, as in the source, or Envoy Gateway, which
 * knows clients by name. ARNs and address blocks are those of the account that it is deployed to.
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

const ACCOUNT = 'eu-west-1:111122223333';

/** Subnets of the load balancer. */
const SUBNETS = ['10.0.0.0/20', '10.0.16.0/20', '10.0.32.0/20'];

type Way = Pick<
  SecureGrpcIngressProps,
  'provider' | 'certificate' | 'clientAuthentication' | 'exposure'
> &
  Partial<Pick<SecureGrpcIngressProps, 'controller'>>;

/** What differs between the two. */
export const ways: Readonly<Record<StackSettings['ingress'], Way>> = {
  // No names of clients: whoever has a certificate of the trust store may call.
  'aws-alb': {
    provider: IngressProvider.AWS_ALB,
    certificate: Certificate.fromAcm(
      `arn:aws:acm:${ACCOUNT}:certificate/7e1f9a52-0000-4000-8000-000000000000`,
    ),
    clientAuthentication: {
      authority: CertificateAuthority.trustStore(
        `arn:aws:elasticloadbalancing:${ACCOUNT}:truststore/resnet-clients/0123456789abcdef`,
      ),
      revocation: RevocationList.IN_TRUST_STORE,
    },
    controller: { addresses: SUBNETS },
    exposure: { internal: false },
  },
  'envoy-gateway': {
    provider: IngressProvider.ENVOY_GATEWAY,
    certificate: Certificate.fromSecret('resnet-tls'),
    clientAuthentication: {
      authority: CertificateAuthority.fromSecret('resnet-clients'),
      revocation: RevocationList.fromSecret('resnet-clients'),
      allowedClients: [ClientIdentity.commonName('load-test')],
    },
    exposure: { internal: false },
  },
};
