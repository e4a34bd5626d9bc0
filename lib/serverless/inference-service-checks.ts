/*
 * Everything that can be wrong with a service of KServe, collected before anything is made. What a mode ignores is an
 * error that names what does it.
 */
import type { Checks } from '../core/checks';
import { requireLabels, requireName, requireSubdomain } from '../core/names';
import { requirePinnedImage } from '../core/image-reference';
import { enginesThat } from '../serving/engine';
import { Protocol } from '../serving/engine-definition';
import { tightestDrain } from '../serving/resolve';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps, PredictorProps } from './inference-service-props';
import { KnativeFeature } from './knative';
import { kserveFormatOf } from './kserve-format';
import { hasAgent } from './network-policies';
import { isGrpc, protocolsText } from './protocol-version';
import type { ResolvedService } from './resolve';
import { checkScaling } from './scaling-checks';
import { requireStorageUri, storageUriOf } from './storage-uri';

/** Longest of the names that KServe and Knative make of it: `-transformer-00001-deployment`. */
const SUFFIX_ROOM = 23;

/** Bounds of Knative's `timeoutSeconds`, by `max-revision-timeout-seconds`. */
const TIMEOUT = { least: 1, most: 600 } as const;

/** Records everything that is wrong with the input of a service. */
export function checkService(
  checks: Checks,
  props: InferenceServiceProps,
  service: ResolvedService,
): void {
  requireName(checks, 'name', props.name, SUFFIX_ROOM);
  checkPredictor(checks, props, service);
  checkProtocol(checks, props, service);
  checkCanary(checks, props);
  checkAgent(checks, props, service);
  checkTimeout(checks, props, service);
  checkExplainer(checks, props);
  checkKnative(checks, props, service);
  const { predictor, transformer, explainer } = service;
  for (const component of [predictor, transformer, explainer])
    if (component) checkScaling(checks, props, service, component);
  requireLabels(checks, 'labels', props.labels ?? {});
  for (const property of ['serviceAccountName', 'priorityClassName'] as const) {
    const name = props[property];
    if (name !== undefined) requireSubdomain(checks, property, name, 'give the name of the object');
  }
}

function checkPredictor(
  checks: Checks,
  { predictor }: InferenceServiceProps,
  service: ResolvedService,
): void {
  const { engine, runtime, container, model } = predictor;
  const given = Object.entries({ engine, runtime, container }).filter(([, value]) => value);
  checks.require(given.length === 1, 'predictor', () => ({
    got: given.map(([key]) => key).join(' and ') || 'neither engine, runtime nor container',
    expected: 'one of engine, runtime and container',
    fix: 'name the engine that runs the model',
  }));
  checks.require(model === undefined || container === undefined, 'predictor.container', () => ({
    got: `a container beside the model ${String(model)}`,
    expected: 'one of the two: KServe brings no files to containers of your own here',
    fix: 'use an engine or a runtime, or let the container fetch its model',
  }));
  checks.require(model !== undefined || engine === undefined, 'predictor.model', () => ({
    got: 'none',
    expected: 'where the model is',
    fix: 'set model; for many models on one server use SharedModelServers',
  }));
  if (model) requireStorageUri(checks, 'predictor.model', model);
  const { downloader } = predictor;
  const uri = service.predictor.model && storageUriOf(service.predictor.model);
  checks.require(
    downloader === undefined || (uri !== undefined && downloader.takes(uri)),
    'predictor.downloader',
    () => ({
      got: `${String(downloader?.name)} for ${String(model)}`,
      expected: 'a downloader for such addresses',
      fix: 'add the prefix to the downloader, or drop it',
    }),
  );
  checkFormat(checks, predictor, service);
  checkUnused(checks, predictor);
  const { modelCache } = predictor;
  checks.require(
    modelCache === undefined || String(modelCache.model) === String(model),
    'predictor.modelCache',
    () => ({
      got: `a cache of ${String(modelCache?.model)}`,
      expected: `one of ${String(model)}`,
      fix: 'give both the same source',
    }),
  );
  const cached = new Set(modelCache?.placement.map(({ name }) => name));
  const elsewhere = (predictor.placement ?? []).filter(({ name }) => !cached.has(name));
  checks.require(modelCache === undefined || elsewhere.length === 0, 'predictor.placement', () => ({
    got: `${elsewhere.map(({ name }) => name).join(', ')}, whose nodes do not keep the model`,
    expected: `pools of the cache: ${[...cached].join(', ')}`,
    fix: 'add the pools to the cache, or drop them here',
  }));
}

