/*
 * One of several small models on a service of KServe, whose agent loads and unloads them. KServe means to retire it:
 * `SharedModelServers` does the same without KServe, on all engines that serve several models.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1alpha1/trained_model.go (0.20)
 */
import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { TrainedModel as Binding } from '../../imports/trained-model';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireName } from '../core/names';
import { memoryQuantity, memoryText, mibOf } from '../core/quantities';
import type { InferenceService } from './inference-service';
import type { ModelSource } from '../serving/model-source';
import { storageUriOf } from './storage-uri';

/** MiB that the models of a service take together, by the service. */
const taken = new WeakMap<InferenceService, number>();

/** Options of a model. */
export interface TrainedModelProps {
  /** Name of the TrainedModel, and of the model in requests; DNS label. */
  readonly name: string;
  /** The service that serves it: one without a model of its own, on a runtime that serves several. */
  readonly service: InferenceService;
  readonly model: ModelSource;
  /** Format in KServe's words, such as `sklearn`. */
  readonly format: string;
  /** Memory that it takes. */
  readonly memory: Size;
}

/**
 * Adds a model to a service. Creates a TrainedModel.
 *
 * @throws ConfigurationError when the models of the service do not fit its memory, or it has one of its own
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, DeploymentMode, InferenceService, KServeRuntime, ModelSource, ServingChart, TrainedModel,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const service = new InferenceService(chart, 'Shared', {
 *   name: 'shared',
 *   mode: DeploymentMode.STANDARD,
 *   predictor: { runtime: KServeRuntime.MLSERVER, format: { name: 'sklearn' }, memory: Size.gibibytes(4) },
 * });
 * new TrainedModel(chart, 'Iris', {
 *   name: 'iris',
 *   service,
 *   model: ModelSource.s3('s3://models/iris/'),
 *   format: 'sklearn',
 *   memory: Size.mebibytes(256),
 * });
 */
export class TrainedModel extends Construct {
  public readonly trainedModel: KubernetesObject<PlainObject>;

  public constructor(scope: Construct, id: string, props: TrainedModelProps) {
    super(scope, id);
    const { name, service, model, format, memory } = props;
    const mebibytes = mibOf(memory);
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name);
    checks.require(service.modelUri === '', 'service', () => ({
      got: `${service.name}, which serves ${service.modelUri}`,
      expected: 'a service without a model of its own',
      fix: 'drop predictor.model of the service',
    }));
    checks.require(storageUriOf(model) !== undefined, 'model', () => ({
      got: model.toString(),
      expected: 'a model that KServe can fetch',
      fix: 'put it into a bucket',
    }));
    const room = service.podRequests.memoryMib;
    const sum = (taken.get(service) ?? 0) + mebibytes;
    checks.require(sum <= room, 'memory', () => ({
      got: `${memoryText(sum)} for the models of ${service.name}`,
      expected: `at most ${memoryText(room)}, which it has`,
      fix: 'raise predictor.memory, or add the model to another service',
    }));
    checks.finish();
    taken.set(service, sum);
    this.trainedModel = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      customResource(Binding, {
        metadata: {
          name,
          labels: standardLabels({
            name: 'trained-model',
            instance: name,
            component: service.name,
          }),
        },
        spec: {
          inferenceService: service.name,
          model: {
            framework: format,
            storageUri: storageUriOf(model) ?? '',
            memory: { value: memoryQuantity(mebibytes) },
          },
        },
      }),
    );
  }
}
