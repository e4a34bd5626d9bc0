import { App, Size } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  ServingChart,
  ServingEngine,
  type ModelServerProps,
} from 'inference-constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';

/** The kinds that a model server makes. */
export interface Kinds {
  Deployment: Deployment;
  Service: Service;
  ConfigMap: ConfigMap;
  ServiceAccount: ServiceAccount;
  PodDisruptionBudget: PodDisruptionBudget;
  NetworkPolicy: NetworkPolicy;
}

/** A chart of its own app. */
export function chartOf(namespace = 'serving'): ServingChart {
  return new ServingChart(new App(), 'test', { namespace });
}

/** A server that needs nothing but a name. */
export function serverProps(changes: Partial<ModelServerProps> = {}): ModelServerProps {
  const model = Model.of('resnet', ModelSource.s3('s3://models/resnet/'), {
    size: Size.mebibytes(256),
  });
  return {
    name: 'resnet',
    engine: ServingEngine.TENSORFLOW_SERVING,
    ...(changes.models === undefined && { model }),
    cpu: Cpu.units(2),
    memory: Size.gibibytes(4),
    ...changes,
  };
}

/** A server in a chart of its own. */
export function serverOf(changes: Partial<ModelServerProps> = {}): ModelServer {
  return new ModelServer(chartOf(), 'Server', serverProps(changes));
}

/** The object of a kind and name among those of a construct's chart. */
export function find<K extends keyof Kinds>(
  server: ModelServer,
  kind: K,
  name = 'resnet',
): Kinds[K] {
  const objects = (server.node.scope as ServingChart).toJson() as Kinds[K][];
  const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

/** The pod that a server's Deployment makes. */
export function podOf(
  server: ModelServer,
): NonNullable<NonNullable<Deployment['spec']>['template']['spec']> {
  const spec = find(server, 'Deployment').spec?.template.spec;
  if (spec === undefined) throw new Error('no pod');
  return spec;
}