function checkFormat(
  checks: Checks,
  { engine, runtime, format, image, runtimeVersion }: PredictorProps,
  service: ResolvedService,
): void {
  const name = service.predictor.format?.name;
  if (engine) {
    checks.require(typeof format !== 'object', 'predictor.format', () => ({
      got: `"${String(name)}" with ${engine.toString()}`,
      expected: `a ModelFormat: ${engine.definition.formats.join(', ')}`,
      fix: 'name one of those, or the runtime of KServe that reads it',
    }));
    return;
  }
  if (image !== undefined) requirePinnedImage(checks, 'predictor.image', image);
  if (runtimeVersion !== undefined)
    requirePinnedImage(checks, 'predictor.runtimeVersion', `runtime:${runtimeVersion}`);
  if (!runtime || name === undefined) return;
  checks.require(runtime.formats.includes(name), 'predictor.format', () => ({
    got: `"${name}" on ${runtime.name}`,
    expected: runtime.formats.join(', '),
    fix: `name one of those, or use ${enginesThat(({ formats }) => formats.some((one) => kserveFormatOf(one).name === name))}`,
  }));
}

/** Props that one of the three kinds has no use for. */
function checkUnused(checks: Checks, predictor: PredictorProps): void {
  const { engine, runtime, container } = predictor;
  const uses: Readonly<Partial<Record<keyof PredictorProps, boolean>>> = {
    threads: engine !== undefined,
    args: runtime !== undefined,
    runtimeVersion: runtime !== undefined,
    format: container === undefined,
    image: container === undefined,
    env: container === undefined,
    modelCache: container === undefined,
  };
  for (const [property, used] of Object.entries(uses) as [keyof PredictorProps, boolean][])
    checks.require(used || predictor[property] === undefined, `predictor.${property}`, () => ({
      got: 'a value',
      expected: 'none, as nothing takes it here',
      fix: container
        ? 'say it in container'
        : runtime
          ? 'say it by env or args, or use an engine'
          : 'use a runtime of your own, or ServingEngine.custom',
    }));
}

function checkProtocol(
  checks: Checks,
  { predictor, mode }: InferenceServiceProps,
  { predictor: resolved }: ResolvedService,
): void {
  const { engine, runtime, container, protocol } = predictor;
  const spoken = engine?.definition.protocols ?? runtime?.protocols;
  checks.require(
    protocol === undefined || spoken === undefined || spoken.includes(protocol),
    'predictor.protocol',
    () => ({
      got: `${String(protocol)} of ${engine?.toString() ?? runtime?.name ?? ''}`,
      expected: protocolsText(spoken ?? []),
      fix: `name one of those, or use ${enginesThat(({ protocols }) => protocol !== undefined && protocols.includes(protocol))}`,
    }),
  );
  if (!engine || mode !== DeploymentMode.KNATIVE || container) return;
  checks.require(
    !isGrpc(resolved.protocol) || engine.definition.grpcHealth === true,
    'predictor.protocol',
    () => ({
      got: `${resolved.protocol} of ${engine.toString()} in mode KNATIVE`,
      expected:
        'REST: Knative opens one port of a pod, and on that of gRPC this engine does not tell when its model is loaded',
      fix: `speak REST, use mode STANDARD, or use ${enginesThat(({ grpcHealth }) => grpcHealth === true)}`,
    }),
  );
}

function checkCanary(checks: Checks, { canary, mode, predictor }: InferenceServiceProps): void {
  if (canary === undefined) return;
  checks.requireCount(canary.percent, 'canary.percent', 0, 99, ' %');
  checks.require(mode === DeploymentMode.KNATIVE, 'canary', () => ({
    got: `${canary.percent} % in mode STANDARD, where KServe splits nothing`,
    expected: 'mode KNATIVE',
    fix: 'make a second InferenceService of the next model, and give both to Canary or ServiceMeshRouting',
  }));
  checks.require(predictor.model !== undefined, 'canary', () => ({
    got: 'no model of the predictor',
    expected: 'a model that was rolled out before, which answers the other requests',
    fix: 'roll out a model first',
  }));
  checks.require(String(predictor.model) !== String(canary.model), 'canary.model', () => ({
    got: `${canary.model.toString()}, which is the model of the predictor`,
    expected: 'another model: there would be no previous revision',
    fix: 'name the next model, or drop canary',
  }));
  requireStorageUri(checks, 'canary.model', canary.model);
}

/** What KServe's agent knows: HTTP, and batches of protocol v1. */
function checkAgent(checks: Checks, props: InferenceServiceProps, service: ResolvedService): void {
  const { batching, payloadLogging, latencyTarget } = props;
  const { predictor, timeoutSeconds } = service;
  const { protocol } = predictor;
  if (hasAgent(props, predictor)) {
    const what = payloadLogging ? 'payloadLogging' : 'batching';
    checks.require(!isGrpc(protocol), what, () => ({
      got: `${protocol}, which KServe's agent does not read`,
      expected: 'a REST protocol',
      fix: 'speak REST, or log in a mesh or gateway',
    }));
  }
  checks.require(
    !predictor.batcher || isGrpc(protocol) || protocol === Protocol.TFS_REST,
    'batching',
    () => ({
      got: `${protocol}, of which KServe's batcher knows nothing`,
      expected: 'protocol v1, or an engine that batches by itself',
      fix: `use ${enginesThat((engine) => engine.batching && (engine.modelSettingsFile === undefined || engine.settingsApart === true))}; with Triton, say dynamic_batching in the config.pbtxt of its repository`,
    }),
  );
  const delay = batching?.maxDelayMillis ?? 0;
  checks.require(delay < timeoutSeconds * 1000, 'batching.maxDelay', () => ({
    got: `${delay} ms of ${timeoutSeconds} s`,
    expected: 'less than the time limit of a request',
    fix: 'lower maxDelay, or raise timeout',
  }));
  const target = latencyTarget?.toMilliseconds() ?? Infinity;
  checks.require(target > 0 && delay <= target / 2, 'batching.maxDelay', () => ({
    got: `${delay} ms`,
    expected: `at most ${target / 2} ms, half of the latencyTarget of ${target} ms: the other half is for computing`,
    fix: 'lower maxDelay, or raise latencyTarget',
  }));
  if (payloadLogging) checkSink(checks, props);
}

