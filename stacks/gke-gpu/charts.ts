/*
 * Triton and vLLM on L4 spot nodes of GKE, with an on-demand pool to fall back on. GKE leaves a pod 15 s
 * after the notice; the drain of both servers fits that.
 */
import { Duration, Size, type App } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  Batching,
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  Cpu,
  Model,
  ModelMonitoring,
  ModelServer,
  ModelSource,
  NodeCloud,
  RevocationList,
  ScalingPolicy,
  SecureGrpcIngress,
  ServingChart,
  ServingEngine,
  ServingNamespace,
} from 'inference-constructs';
import type { StackSettings } from '../settings';
import { softwareChart } from '../software';
import { pools } from './pools';
import { SOFTWARE } from './software';

/** Namespace of the servers. */
export const NAMESPACE = 'gpu-serving';

/** Adds the charts of the stack to the app. */
export function gkeGpu(app: App, settings: StackSettings): void {
  const { bucket } = settings;
  const software = softwareChart(app, 'gke-gpu', settings, {
    cloud: NodeCloud.GKE,
    placement: pools.control,
    charts: SOFTWARE,
  });
  const base = new ServingChart(app, 'namespace', { namespace: NAMESPACE, partOf: 'gke-gpu' });
  if (software) base.addDependency(software);
  const { priorityClassName } = new ServingNamespace(base, 'Namespace', {
    name: NAMESPACE,
    quota: { cpu: Cpu.units(72), memory: Size.gibibytes(288), pods: 24, gpus: 12 },
  });

  const chart = new ServingChart(app, 'models', { namespace: NAMESPACE, partOf: 'gke-gpu' });
  chart.addDependency(base);
  const onGpu = {
    accelerator: Accelerator.nvidia(1, 'l4'),
    placement: [pools.l4Spot, pools.l4Fallback],
    priorityClassName,
  };
  const triton = new ModelServer(chart, 'Triton', {
    ...onGpu,
    name: 'triton',
    engine: ServingEngine.TRITON,
    models: [
      Model.of('resnet', ModelSource.gcs(`gs://${bucket}/onnx/resnet/`), {
        size: Size.mebibytes(128),
      }),
      Model.of('bert', ModelSource.gcs(`gs://${bucket}/onnx/bert/`), { size: Size.mebibytes(512) }),
    ],
    cpu: Cpu.units(6),
    memory: Size.gibibytes(20),
    batching: Batching.of(16, Duration.millis(5)),
  });
  const llm = new ModelServer(chart, 'Llm', {
    ...onGpu,
    name: 'llm',
    engine: ServingEngine.VLLM,
    model: Model.of('qwen-7b', ModelSource.gcs(`gs://${bucket}/qwen-7b/`), {
      size: Size.gibibytes(15),
    }),
    cpu: Cpu.units(6),
    memory: Size.gibibytes(24),
  });

  // Spot first: KEDA adds replicas while requests wait, and the pools give them nodes in the order of placement.
  for (const [id, target] of Object.entries({ TritonScaling: triton, LlmScaling: llm })) {
    new Autoscaling(chart, id, {
      target,
      minReplicas: 2,
      maxReplicas: 6,
      policies: [ScalingPolicy.queueDepth(4)],
    });
  }

  // By its own counters: those of the gateway do not tell the two servers apart.
  new ModelMonitoring(chart, 'TritonMonitoring', {
    target: triton,
    objective: { availability: 99.9 },
  });

  const [tritonHost, llmHost] = ['triton.inference.example.com', 'llm.inference.example.com'];
  new SecureGrpcIngress(chart, 'Ingress', {
    name: 'gpu',
    hosts: [tritonHost, llmHost],
    backends: [
      { endpoint: triton, host: tritonHost },
      { endpoint: llm, host: llmHost, restPath: '/v1' },
    ],
    certificate: Certificate.fromIssuer('inference', { clusterIssuer: true }),
    clientAuthentication: {
      authority: CertificateAuthority.fromSecret('gpu-clients'),
      revocation: RevocationList.fromSecret('gpu-clients'),
      allowedClients: [ClientIdentity.commonName('search'), ClientIdentity.commonName('assistant')],
    },
  });
}
