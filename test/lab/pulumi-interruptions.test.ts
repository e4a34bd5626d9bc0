/*
 * Updates that fail half-way. Every resource fails once, when it is first made: the next update goes on where the
 * last one ended, and the end is the same as without a failure.
 */
import { program } from '../../stacks/pulumi/program';
import { CONFIGURATIONS } from '../support/configurations';
import { installed } from './support/lab-home';
import { startEngine, type Engine } from './support/pulumi-engine';
import { SimulatedCloud, type Entry } from './support/simulated-cloud';

const describeWithEngine = installed('pulumi') ? describe : describe.skip;

/** What is there, without the ids that differ from run to run. */
function inventory(cloud: SimulatedCloud): readonly string[] {
  return [...cloud.resources.values()].map(({ type, name }) => `${type} ${name}`).sort();
}

async function engineFor(cloud: SimulatedCloud): Promise<Engine> {
  return startEngine({ aws: cloud, gcp: cloud, kubernetes: cloud });
}

describeWithEngine.each(Object.entries(CONFIGURATIONS))('%s', (title, config) => {
  test('gets to the same end although every resource fails once', async () => {
    const calm = new SimulatedCloud();
    const calmEngine = await engineFor(calm);
    const undisturbed = await calmEngine.stack('lab', () => Promise.resolve({ ...program() }));
    await undisturbed.configure(config);
    expect((await undisturbed.up()).error).toBeUndefined();
    calmEngine.stop();

    const cloud = new SimulatedCloud();
    const failed = new Set<string>();
    cloud.fails = ({ operation, type, name }: Entry) => {
      const key = `${operation} ${type} ${name}`;
      if (failed.has(key)) return false;
      failed.add(key);
      return true;
    };
    const engine = await engineFor(cloud);
    let updates = 1;
    let last = await engine.upInProcess(config);
    for (; last.error !== undefined && updates < 60; updates += 1)
      last = await engine.upInProcess(config);
    console.log(`${title}: ${failed.size} failures in ${updates} updates`);

    expect(last.error).toBeUndefined();
    expect(inventory(cloud)).toEqual(inventory(calm));
    // Every resource has failed, and none was made twice.
    const made = cloud.journal.filter(({ operation }) => operation === 'create');
    expect(failed.size).toBe(made.length);
    expect(made.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(inventory(cloud));
    const stack = await engine.stack('lab', () => Promise.resolve({ ...program() }));
    expect(Object.keys((await stack.up()).counts)).toEqual(['same']);

    cloud.fails = () => false;
    expect((await stack.destroy()).error).toBeUndefined();
    expect(cloud.resources.size).toBe(0);
    engine.stop();
  });
});
