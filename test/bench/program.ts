/*
 * One measured program, in a process of its own: `node program.js <what> <servers>`. Prints what it measured
 * as JSON. Loads only what it measures.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as cdk8s from 'cdk8s';
import type * as library from 'inference-constructs';
import type * as configured from '../../stacks/settings';
import type * as ready from '../../stacks/stacks';

const [, , what = '', count = '0', objectsFile = ''] = process.argv;

type Cdk8s = typeof cdk8s;
type Library = typeof library;

const started = performance.now();
const measured = main();
console.log(
  JSON.stringify({
    ...measured,
    millis: performance.now() - started,
    maxRssMib: process.resourceUsage().maxRSS / 1024,
  }),
);

function main(): { readonly objects?: number; readonly synthMillis?: number } {
  switch (what) {
    case 'load-raw':
      require('cdk8s');
      require('cdk8s-plus-28');
      return {};
    case 'load-ours':
      require('inference-constructs');
      return {};
    case 'stack-raw':
      // What a program in typed cdk8s loads, and nothing but the objects.
      require('cdk8s-plus-28');
      return synthesise((app) =>
        rawObjects(app, JSON.parse(readFileSync(objectsFile, 'utf8')) as object[][]),
      );
    case 'stack-ours': {
      const { stacks } = require(join(__dirname, '..', '..', 'stacks', 'stacks')) as typeof ready;
      const { readSettings } = require(
        join(__dirname, '..', '..', 'stacks', 'settings'),
      ) as typeof configured;
      return synthesise((app) =>
        stacks['eks-spot-resnet']?.(
          app,
          readSettings(() => undefined),
        ),
      );
    }
    case 'many-raw': {
      require('cdk8s-plus-28');
      const charts = manyObjects(Number(count), objectsFile);
      return synthesise((app) => rawObjects(app, charts));
    }
    case 'many-ours':
      require('inference-constructs');
      return synthesise((app) => manyServers(app, Number(count)));
    default:
      throw new Error(`unknown program ${what}`);
  }
}

function synthesise(build: (app: InstanceType<Cdk8s['App']>) => void): {
  readonly objects: number;
  readonly synthMillis: number;
} {
  const { App } = require('cdk8s') as Cdk8s;
  const begun = performance.now();
  const app = new App();
  build(app);
  const yaml = app.synthYaml();
  const synthMillis = performance.now() - begun;
  return {
    objects: yaml.split('\n').filter((line) => line.startsWith('kind: ')).length,
    synthMillis,
  };
}

/** The same objects without us: a chart for each list, an ApiObject for each entry. */
function rawObjects(app: InstanceType<Cdk8s['App']>, charts: readonly (readonly object[])[]): void {
  const { ApiObject, Chart } = require('cdk8s') as Cdk8s;
  charts.forEach((objects, index) => {
    const chart = new Chart(app, `chart-${index}`);
    objects.forEach(
      (object, id) =>
        new ApiObject(
          chart,
          `object-${id}`,
          object as ConstructorParameters<Cdk8s['ApiObject']>[2],
        ),
    );
  });
}

/** The objects of one server again and again, under other names. */
function manyObjects(servers: number, file: string): object[][] {
  const template = readFileSync(file, 'utf8');
  return Array.from({ length: Math.ceil(servers / 50) }, (_, chart) =>
    Array.from({ length: Math.min(50, servers - chart * 50) }, (_, index) =>
      (
        JSON.parse(template.replaceAll('resnet', `server-${chart * 50 + index}`)) as object[][]
      ).flat(),
    ).flat(),
  );
}

function manyServers(app: InstanceType<Cdk8s['App']>, servers: number): void {
  const { Size } = require('cdk8s') as Cdk8s;
  const { Cpu, Model, ModelServer, ModelSource, NodePool, ServingChart, ServingEngine } =
    require('inference-constructs') as Library;
  const pool = NodePool.eksSpot('spot', {
    instanceTypes: ['m6i.xlarge', 'm7i.xlarge'],
    min: 0,
    max: 1000,
  });
  for (let chart = 0; chart * 50 < servers; chart += 1) {
    const scope = new ServingChart(app, `chart-${chart}`, { namespace: 'serving' });
    for (let index = chart * 50; index < Math.min(servers, chart * 50 + 50); index += 1) {
      const name = `server-${index}`;
      new ModelServer(scope, name, {
        name,
        engine: ServingEngine.TENSORFLOW_SERVING,
        model: Model.of(name, ModelSource.s3(`s3://models/${name}/`)),
        cpu: Cpu.units(2),
        memory: Size.gibibytes(4),
        placement: [pool],
      });
    }
  }
}
