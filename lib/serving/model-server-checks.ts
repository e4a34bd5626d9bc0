/*
 * Everything that can be wrong with a model server, collected before anything is made.
 */
import type { Checks } from '../core/checks';
import { requireLabels, requireName, requireSubdomain } from '../core/names';
import { coresText, memoryText } from '../core/quantities';
import type { NodePool } from '../nodes/node-pool';
import { isPodShare } from './disruption-budget';
import { enginesThat } from './engine';
import { requirePinnedImage } from '../core/image-reference';
import type { ServerInput } from './model-server-props';
import { checkPlacement } from './placement-checks';
import { modelsOf, tightestDrain, type ResolvedModelServer } from './resolve';

/** Longest of the suffixes that we append to the name: `-headless`. */
const SUFFIX_ROOM = '-headless'.length;

/** Bounds of what one replica may ask for; the upper ones are those of the largest instances there are. */
const BOUNDS = {
  cpuMillis: { least: 100, most: 256_000 },
  memoryMib: { least: 128, most: 24 * 1024 * 1024 },
  replicas: { least: 1, most: 5000 },
  threads: { least: 1, most: 256 },
  drainSeconds: { most: 3600 },
} as const;

/** Names of variables that hold secrets by common habit. */
const SECRET_NAME =
  /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|SECRET_KEY|ACCESS_KEY|ACCESS_KEY_ID|PRIVATE_KEY|CREDENTIALS)$/i;

/** Records everything that is wrong with the input of a model server. */
export function checkModelServer(
  checks: Checks,
  props: ServerInput,
  resolved: ResolvedModelServer,
): void {
  requireName(checks, 'name', props.name, SUFFIX_ROOM);
  checkAmounts(checks, props, resolved);
  checkModels(checks, props, resolved);
  checkEngine(checks, props, resolved);
  checkEnvironment(checks, props, resolved);
  checkDrain(checks, props, resolved);
  checkBudget(checks, props, resolved);
  checkPlacement(checks, resolved);
  requireLabels(checks, 'labels', props.labels ?? {});
}

function checkAmounts(
  checks: Checks,
  props: ServerInput,
  { requests, limits, engine }: ResolvedModelServer,
): void {
  const { cpuMillis, memoryMib, replicas, threads } = BOUNDS;
  checks.require(within(requests.cpuMillis, cpuMillis), 'cpu', () => ({
    got: coresText(requests.cpuMillis),
    expected: `${coresText(cpuMillis.least)} to ${coresText(cpuMillis.most)}`,
    fix: 'set the CPU of one replica',
  }));
  checks.require(within(requests.memoryMib, memoryMib), 'memory', () => ({
    got: memoryText(requests.memoryMib),
    expected: `${memoryText(memoryMib.least)} to ${memoryText(memoryMib.most)}`,
    fix: 'set the memory of one replica',
  }));
  checks.require(
    (limits.cpuMillis ?? Infinity) >= requests.cpuMillis,
    'qualityOfService.cpuLimit',
    () => ({
      got: coresText(limits.cpuMillis ?? 0),
      expected: `at least the request of ${coresText(requests.cpuMillis)}`,
      fix: 'raise the limit or lower cpu',
    }),
  );
  checks.require(limits.memoryMib >= requests.memoryMib, 'qualityOfService.memoryLimit', () => ({
    got: memoryText(limits.memoryMib),
    expected: `at least the request of ${memoryText(requests.memoryMib)}`,
    fix: 'raise the limit or lower memory',
  }));
  const shared = engine.sharedMemoryMib ?? 0;
  checks.require(shared === 0 || limits.memoryMib >= 2 * shared, 'memory', () => ({
    got: memoryText(limits.memoryMib),
    expected: `at least ${memoryText(2 * shared)}, as ${engine.title} gets ${memoryText(shared)} of it as shared memory`,
    fix: 'raise memory',
  }));
  checks.requireCount(props.replicas ?? 1, 'replicas', replicas.least, replicas.most);
  checks.requireCount(props.threads ?? 1, 'threads', threads.least, threads.most, ' threads');
}

