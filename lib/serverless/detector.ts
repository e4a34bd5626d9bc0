/*
 * What watches the requests and answers of a model: drift, outliers, attacks. It gets them after the fact, keeps nobody
 * waiting, and is rolled out anew with each model that it watches.
 */
import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Cpu } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import { NetworkPeer } from '../core/network-peer';
import type { NodePool } from '../nodes/node-pool';
import { ServingEngine } from '../serving/engine';
import { ServerPort, type MetricsReader } from '../serving/endpoint';
import { Model } from '../serving/model';
import { ModelServer } from '../serving/model-server';
import { ModelSource } from '../serving/model-source';
import { containerDefinition, type ComponentContainerOptions } from './component-container';
import type { InferenceService } from './inference-service';
import type { PayloadLog } from './payload-log';

/** Options of a detector. */
export interface DetectorProps {
  /** Name of its objects; DNS label, at most 54 characters. */
  readonly name: string;
  /** The service whose model it watches; its payloads must be logged to `log`. */
  readonly watches: InferenceService;
  /** Where the payloads come from. */
  readonly log: PayloadLog;
  /**
   * What it runs: a server that takes CloudEvents of type `org.kubeflow.serving.inference.request` and `.response`
   * by POST, and shows what it found as metrics of Prometheus at `/metrics`.
   */
  readonly container: ComponentContainerOptions;
  /**
   * What it judges by: reference data, or a model of its own; its files are at `/mnt/models/detector`.
   * @default - what the image brings
   */
  readonly model?: ModelSource;
  /** CPU that a replica requests, 0.1 to 256 cores. */
  readonly cpu: Cpu;
  /** Memory that a replica requests, 128 MiB to 24 TiB. */
  readonly memory: Size;
  /**
   * Replicas, count, 1 to 5000. Several see a part of the payloads each.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Pools that replicas may land on, the most wanted first.
   * @default - any node without taints; nothing is checked
   */
  readonly placement?: readonly NodePool[];
}

/** Label of the pods: the service that is watched. */
const WATCHES = 'inference-constructs/watches';

/**
 * Watches the payloads of a service. Creates a `ModelServer` that runs the detector, and has the log hand on to it what
 * is about the service. The environment tells it what it watches: `WATCHED_SERVICE`, `WATCHED_MODEL`.
 *
 * @throws ConfigurationError when the service does not log to `log`, or the server is not valid
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, DeploymentMode, Detector, InferenceService, ModelSource, PayloadLog, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const log = new PayloadLog(chart, 'Payloads', { name: 'payloads' });
 * const watches = new InferenceService(chart, 'Income', {
 *   name: 'income',
 *   mode: DeploymentMode.STANDARD,
 *   predictor: { engine: ServingEngine.MLSERVER, model: ModelSource.s3('s3://models/income/') },
 *   payloadLogging: { sink: log },
 * });
 * new Detector(chart, 'Drift', {
 *   name: 'income-drift',
 *   watches,
 *   log,
 *   container: { image: 'registry.example.com/drift:1.2.0', readyPath: '/ready', livePath: '/live' },
 *   model: ModelSource.s3('s3://models/income-reference/'),
 *   cpu: Cpu.units(1),
 *   memory: Size.gibibytes(1),
 * });
 */
export class Detector extends Construct {
  public readonly server: ModelServer;

  public constructor(scope: Construct, id: string, props: DetectorProps) {
    super(scope, id);
    this.check(props);
    const { name, watches, log, container, model, replicas, placement } = props;
    const definition = containerDefinition('detector', container, []);
    this.server = new ModelServer(this, 'Server', {
      name,
      engine: ServingEngine.custom({
        ...definition,
        metrics: { port: definition.ports.http, path: '/metrics' },
      }),
      model: Model.of('detector', model ?? ModelSource.baked('/models')),
      image: container.image,
      cpu: props.cpu,
      memory: props.memory,
      replicas: replicas ?? 1,
      ...(placement && { placement }),
      // The next model has a next detector, even where nothing else changes.
      env: { WATCHED_SERVICE: watches.name, WATCHED_MODEL: watches.modelUri },
      labels: { [WATCHES]: watches.name },
    });
    this.server.allowFrom(log.peer, ServerPort.HTTP);
    log.forwardTo({
      url: `http://${this.server.serviceName}.${this.server.namespace ?? ''}.svc.cluster.local:${definition.ports.http}/`,
      peer: NetworkPeer.pods(this.server.podLabels),
      port: definition.ports.http,
      service: watches.name,
    });
  }

  /** Lets Prometheus read what it found. */
  public exportMetrics(to: MetricsReader): void {
    this.server.exportMetrics(to);
  }

  private check({ watches, log }: DetectorProps): void {
    const checks = new Checks(this.node.path);
    checks.require(watches.payloadSink === log, 'watches', () => ({
      got: `${watches.name}, which ${watches.payloadSink === undefined ? 'logs nothing' : 'logs elsewhere'}`,
      expected: 'a service with payloadLogging to the log of the detector',
      fix: 'give the service payloadLogging: { sink: log }',
    }));
    checks.require(watches.namespace === log.namespace, 'log', () => ({
      got: `a log in ${String(log.namespace)} for a service in ${String(watches.namespace)}`,
      expected: 'both in one namespace',
      fix: 'make the log in the namespace of the service',
    }));
    checks.finish();
  }
}
