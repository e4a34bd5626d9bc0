/*
 * A new version that sees real calls before anybody depends on it.
 */
import { Construct } from 'constructs';
import type { ModelEndpoint } from '../serving/endpoint';
import type { MeshRoute, ServiceMeshRoutingProps } from './mesh-props';
import { ServiceMeshRouting } from './service-mesh-routing';

/** Options of a shadow. */
export interface ShadowProps extends Omit<ServiceMeshRoutingProps, 'routes'> {
  /** The server that answers; callers call it by its Service. */
  readonly live: ModelEndpoint;
  /** The server that gets copies. */
  readonly shadow: ModelEndpoint;
  /**
   * Percent of the calls that are copied, above 0 to 100.
   * @default 100
   */
  readonly percent?: number;
  /**
   * What else is said of the calls.
   * @default - nothing
   */
  readonly route?: Omit<MeshRoute, 'split' | 'mirror'>;
}

const DEFAULTS = { percent: 100 } as const;

/**
 * Copies calls to a server whose answers are thrown away. Creates a `ServiceMeshRouting` with the mirror. The answers
 * of the live server are not touched, and nobody waits for the shadow; what it logs and measures is its own.
 *
 * @throws ConfigurationError when the percent is out of range, or the routing cannot be made
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, Model, ModelServer, ModelSource, ServiceMesh, ServingChart, ServingEngine, Shadow,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const [live, shadow] = ['resnet-1', 'resnet-2'].map((name) => new ModelServer(chart, name, {
 *   name,
 *   engine: ServingEngine.TRITON,
 *   model: Model.of('resnet', ModelSource.s3(`s3://models/${name}/`)),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * })) as [ModelServer, ModelServer];
 * new Shadow(chart, 'Shadow', { name: 'resnet', mesh: ServiceMesh.ISTIO, live, shadow, percent: 10 });
 */
export class Shadow extends Construct {
  public readonly routing: ServiceMeshRouting;

  public constructor(scope: Construct, id: string, props: ShadowProps) {
    super(scope, id);
    const { live, shadow, percent = DEFAULTS.percent, route, ...routing } = props;
    this.routing = new ServiceMeshRouting(this, 'Routing', {
      hosts: [live],
      ...routing,
      routes: [{ ...route, split: [{ endpoint: live }], mirror: { endpoint: shadow, percent } }],
    });
  }
}
