/*
 * Many small models on few servers: each model on one of them, by a rule that anybody can compute.
 */
import { Construct } from 'constructs';
import { Checks } from '../core/checks';
import { requireName } from '../core/names';
import { memoryText, mibOf } from '../core/quantities';
import { enginesThat } from './engine';
import type { Model } from './model';
import { assignModels, type Assigned, type ModelAssignment } from './model-assignment';
import { ModelServer } from './model-server';
import type { ModelServerProps } from './model-server-props';

/** Options of shared servers: those of each server, and what is shared. */
export interface SharedModelServersProps extends Omit<
  ModelServerProps,
  'name' | 'model' | 'models' | 'ensembles'
> {
  /** Name of the servers, before their number; DNS label, at most 48 characters. */
  readonly name: string;
  /** The models; each needs its size. New ones go to the end. */
  readonly models: readonly Model[];
  /** Numbers of the servers, each 0 to 999: take one out, and only its models move. */
  readonly servers: readonly number[];
  /**
   * Memory that a model takes, as a multiple of the size of its files, 1 to 20.
   * @default 2
   */
  readonly memoryPerModelSize?: number;
  /**
   * Percent of the memory of a server that models may take, 10 to 95; the rest is for the engine and for requests.
   * @default 80
   */
  readonly memoryForModelsPercent?: number;
  /**
   * The assignment that is in the cluster: nothing of it moves that need not, however full the servers are.
   * @default - none: models move only when servers are full
   */
  readonly previous?: ModelAssignment;
}

const DEFAULTS = { memoryPerModelSize: 2, memoryForModelsPercent: 80 } as const;

/**
 * Serves many models on several servers, without a controller. Creates a `ModelServer` for each number that has models.
 *
 * @throws ConfigurationError when the models do not fit the servers, one has no size, or the engine serves one model only
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, Model, ModelSource, ServingChart, ServingEngine, SharedModelServers,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'shops', { namespace: 'shops' });
 * const shared = new SharedModelServers(chart, 'Shops', {
 *   name: 'shops',
 *   engine: ServingEngine.MLSERVER,
 *   models: ['berlin', 'paris', 'rome'].map((shop) =>
 *     Model.of(shop, ModelSource.s3(`s3://shops/${shop}/`), { size: Size.mebibytes(20) })),
 *   servers: [0, 1],
 *   cpu: Cpu.units(2),
 *   memory: Size.gibibytes(4),
 * });
 * shared.serverOf('berlin').serviceName; // who answers for the model
 */
export class SharedModelServers extends Construct {
  /** Name of the model → name of its server. */
  public readonly assignment: ModelAssignment;
  /** The servers that have models, by their names. */
  public readonly servers: Readonly<Record<string, ModelServer>>;

  public constructor(scope: Construct, id: string, props: SharedModelServersProps) {
    super(scope, id);
    const { name, models, servers, memoryPerModelSize, memoryForModelsPercent, previous, ...each } =
      props;
    const assigned = assign(props);
    this.check(props, assigned);
    this.assignment = assigned.assignment;
    const made = namesOf(props).flatMap((server): (readonly [string, ModelServer])[] => {
      const own = models.filter((model) => this.assignment[model.name] === server);
      if (own.length === 0) return [];
      return [[server, new ModelServer(this, server, { ...each, name: server, models: own })]];
    });
    this.servers = Object.fromEntries(made);
  }

  /**
   * The server of a model.
   * @throws ConfigurationError when there is no such model
   */
  public serverOf(model: string): ModelServer {
    const server = this.servers[this.assignment[model] ?? ''];
    const checks = new Checks(this.node.path);
    checks.require(server !== undefined, 'serverOf', () => ({
      got: `"${model}"`,
      expected: 'the name of one of the models',
      fix: 'correct the name',
    }));
    checks.finish();
    return server as ModelServer;
  }

  private check(props: SharedModelServersProps, { without }: Assigned): void {
    const { name, engine, models, servers } = props;
    const { definition } = engine;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, '-999-headless'.length);
    checks.require(definition.maxModels > 1, 'engine', () => ({
      got: definition.title,
      expected: 'an engine that serves several models',
      fix: `use ${enginesThat(({ maxModels }) => maxModels > 1)}`,
    }));
    checks.require(models.length > 0 && servers.length > 0, 'models', () => ({
      got: `${models.length} models on ${servers.length} servers`,
      expected: 'at least one of each',
      fix: 'name the models and the numbers of the servers',
    }));
    for (const number of servers) checks.requireCount(number, 'servers', 0, 999);
    const numbers = servers.map(String);
    checks.requireUnique(numbers, 'servers', 'every number once', 'drop the repeated one');
    const names = models.map((model) => model.name);
    checks.requireUnique(names, 'models', 'every name once', 'rename one of them');
    const sizeless = models.filter(({ options }) => options.size === undefined);
    checks.require(sizeless.length === 0, 'models', () => ({
      got: `no size of ${sizeless.map((model) => model.name).join(', ')}`,
      expected: 'the size of each model, by which it is assigned',
      fix: 'set size of the models',
    }));
    const percent = props.memoryForModelsPercent ?? DEFAULTS.memoryForModelsPercent;
    checks.requireCount(percent, 'memoryForModelsPercent', 10, 95, ' %');
    const factor = props.memoryPerModelSize ?? DEFAULTS.memoryPerModelSize;
    checks.require(factor >= 1 && factor <= 20, 'memoryPerModelSize', () => ({
      got: String(factor),
      expected: '1 to 20',
      fix: 'measure what a model takes once it is loaded',
    }));
    const missing = without.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
    checks.require(without.length === 0, 'servers', () => ({
      got: `${models.length} models, of which ${without.length} (${memoryText(missing)}) have no room on ${servers.length} servers of ${memoryText(roomOf(props))} for models each`,
      expected: 'room for all of them',
      fix: 'add a server, or raise memory',
    }));
    checks.finish();
  }
}

function assign(props: SharedModelServersProps): Assigned {
  const factor = props.memoryPerModelSize ?? DEFAULTS.memoryPerModelSize;
  const models = props.models.map(({ name, options: { size } }) => ({
    name,
    mebibytes: size ? Math.ceil(mibOf(size) * factor) : 0,
  }));
  return assignModels(models, namesOf(props), roomOf(props), props.previous);
}

function namesOf({ name, servers }: SharedModelServersProps): string[] {
  return servers.map((number) => `${name}-${number}`);
}

/** MiB of a server that models may take. */
function roomOf({ memory, memoryForModelsPercent }: SharedModelServersProps): number {
  const percent = memoryForModelsPercent ?? DEFAULTS.memoryForModelsPercent;
  return Math.floor((mibOf(memory) * percent) / 100);
}
