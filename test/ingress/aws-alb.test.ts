import {
  Certificate,
  CertificateAuthority,
  IngressProvider,
  RevocationList,
  type PlainObject,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import { find } from '../support/charts';
import { secured } from '../support/secured-chart';

const ARN = 'arn:aws:acm:eu-west-1:111122223333:certificate/1a2b';
const STORE = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:truststore/clients/1a2b';

/** Annotations of an Ingress, without their prefix. */
function annotationsOf(
  name: string,
  changes: Partial<SecureGrpcIngressProps> = {},
): Record<string, string> {
  const { chart } = secured({
    provider: IngressProvider.AWS_ALB,
    certificate: Certificate.fromAcm(ARN),
    controller: { addresses: ['10.0.0.0/16'] },
    ...changes,
  });
  const object = (chart.toJson() as PlainObject[]).find(
    ({ kind, metadata }) => kind === 'Ingress' && metadata.name === name,
  );
  return Object.fromEntries(
    Object.entries(object?.metadata.annotations ?? {}).map(([key, value]) => [
      key.replace('alb.ingress.kubernetes.io/', ''),
      value,
    ]),
  );
}

test('speaks gRPC straight to the pods, and asks them whether their models are loaded', () => {
  expect(annotationsOf('resnet')).toMatchObject({
    'listen-ports': '[{"HTTPS":443}]',
    'certificate-arn': ARN,
    'target-type': 'ip',
    'backend-protocol': 'HTTP',
    'backend-protocol-version': 'GRPC',
    'healthcheck-path': '/grpc.health.v1.Health/Check',
    'success-codes': '0',
    scheme: 'internal',
  });
});

test('wants a certificate of the trust store, in which AWS looks for revocations', () => {
  const clientAuthentication = {
    authority: CertificateAuthority.trustStore(STORE),
    revocation: RevocationList.IN_TRUST_STORE,
  };

  expect(
    JSON.parse(annotationsOf('resnet', { clientAuthentication })['mutual-authentication'] ?? ''),
  ).toEqual([{ port: 443, mode: 'verify', trustStore: STORE }]);
});

test('leaves a pod before its drain is over', () => {
  const { server } = secured();
  const { lifecycle } = find(server, 'Deployment').spec?.template.spec?.containers[0] ?? {};
  const attributes = annotationsOf('resnet')['target-group-attributes'] ?? '';
  const [, seconds = ''] = /deregistration_delay\.timeout_seconds=(\d+)/.exec(attributes) ?? [];

  expect(Number(seconds)).toBeGreaterThan(0);
  expect(Number(seconds)).toBeLessThanOrEqual(lifecycle?.preStop?.sleep?.seconds ?? 0);
});
