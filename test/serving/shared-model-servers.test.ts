/*
 * Many models on few servers: who moves, who stays, and what is too much.
 */
import { Size } from 'cdk8s';
import fc from 'fast-check';
import {
  Cpu,
  Model,
  ModelServer,
  ModelSource,
  ServingEngine,
  SharedModelServers,
  type SharedModelServersProps,
} from 'inference-constructs';
import {
  assignModels,
  type AssignedModel,
  type ModelAssignment,
} from '../../lib/serving/model-assignment';
import { chartOf } from '../support/charts';
import { messageOf } from '../support/messages';

const SERVERS = Array.from({ length: 20 }, (_, index) => `server-${index}`);

/** 500 models of 10 to 60 MiB. */
const MODELS: readonly AssignedModel[] = Array.from({ length: 500 }, (_, index) => ({
  name: `model-${index}`,
  mebibytes: 10 + ((index * 37) % 51),
}));

const TOTAL = MODELS.reduce((sum, { mebibytes }) => sum + mebibytes, 0);

/** What each server holds, in MiB. */
function loads(models: readonly AssignedModel[], assignment: ModelAssignment): number[] {
  return SERVERS.map((server) =>
    models
      .filter(({ name }) => assignment[name] === server)
      .reduce((sum, { mebibytes }) => sum + mebibytes, 0),
  );
}

/** Models that are elsewhere than before. */
function moved(before: ModelAssignment, after: ModelAssignment): string[] {
  return Object.keys(before).filter((name) => name in after && before[name] !== after[name]);
}

describe('500 models on 20 servers', () => {
  // Twice what they need together: no server is full.
  const roomy = Math.ceil((2 * TOTAL) / SERVERS.length);
  const { assignment, without } = assignModels(MODELS, SERVERS, roomy);

  test('are all assigned, and to every server', () => {
    expect(without).toEqual([]);
    expect(new Set(Object.values(assignment)).size).toBe(20);
    expect(Math.max(...loads(MODELS, assignment))).toBeLessThanOrEqual(roomy);
  });

  test('one more moves none', () => {
    const more = [...MODELS, { name: 'new', mebibytes: 50 }];
    // Wherever it stands in the list.
    const first = [{ name: 'new', mebibytes: 50 }, ...MODELS];

    expect(moved(assignment, assignModels(more, SERVERS, roomy).assignment)).toEqual([]);
    expect(moved(assignment, assignModels(first, SERVERS, roomy).assignment)).toEqual([]);
  });

  test('a server that goes moves its own, and no others', () => {
    const rest = SERVERS.filter((server) => server !== 'server-7');
    const after = assignModels(MODELS, rest, roomy).assignment;
    const own = MODELS.filter(({ name }) => assignment[name] === 'server-7');

    expect(moved(assignment, after).sort()).toEqual(own.map(({ name }) => name).sort());
  });

  test('a server that comes takes about its share, and nothing moves but to it', () => {
    const after = assignModels(MODELS, [...SERVERS, 'server-20'], roomy).assignment;
    const gone = moved(assignment, after);

    expect(gone.every((name) => after[name] === 'server-20')).toBe(true);
    expect(gone.length).toBeGreaterThan(10);
    expect(gone.length).toBeLessThan(45);
  });
});

test('with an earlier assignment nothing moves that need not, however full the servers are', () => {
  // 2 % more than they need together.
  const tight = Math.ceil((1.02 * TOTAL) / SERVERS.length) + 10;
  const { assignment, without } = assignModels(MODELS, SERVERS, tight);
  expect(without).toEqual([]);
  expect(Math.max(...loads(MODELS, assignment))).toBeLessThanOrEqual(tight);

  const more = [{ name: 'new', mebibytes: 10 }, ...MODELS];
  expect(moved(assignment, assignModels(more, SERVERS, tight, assignment).assignment)).toEqual([]);

  // Room for the models of one: that of the others, and no more.
  const [, ...rest] = SERVERS;
  const wider = Math.ceil((1.1 * TOTAL) / rest.length);
  const after = assignModels(MODELS, rest, wider, assignment);
  const own = MODELS.filter(({ name }) => assignment[name] === SERVERS[0]);
  expect(after.without).toEqual([]);
  expect(moved(assignment, after.assignment).sort()).toEqual(own.map(({ name }) => name).sort());
});

test('no server ever holds more than it may, and what has no room is said', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 300 }),
      (sizes, count, room) => {
        const models = sizes.map((mebibytes, index) => ({ name: `m${index}`, mebibytes }));
        const servers = SERVERS.slice(0, count);
        const { assignment, without } = assignModels(models, servers, room);

        expect(Math.max(0, ...loads(models, assignment))).toBeLessThanOrEqual(room);
        expect(Object.keys(assignment).length + without.length).toBe(models.length);
        // The same every time.
        expect(assignModels(models, servers, room)).toEqual({ assignment, without });
      },
    ),
    { seed: 20261124 },
  );
});

describe('shared servers', () => {
  const props = (changes: Partial<SharedModelServersProps> = {}): SharedModelServersProps => ({
    name: 'shops',
    engine: ServingEngine.MLSERVER,
    models: Array.from({ length: 12 }, (_, index) =>
      Model.of(`shop-${index}`, ModelSource.s3(`s3://shops/shop-${index}/`), {
        size: Size.mebibytes(20),
      }),
    ),
    servers: [0, 1, 2],
    cpu: Cpu.units(2),
    memory: Size.gibibytes(2),
    ...changes,
  });
  const made = (changes: Partial<SharedModelServersProps> = {}): SharedModelServers =>
    new SharedModelServers(chartOf(), 'Shops', props(changes));

  test('are servers with the models that are assigned to them', () => {
    const shared = made();

    expect(Object.keys(shared.assignment)).toHaveLength(12);
    expect(shared.serverOf('shop-3')).toBeInstanceOf(ModelServer);
    expect(shared.serverOf('shop-3').serviceName).toBe(shared.assignment['shop-3']);
  });

  test('keep what an earlier assignment says', () => {
    const previous = Object.fromEntries(props().models.map(({ name }) => [name, 'shops-1']));

    expect(made({ previous }).assignment).toEqual(previous);
    expect(Object.keys(made({ previous }).servers)).toEqual(['shops-1']);
  });

  test.each<[string, Partial<SharedModelServersProps>]>([
    ['with an engine of one model', { engine: ServingEngine.VLLM }],
    ['without models or servers', { models: [], servers: [] }],
    ['with numbers that repeat or are none', { servers: [1, 1, -1] }],
    [
      'with models of one name, or without a size',
      { models: ['a', 'a'].map((name) => Model.of(name, ModelSource.s3('s3://shops/a/'))) },
    ],
    ['with more than fits', { memory: Size.mebibytes(256), servers: [0] }],
    ['with shares out of range', { memoryForModelsPercent: 5, memoryPerModelSize: 0.5 }],
    ['with a name that is too long', { name: 'a'.repeat(60) }],
  ])('are refused %s', (_, changes) => {
    expect(messageOf(() => made(changes))).toMatchSnapshot();
  });

  test('know no model that they do not have', () => {
    expect(messageOf(() => void made().serverOf('shop-99'))).toMatchSnapshot();
  });
});
