import {
  Certificate,
  ModelServer,
  SecureGrpcIngress,
  type ModelServerProps,
  type SecureGrpcIngressProps,
  type ServingChart,
} from 'inference-constructs';
import { chartOf, serverProps } from './charts';

/** A server with an ingress in front of it. */
export function secured(
  changes: Partial<SecureGrpcIngressProps> = {},
  server: Partial<ModelServerProps> = {},
): {
  readonly chart: ServingChart;
  readonly server: ModelServer;
  readonly ingress: SecureGrpcIngress;
} {
  const chart = chartOf();
  const endpoint = new ModelServer(chart, 'Server', serverProps(server));
  const ingress = new SecureGrpcIngress(chart, 'Ingress', {
    name: 'resnet',
    ...(changes.hosts === undefined && { host: 'resnet.example.com' }),
    backends: [endpoint],
    certificate: Certificate.fromSecret('resnet-tls'),
    ...changes,
  });
  return { chart, server: endpoint, ingress };
}
