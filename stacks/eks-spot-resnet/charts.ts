/*
 * TensorFlow Serving with ResNet on spot nodes of EKS: two diversified pools carry the replicas, and every
 * interruption is drained within its two minutes.
 */
import { Size, type App } from 'cdk8s';
import {
  Autoscaling,
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  NodeCloud,
  QualityOfService,
  ScalingPolicy,
  SecureGrpcIngress,
  ServingChart,
  ServingEngine,
  ServingNamespace,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { softwareChart } from '../software';
import { wayOf } from './ingress';
import { pools } from './pools';
import { nodeSoftware, softwareOf } from './software';

/** Namespace of the server. */
export const NAMESPACE = 'serving';

/** Adds the charts of the stack to the app. */
export function eksSpotResNet(app: App, settings: StackSettings): void {
  const clusterName = settings.clusterName ?? 'eks-spot-resnet';
  const software = softwareChart(app, 'eks-spot-resnet', settings, {
    cloud: NodeCloud.EKS,
    placement: pools.control,
    charts: softwareOf(settings),
  });
  const nodes = nodeSoftware(app, settings, clusterName);
  const base = new ServingChart(app, 'namespace', {
    namespace: NAMESPACE,
    partOf: 'eks-spot-resnet',
  });
  for (const earlier of [software, nodes]) if (earlier) base.addDependency(earlier);
  const { priorityClassName } = new ServingNamespace(base, 'Namespace', {
    name: NAMESPACE,
    // 100 replicas and a quarter more while a rollout is under way.
    quota: { cpu: Cpu.units(250), memory: Size.gibibytes(500), pods: 125 },
  });

  const chart = new ServingChart(app, 'resnet', {
    namespace: NAMESPACE,
    partOf: 'eks-spot-resnet',
  });
  chart.addDependency(base);
  const server = new ModelServer(chart, 'ResNet', {
    name: 'resnet',
    engine: ServingEngine.TENSORFLOW_SERVING,
    model: Model.of('resnet', ModelSource.s3(`s3://${settings.bucket}/resnet/`), {
      size: Size.mebibytes(256),
    }),
    cpu: Cpu.units(2),
    memory: Size.gibibytes(2),
    qualityOfService: QualityOfService.burstable({
      cpuLimit: Cpu.units(4),
      memoryLimit: Size.gibibytes(4),
    }),
    placement: [pools.spot4x16, pools.spot8x32],
    priorityClassName,
  });

  new Autoscaling(chart, 'Scaling', {
    target: server,
    minReplicas: 20,
    maxReplicas: 100,
    policies: [ScalingPolicy.cpuUtilization(50)],
  });

  const [grpc, rest] = ['resnet-grpc.inference.example.com', 'resnet.inference.example.com'];
  new SecureGrpcIngress(chart, 'Ingress', {
    ...wayOf(settings),
    name: 'resnet',
    hosts: [grpc, rest],
    backends: [
      { endpoint: server, host: grpc },
      { endpoint: server, host: rest, restPath: '/v1/models/resnet:predict' },
    ],
  });
}