function checkModels(
  checks: Checks,
  props: ServerInput,
  { engine, models }: ResolvedModelServer,
): void {
  const given = modelsOf(props);
  checks.require((props.model === undefined) !== (props.models === undefined), 'model', () => ({
    got: props.model ? 'both model and models' : 'neither model nor models',
    expected: 'one of the two',
    fix: 'name the model to serve',
  }));
  checks.require(given.length > 0 || props.models === undefined, 'models', () => ({
    got: 'none',
    expected: 'at least one model',
    fix: 'name the models to serve',
  }));
  checks.require(given.length <= engine.maxModels, 'models', () => ({
    got: `${given.length} models on ${engine.title}`,
    expected: `at most ${engine.maxModels}`,
    fix: `make a server for each model, or use ${enginesThat((other) => other.maxModels >= given.length)}`,
  }));
  const names = given.map((model) => model.name);
  checks.requireUnique(
    names,
    'models',
    'every name once, as clients tell the models by it',
    'rename one of them',
  );
  for (const { model } of models) checkModel(checks, model, props, engine);
  checkEnsembles(checks, props, engine);
}

function checkModel(
  checks: Checks,
  model: ResolvedModelServer['models'][number]['model'],
  props: ServerInput,
  engine: ResolvedModelServer['engine'],
): void {
  const property = `models["${model.name}"]`;
  const { format, version, serveVersions } = model.options;
  const { via } = model.source.definition.delivery;
  checks.require(
    format === undefined || engine.formats.includes(format),
    `${property}.format`,
    () => ({
      got: `${String(format)} on ${engine.title}`,
      expected: engine.formats.join(', '),
      fix: `convert the model, or use ${enginesThat((other) => format !== undefined && other.formats.includes(format))}`,
    }),
  );
  checks.require(
    engine.versions || (version ?? serveVersions) === undefined,
    `${property}.version`,
    () => ({
      got: `version ${String(version ?? serveVersions)} on ${engine.title}`,
      expected: 'no version, as it knows none',
      fix: `point the source at the files of that version, or use ${enginesThat((other) => other.versions)}`,
    }),
  );
  checks.require(via !== 'hub' || engine.hub, `${property}.source`, () => ({
    got: `${model.source.toString()} on ${engine.title}`,
    expected: 'a bucket, a volume or an image, as it cannot download from the Hugging Face hub',
    fix: `copy the repository to a bucket, or use ${enginesThat((other) => other.hub)}`,
  }));
  checks.require(via !== 'image' || props.image !== undefined, `${property}.source`, () => ({
    got: `${model.source.toString()} without image`,
    expected: 'the image that holds the model',
    fix: 'set image',
  }));
  checks.require(via !== 'image' || version === undefined, `${property}.version`, () => ({
    got: `version ${String(version)} of a model in the image`,
    expected: 'no version, as its directories are part of the image',
    fix: 'leave version out; serveVersions chooses among the directories',
  }));
  checks.require(
    props.batching === undefined ||
      via === 'pull' ||
      engine.modelSettingsFile === undefined ||
      (via === 'platform' && engine.settingsApart === true),
    `${property}.source`,
    () => ({
      got: `${model.source.toString()} with batching on ${engine.title}`,
      expected: 'a source that is pulled, as batching is set by a file beside the model',
      fix: 'pull the model from a bucket, or put the setting into the volume and drop batching',
    }),
  );
}

function checkEnsembles(
  checks: Checks,
  { ensembles = [], ...props }: ServerInput,
  engine: ResolvedModelServer['engine'],
): void {
  const models = modelsOf(props).map(({ name }) => name);
  checks.require(ensembles.length === 0 || engine.ensembles === true, 'ensembles', () => ({
    got: `${ensembles.length} on ${engine.title}`,
    expected: 'none, as it runs each model by itself',
    fix: `call the models one after the other, or use ${enginesThat((other) => other.ensembles === true)}`,
  }));
  const names = [...models, ...ensembles.map(({ name }) => name)];
  if (ensembles.length > 0)
    checks.requireUnique(
      names,
      'ensembles',
      'every name once, as clients call ensembles like models',
      'rename one of them',
    );
  for (const { name, options } of ensembles) {
    for (const { model } of options.steps) {
      checks.require(models.includes(model), `ensembles["${name}"]`, () => ({
        got: `a step of "${model}"`,
        expected: `a model of this server: ${models.join(', ')}`,
        fix: 'add the model, or correct the name',
      }));
    }
  }
}

