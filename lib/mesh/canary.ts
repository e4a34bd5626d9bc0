/*
 * A new version that gets more of the calls with every commit. There is no controller: the step is a number in the
 * code, its manifest is reviewed, and going back is the same edit backwards.
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import type { ModelEndpoint } from '../serving/endpoint';
import type { MeshRoute, ServiceMeshRoutingProps, WeightedTarget } from './mesh-props';
import { requireRisingSteps } from './rising-steps';
import { ServiceMeshRouting } from './service-mesh-routing';

/** Options of a canary. */
export interface CanaryProps extends Omit<ServiceMeshRoutingProps, 'routes'> {
  /** The server that answers now; callers call it by its Service. */
  readonly stable: ModelEndpoint;
  /** The server that is to take its place. */
  readonly candidate: ModelEndpoint;
  /**
   * Percent of the calls that the candidate gets, step by step; rising, 1 to 100.
   * @default [1, 10, 25, 50, 100]
   */
  readonly steps?: readonly number[];
  /** How many of the steps are taken: 0 for none, so that all calls go to `stable`. The number to edit. */
  readonly step: number;
  /**
   * What else is said of the calls.
   * @default - nothing
   */
  readonly route?: Omit<MeshRoute, 'split'>;
}

const DEFAULTS = { steps: [1, 10, 25, 50, 100] } as const;

/**
 * Moves calls from one server to another in steps. Creates a `ServiceMeshRouting` with the weights of the step. Each
 * step is one edit and one commit, and so is going back.
 *
 * @throws ConfigurationError when the steps do not rise, the step is none of them, or the routing cannot be made
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Canary, Cpu, Model, ModelServer, ModelSource, ServiceMesh, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * const [stable, candidate] = ['resnet-1', 'resnet-2'].map((name) => new ModelServer(chart, name, {
 *   name,
 *   engine: ServingEngine.TRITON,
 *   model: Model.of('resnet', ModelSource.s3(`s3://models/${name}/`)),
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * })) as [ModelServer, ModelServer];
 * new Canary(chart, 'Canary', {
 *   name: 'resnet',
 *   mesh: ServiceMesh.ISTIO,
 *   stable,
 *   candidate,
 *   step: 1,
 * });
 */
export class Canary extends Construct {
  /**
   * The weights of a step, for a route of a `ServiceMeshRouting` of your own.
   * @throws ConfigurationError when the steps do not rise, or the step is none of them
   */
  public static split(
    stable: ModelEndpoint,
    candidate: ModelEndpoint,
    { steps = DEFAULTS.steps, step }: Pick<CanaryProps, 'steps' | 'step'>,
  ): readonly WeightedTarget[] {
    const percent = percentOf('Canary.split', steps, step);
    // Both at every step: whoever is without calls stays known to the proxies, and going back costs nothing.
    return [
      { endpoint: stable, weight: 100 - percent },
      { endpoint: candidate, weight: percent },
    ];
  }

  /** Percent of the calls that the candidate gets. */
  public readonly percent: number;
  public readonly routing: ServiceMeshRouting;

  public constructor(scope: Construct, id: string, props: CanaryProps) {
    super(scope, id);
    const { stable, candidate, steps = DEFAULTS.steps, step, route, ...routing } = props;
    this.percent = percentOf(this.node.path, steps, step);
    this.routing = new ServiceMeshRouting(this, 'Routing', {
      hosts: [stable],
      ...routing,
      routes: [{ ...route, split: Canary.split(stable, candidate, { steps, step }) }],
    });
  }
}

function percentOf(path: string, steps: readonly number[], step: number): number {
  const checks = new Checks(path);
  requireRisingSteps(checks, steps, 100);
  checks.requireCount(step, 'step', 0, steps.length);
  checks.finish();
  return step === 0 ? 0 : (steps[step - 1] ?? 0);
}
