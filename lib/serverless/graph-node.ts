/*
 * Nodes of a graph of services: the closed set that KServe's router knows.
 */
import type { Checks } from '../core/checks';
import type { InferenceService } from './inference-service';

/** One step of a node. */
export interface GraphStep {
  /**
   * Name for people.
   * @default - none
   */
  readonly name?: string;
  /** Who answers: a service, the name of another node, or a URL. */
  readonly to: InferenceService | string;
  /**
   * What it gets, in a sequence: `$request`, or `$response` of the step before.
   * @default - `$request` for the first step, `$response` for the others
   */
  readonly data?: '$request' | '$response';
  /**
   * Goes on, or chooses the step, only where this query of the JSON before it finds something.
   * @default - always
   * @see https://github.com/tidwall/gjson/blob/master/SYNTAX.md (1.18)
   */
  readonly condition?: string;
  /**
   * Whether the request fails when the step does.
   * @default false
   */
  readonly required?: boolean;
}

/** A step with its share. */
export interface WeightedStep extends GraphStep {
  /** Percent of the requests, 0 to 100; all of a splitter add up to 100. */
  readonly weight: number;
}

type RouterType = 'Sequence' | 'Switch' | 'Ensemble' | 'Splitter';

/** What a request goes through at one place. */
export class GraphNode {
  /** One step after the other, each with the answer of the one before. */
  public static sequence(steps: readonly GraphStep[]): GraphNode {
    return new GraphNode('Sequence', steps);
  }

  /** The first step whose condition holds. */
  public static switch(steps: readonly (GraphStep & { readonly condition: string })[]): GraphNode {
    return new GraphNode('Switch', steps);
  }

  /** All steps at once; their answers together, by name. */
  public static ensemble(steps: readonly (GraphStep & { readonly name: string })[]): GraphNode {
    return new GraphNode('Ensemble', steps);
  }

  /** One of the steps, by its share. */
  public static splitter(steps: readonly WeightedStep[]): GraphNode {
    return new GraphNode('Splitter', steps);
  }

  private constructor(
    private readonly type: RouterType,
    private readonly steps: readonly (GraphStep & { readonly weight?: number })[],
  ) {
    Object.freeze(this);
  }

  /** Services that it calls. @internal */
  public get services(): readonly InferenceService[] {
    return this.steps.flatMap(({ to }) => (typeof to === 'string' ? [] : [to]));
  }

  /** Nodes that it leads to. @internal */
  public get next(): readonly string[] {
    return this.steps.flatMap(({ to }) => (typeof to === 'string' && !isUrl(to) ? [to] : []));
  }

  /** Records what is wrong with it. @internal */
  public check(checks: Checks, at: string, nodes: Readonly<Record<string, GraphNode>>): void {
    checks.require(this.steps.length > 0, at, () => ({
      got: 'no steps',
      expected: 'at least one',
      fix: 'name who answers',
    }));
    for (const key of this.next)
      checks.require(key in nodes, at, () => ({
        got: `a step to "${key}"`,
        expected: `a service, a URL, or a node: ${Object.keys(nodes).join(', ')}`,
        fix: 'add the node, or correct the name',
      }));
    for (const service of this.services)
      checks.require(service.protocols.length === 0 || service.speaksRest, at, () => ({
        got: `${service.name}, which speaks gRPC`,
        expected: "a service that speaks REST, as KServe's router does",
        fix: 'set predictor.protocol of the service',
      }));
    if (this.type !== 'Splitter') return;
    const sum = this.steps.reduce((total, { weight = 0 }) => total + weight, 0);
    const inRange = this.steps.every(({ weight = -1 }) => weight >= 0 && weight <= 100);
    checks.require(sum === 100 && inRange, at, () => ({
      got: `weights of ${this.steps.map(({ weight }) => String(weight)).join(' + ')}`,
      expected: 'from 0 to 100 each, and 100 together',
      fix: 'correct the weights',
    }));
  }

  /** In KServe's words. @internal */
  public toSpec(): {
    readonly routerType: RouterType;
    readonly steps: readonly object[];
  } {
    return {
      routerType: this.type,
      steps: this.steps.map(({ name, to, data, condition, required, weight }) => ({
        ...(name !== undefined && { name }),
        ...targetOf(to),
        ...(data !== undefined && { data }),
        ...(condition !== undefined && { condition }),
        ...(required === true && { dependency: 'Hard' as const }),
        ...(weight !== undefined && { weight }),
      })),
    };
  }
}

function targetOf(to: InferenceService | string): object {
  if (typeof to !== 'string') return { serviceName: to.name };
  return isUrl(to) ? { serviceUrl: to } : { nodeName: to };
}

function isUrl(to: string): boolean {
  return /^https?:\/\//.test(to);
}
