/*
 * TensorFlow Serving and OpenVINO Model Server with ResNet-50 on Xeon nodes, one tenant each: its own host under
 * one wildcard, its own authority for clients, and only the clients that are named. Latency is promised, so
 * that both servers are Guaranteed and have their cores for themselves.
 */
import { Size, type App } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  Cpu,
  Model,
  ModelFormat,
  ModelServer,
  ModelSource,
  NodeCloud,
  RevocationList,
  SecureGrpcIngress,
  ServingChart,
  ServingEngine,
  Tenant,
  type ModelServerProps,
  type SecureGrpcIngressProps,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { softwareChart } from '../software';
import { poolsOf } from './pools';
import { softwareOf } from './software';

const STACK = 'secure-xeon';

const DOMAIN = 'inference.example.com';

/** Where models are by the cloud that serves them. */
const sourceOf: Readonly<Record<StackSettings['cloud'], (path: string) => ModelSource>> = {
  gke: (path) => ModelSource.gcs(`gs://${path}`),
  eks: (path) => ModelSource.s3(`s3://${path}`),
};

/** Adds the charts of the stack to the app. */
export function secureXeon(app: App, settings: StackSettings): void {
  const { cloud, bucket } = settings;
  const pools = poolsOf(cloud);
  const software = softwareChart(app, STACK, settings, {
    cloud: { gke: NodeCloud.GKE, eks: NodeCloud.EKS }[cloud],
    placement: pools.control,
    charts: softwareOf(cloud),
  });
  const modelAt = sourceOf[cloud];
  tenant(app, {
    software,
    name: 'vision-tf',
    clients: ['edge-camera-7', 'batch-scorer'],
    server: {
      name: 'resnet-tf',
      engine: ServingEngine.TENSORFLOW_SERVING,
      model: Model.of('resnet-50', modelAt(`${bucket}/resnet-50/saved-model/`), {
        size: Size.mebibytes(256),
      }),
      cpu: Cpu.units(16),
      memory: Size.gibibytes(16),
      placement: [pools.xeon32],
    },
    ingress: {
      // Encrypted behind the ingress, too. cert-manager puts its authority beside the certificate.
      backendTls: {
        authority: CertificateAuthority.fromSecret('resnet-tf-backend-tls'),
        hostname: 'resnet-tf.vision-tf.svc.cluster.local',
        certificate: Certificate.fromIssuer('internal', { clusterIssuer: true }),
      },
    },
  });
  tenant(app, {
    software,
    name: 'vision-ov',
    clients: ['edge-camera-9'],
    server: {
      name: 'resnet-ov',
      engine: ServingEngine.OPENVINO,
      model: Model.of('resnet-50', modelAt(`${bucket}/resnet-50/openvino/`), {
        format: ModelFormat.OPENVINO_IR,
        size: Size.mebibytes(128),
      }),
      cpu: Cpu.units(8),
      memory: Size.gibibytes(8),
      placement: [pools.xeon16, pools.xeon32],
    },
    // OpenVINO Model Server serves no TLS: what is behind the ingress stays within the cluster.
    ingress: {},
  });
}

interface TenantOptions {
  readonly name: string;
  /** Common names of the clients that may call its endpoint. */
  readonly clients: readonly string[];
  readonly server: ModelServerProps;
  readonly ingress: Partial<SecureGrpcIngressProps>;
  /** What must be in the cluster first. */
  readonly software: ServingChart | undefined;
}

/** A namespace with its quota, the one server that its owner runs in it, and the way in. */
function tenant(app: App, { name, clients, server, ingress, software }: TenantOptions): void {
  const base = new ServingChart(app, `${name}-namespace`, { namespace: name, partOf: STACK });
  if (software) base.addDependency(software);
  const owner = new Tenant(base, 'Tenant', {
    name,
    quota: { cpu: Cpu.units(64), memory: Size.gibibytes(128), pods: 10 },
    clientAuthority: CertificateAuthority.fromSecret(`${name}-clients`),
    revocation: RevocationList.fromSecret(`${name}-clients`),
    endpoints: { [server.name]: clients.map((one) => ClientIdentity.commonName(one)) },
  });
  const chart = new ServingChart(app, name, { namespace: name, partOf: STACK });
  chart.addDependency(base);
  const { priorityClassName } = owner;
  const endpoint = new ModelServer(chart, 'Server', { ...server, priorityClassName });
  new SecureGrpcIngress(chart, 'Ingress', {
    ...ingress,
    name: server.name,
    host: `${server.name}.${DOMAIN}`,
    backends: [endpoint],
    // The wildcard for all hosts of the domain, from the private authority.
    certificate: Certificate.fromSecret('inference-wildcard-tls'),
    clientAuthentication: owner.clientsOf(server.name),
  });
}