function checkSink(checks: Checks, { payloadLogging }: InferenceServiceProps): void {
  const { sink, headers = [] } = payloadLogging ?? { sink: '' };
  const url = typeof sink === 'string' ? sink : sink.url;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const plain = parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.username === '';
  checks.require(plain, 'payloadLogging.sink', () => ({
    got: url === '' ? 'none' : 'no URL, or one with credentials',
    expected: 'a PayloadLog, or a URL of HTTP without credentials that takes CloudEvents',
    fix: 'make a PayloadLog and name it',
  }));
  for (const header of headers)
    checks.require(
      /^[A-Za-z0-9-]+$/.test(header) && !['authorization', 'cookie'].includes(header.toLowerCase()),
      'payloadLogging.headers',
      () => ({
        got: `"${header}"`,
        expected: 'names of headers, none that carries credentials',
        fix: 'drop it',
      }),
    );
}

function checkTimeout(
  checks: Checks,
  { timeout, mode, predictor }: InferenceServiceProps,
  { timeoutSeconds }: ResolvedService,
): void {
  checks.requireCount(timeoutSeconds, 'timeout', TIMEOUT.least, TIMEOUT.most, ' s');
  checks.require(timeout === undefined || mode === DeploymentMode.KNATIVE, 'timeout', () => ({
    got: `${timeoutSeconds} s in mode STANDARD, where no proxy of KServe is in the way`,
    expected: 'mode KNATIVE',
    fix: 'set timeouts of SecureGrpcIngress, or timeout of a route of ServiceMeshRouting',
  }));
  const tightest = tightestDrain(predictor.placement ?? []);
  const bound = mode === DeploymentMode.KNATIVE ? tightest : undefined;
  checks.require(bound === undefined || timeoutSeconds <= bound.seconds, 'timeout', () => ({
    got: `${timeoutSeconds} s, which Knative gives a pod to end, too`,
    expected: `at most ${String(bound?.seconds)} s, which ${String(bound?.pool.name)} leaves a pod`,
    fix: 'lower timeout, or place the predictor on other nodes',
  }));
}

function checkExplainer(checks: Checks, { explainer, predictor }: InferenceServiceProps): void {
  if (explainer === undefined) return;
  const given = [explainer.art, explainer.container].filter((one) => one !== undefined);
  checks.require(given.length === 1, 'explainer', () => ({
    got: given.length === 0 ? 'neither art nor container' : 'both art and container',
    expected: 'one of the two',
    fix: 'name what explains the answers',
  }));
  checks.require(
    predictor.protocol === undefined || !isGrpc(predictor.protocol),
    'explainer',
    () => ({
      got: `a predictor that speaks ${String(predictor.protocol)}`,
      expected: 'REST, which explainers call it by',
      fix: 'speak REST',
    }),
  );
}

/** Feature flags of Knative that the pods need, and that its webhook would refuse them without. */
function checkKnative(
  checks: Checks,
  { mode, knative, priorityClassName, transformer, explainer, predictor }: InferenceServiceProps,
  service: ResolvedService,
): void {
  if (mode !== DeploymentMode.KNATIVE) {
    checks.require(knative === undefined, 'knative', () => ({
      got: 'an installation in mode STANDARD',
      expected: 'none, as Knative has no part in it',
      fix: 'drop knative, or use mode KNATIVE',
    }));
    return;
  }
  const pods = [predictor, transformer ?? {}, explainer ?? {}];
  const pools = pods.flatMap(({ placement = [] }) => placement);
  const needed: readonly (readonly [KnativeFeature, boolean, string])[] = [
    [KnativeFeature.AFFINITY, pools.length > 0, 'placement'],
    [KnativeFeature.TOLERATIONS, pools.some(({ taints }) => taints.length > 0), 'placement'],
    [KnativeFeature.PRIORITY_CLASS, priorityClassName !== undefined, 'priorityClassName'],
  ];
  for (const [feature, isNeeded, property] of needed)
    checks.require(
      !isNeeded || service.knative.features.includes(feature),
      'knative.features',
      () => ({
        got: `none of ${feature}, which ${property} needs`,
        expected: 'the feature flags that the pods need, enabled in the ConfigMap config-features',
        fix: `enable ${feature} there, and name it here`,
      }),
    );
}
