/* What tests of routings share: servers in a chart, and a routing of them. */
import { App, Size } from 'cdk8s';
import {
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  ServiceMesh,
  ServiceMeshRouting,
  ServingChart,
  ServingEngine,
  type ModelServerProps,
  type ServiceMeshRoutingProps,
} from 'inference-constructs';

/** A chart with three servers. */
export class MeshScene {
  public readonly app = new App();
  public readonly chart: ServingChart;
  public readonly current: ModelServer;
  public readonly next: ModelServer;
  public readonly shadow: ModelServer;

  public constructor(forTesting = true) {
    this.chart = new ServingChart(this.app, 'serving', { namespace: 'serving', forTesting });
    this.current = this.server('current', { labels: { version: 'v1' } });
    this.next = this.server('next');
    this.shadow = this.server('shadow');
  }

  public server(name: string, more: Partial<ModelServerProps> = {}): ModelServer {
    return new ModelServer(this.chart, name, {
      name,
      engine: ServingEngine.TRITON,
      model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
      cpu: Cpu.units(2),
      memory: Size.gibibytes(4),
      ...more,
    });
  }

  /** A routing of all calls to `current`, unless told otherwise. */
  public routing(props: Partial<ServiceMeshRoutingProps> = {}): ServiceMeshRouting {
    return new ServiceMeshRouting(this.chart, 'Routing', {
      name: 'resnet',
      mesh: ServiceMesh.ISTIO,
      routes: [{ split: [{ endpoint: this.current }] }],
      ...props,
    });
  }

  /** Everything that is synthesised, of a kind and name where they are given. */
  public objects(kind?: string, name?: string): Manifest[] {
    const all = this.app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
    return all.filter(
      (one) =>
        (kind === undefined || one.kind === kind) &&
        (name === undefined || one.metadata.name === name),
    );
  }
}

/** A rendered object, as far as tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: unknown;
}
