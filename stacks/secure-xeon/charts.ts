/*
 * TensorFlow Serving and OpenVINO Model Server with ResNet-50 on Xeon nodes, one tenant each. Latency is
 * promised, so that both are Guaranteed and have their cores for themselves.
 */
import { Size, type App } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelFormat,
  ModelServer,
  ModelSource,
  ServingChart,
  ServingEngine,
  ServingNamespace,
  type ModelServerProps,
} from 'inference-constructs';
import { pools } from './pools';

const STACK = 'secure-xeon';

/** Adds the charts of the stack to the app. */
export function secureXeon(app: App): void {
  tenant(app, 'vision-tf', {
    name: 'resnet-tf',
    engine: ServingEngine.TENSORFLOW_SERVING,
    model: Model.of('resnet-50', ModelSource.gcs('gs://models/resnet-50/saved-model/'), {
      size: Size.mebibytes(256),
    }),
    cpu: Cpu.units(16),
    memory: Size.gibibytes(16),
    placement: [pools.xeon32],
  });
  tenant(app, 'vision-ov', {
    name: 'resnet-ov',
    engine: ServingEngine.OPENVINO,
    model: Model.of('resnet-50', ModelSource.gcs('gs://models/resnet-50/openvino/'), {
      format: ModelFormat.OPENVINO_IR,
      size: Size.mebibytes(128),
    }),
    cpu: Cpu.units(8),
    memory: Size.gibibytes(8),
    placement: [pools.xeon16, pools.xeon32],
  });
}

/** A namespace with its quota, and the one server that its owner runs in it. */
function tenant(app: App, namespace: string, server: ModelServerProps): void {
  const base = new ServingChart(app, `${namespace}-namespace`, { namespace, partOf: STACK });
  const { priorityClassName } = new ServingNamespace(base, 'Namespace', {
    name: namespace,
    quota: { cpu: Cpu.units(64), memory: Size.gibibytes(128), pods: 10 },
  });
  const chart = new ServingChart(app, namespace, { namespace, partOf: STACK });
  chart.addDependency(base);
  new ModelServer(chart, 'Server', { ...server, priorityClassName });
}