function checkEngine(
  checks: Checks,
  props: ServerInput,
  { engine, pools, image }: ResolvedModelServer,
): void {
  const { accelerator, batching } = props;
  if (props.image !== undefined) requirePinnedImage(checks, 'image', props.image);
  const kind = accelerator ? 'nvidia' : 'cpu';
  checks.require(image !== undefined, 'accelerator', () => ({
    got: accelerator ? accelerator.toString() : 'none',
    expected: accelerator
      ? `no GPU, as ${engine.title} has no image for it here`
      : `a GPU, as ${engine.title} has no image without here`,
    fix: `set image to one that is made for it, or use ${enginesThat((other) => other.images[kind] !== undefined)}`,
  }));
  checks.require(batching === undefined || engine.batching, 'batching', () => ({
    got: `batches of ${String(batching?.maxBatchSize)} on ${engine.title}`,
    expected: 'no batching, as it cannot be told to',
    fix: `drop batching, or use ${enginesThat((other) => other.batching)}`,
  }));
  for (const pool of pools) {
    checks.require(engine.architectures.includes(pool.architecture), 'placement', () => ({
      got: `${pool.name} (${pool.architecture})`,
      expected: `${engine.architectures.join(' or ')}, for which the image of ${engine.title} is made`,
      fix: 'place it on a pool of that architecture',
    }));
  }
}

function checkEnvironment(
  checks: Checks,
  { env = {}, priorityClassName }: ServerInput,
  resolved: ResolvedModelServer,
): void {
  const names = Object.keys(env);
  const { engine, input } = resolved;
  const reserved =
    names.length > 0 && input.models.length > 0 ? (engine.render(input).env ?? {}) : {};
  for (const name of names) {
    const property = `env["${name}"]`;
    checks.require(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), property, () => ({
      got: `the name "${name}"`,
      expected: 'letters, digits and "_", not starting with a digit',
      fix: 'rename the variable',
    }));
    checks.require(!SECRET_NAME.test(name), property, () => ({
      got: 'a variable that looks like a secret',
      expected: 'no secrets in manifests',
      fix: 'keep it in a Secret, mount that as a file through transform, and name the file',
    }));
    checks.require(!(name in reserved), property, () => ({
      got: `"${String(env[name])}" beside "${String(reserved[name])}" set by ${engine.title}`,
      expected: 'variables that the engine does not set',
      fix: 'use the property that stands for it, such as threads, or transform.deployment',
    }));
  }
  if (priorityClassName !== undefined) {
    requireSubdomain(
      checks,
      'priorityClassName',
      priorityClassName,
      'give the name of a PriorityClass',
    );
  }
}

function checkDrain(
  checks: Checks,
  { drain }: ServerInput,
  { engine, drain: resolved, pools }: ResolvedModelServer,
): void {
  const { totalSeconds } = resolved;
  const least = engine.drain.atLeastSeconds + 2;
  checks.require(
    Number.isInteger(totalSeconds) &&
      totalSeconds >= least &&
      totalSeconds <= BOUNDS.drainSeconds.most,
    'drain',
    () => ({
      got: `${totalSeconds} s`,
      expected: `whole seconds from ${least} (${engine.title} loses requests below) to ${BOUNDS.drainSeconds.most}`,
      fix: 'set drain within that range',
    }),
  );
  const tightest = tightestDrain(pools);
  checks.require(
    drain === undefined || tightest === undefined || totalSeconds <= tightest.seconds,
    'drain',
    () => ({
      got: `${totalSeconds} s`,
      expected: `at most ${String(tightest?.seconds)} s (${String(tightest?.pool.name)} is ${noticeText(tightest?.pool)})`,
      fix: `set drain to at most ${String(tightest?.seconds)} s, or place it on other nodes`,
    }),
  );
}

function noticeText(pool: NodePool | undefined): string {
  return pool?.interruptionNotice
    ? `a ${pool.cloud.toString()} spot pool`
    : `an on-demand pool of ${String(pool?.cloud)}`;
}

function checkBudget(
  checks: Checks,
  { podDisruptionBudget }: ServerInput,
  resolved: ResolvedModelServer,
): void {
  const { budget, replicas } = resolved;
  checks.require(isPodShare(budget.share), 'podDisruptionBudget', () => ({
    got: String(budget.share),
    expected: 'a count from 0 to 10000, or a share from 0% to 100%',
    fix: 'set such a count or share',
  }));
  if (podDisruptionBudget === undefined || !isPodShare(budget.share)) return;
  checks.require(budget.allowedDisruptions(replicas) > 0, 'podDisruptionBudget', () => ({
    got: `${budget.field} ${String(budget.share)} of ${replicas} replicas`,
    expected: 'a budget that lets at least one pod go, or no node can ever be drained',
    fix: 'raise replicas, or lower what must stay',
  }));
}

function within(
  value: number,
  { least, most }: { readonly least: number; readonly most: number },
): boolean {
  return value >= least && value <= most;
}
