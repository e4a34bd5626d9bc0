/*
 * The InferenceService itself, and the Service by which gateways and meshes reach its pods in mode STANDARD. Pure.
 */
import type { Container, ServiceAccount, ServiceSpec } from 'kubernetes-types/core/v1';
import { InferenceService as Binding } from '../../imports/inference-service';
import { customResource, type PlainObject } from '../core/custom-resource';
import { environment } from '../serving/model-volumes';
import { containerSecurity } from '../core/restricted-pod';
import { serviceSpec } from '../serving/workload';
import {
  componentFields,
  servingContainer,
  servingResources,
  type ComponentFields,
} from './component';
import { DeploymentMode } from './deployment-mode';
import type { InferenceServiceProps, PayloadLogging } from './inference-service-props';
import { protocolVersionOf } from './protocol-version';
import type { ResolvedComponent, ResolvedPredictor, ResolvedService } from './resolve';
import { storageUriOf } from './storage-uri';

/**
 * Port of KServe's agent, which takes requests in place of the server where it logs or batches.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/constants/constants.go (0.20)
 */
export const AGENT_PORT = 9081;

/** Who scales in mode STANDARD: KServe's HorizontalPodAutoscaler, somebody else, or nobody. */
export const AUTOSCALER_CLASS = 'serving.kserve.io/autoscalerClass';

/** @internal */
export function inferenceService(
  service: ResolvedService,
  props: InferenceServiceProps,
  labels: Readonly<Record<string, string>>,
): PlainObject {
  const { name, mode, predictor, transformer, explainer } = service;
  const autoscalerClass = predictor.scaling.policy === undefined ? 'none' : 'hpa';
  return customResource(Binding, {
    metadata: {
      name,
      labels: {
        ...labels,
        ...(props.exposed !== true && { 'networking.kserve.io/visibility': 'cluster-local' }),
      },
      annotations: {
        ...props.annotations,
        'serving.kserve.io/deploymentMode': mode,
        ...(mode === DeploymentMode.STANDARD && { [AUTOSCALER_CLASS]: autoscalerClass }),
      },
    },
    spec: {
      predictor: predictorSpec(predictor, service, props),
      ...(transformer && { transformer: ownSpec(transformer, service, props) }),
      ...(explainer && {
        explainer:
          explainer.kind === 'art'
            ? artSpec(explainer, service, props)
            : ownSpec(explainer, service, props),
      }),
    },
  });
}

type Fields = ComponentFields & { readonly [field: string]: unknown };

function predictorSpec(
  predictor: ResolvedPredictor,
  service: ResolvedService,
  props: InferenceServiceProps,
): Fields {
  const { batching, payloadLogging, canary } = props;
  const common = {
    ...componentFields(predictor, service, props),
    ...(props.predictor.downloader && { storageContainerName: props.predictor.downloader.name }),
    ...(canary && { canaryTrafficPercent: canary.percent }),
    ...(predictor.batcher &&
      batching && {
        batcher: {
          maxBatchSize: batching.maxBatchSize,
          maxLatency: batching.maxDelayMillis,
          timeout: service.timeoutSeconds,
        },
      }),
    ...(payloadLogging && { logger: loggerSpec(payloadLogging) }),
  };
  if (predictor.kind === 'container')
    return { ...common, ...containersOf(predictor, service, props, predictor.protocol) };
  return { ...common, model: modelSpec(predictor, props) };
}

function modelSpec(predictor: ResolvedPredictor, props: InferenceServiceProps): object {
  const { runtime, runtimeVersion, args, env = {}, image } = props.predictor;
  const version = protocolVersionOf(predictor.protocol);
  const uri = predictor.model && storageUriOf(predictor.model);
  return {
    ...(predictor.format && { modelFormat: { ...predictor.format } }),
    // With an engine, the runtime that is made for the service and called like it.
    runtime: runtime?.name ?? props.name,
    ...(version !== undefined && { protocolVersion: version }),
    ...(runtimeVersion !== undefined && { runtimeVersion }),
    ...(uri !== undefined && { storageUri: uri }),
    ...(args && { args: [...args] }),
    ...(predictor.kind === 'runtime' && environment(env)),
    ...(predictor.kind === 'runtime' && image !== undefined && { image }),
    ...(predictor.kind === 'runtime' && { securityContext: RUNTIME_SECURITY }),
    resources: servingResources(predictor, props),
  };
}

/** What Pod Security asks of a container whose user and root we do not know. */
const RUNTIME_SECURITY = (({ readOnlyRootFilesystem: _, privileged: __, ...rest }) => ({
  ...rest,
  seccompProfile: { type: 'RuntimeDefault' },
}))(containerSecurity());

/** A component whose container is the user's. */
function ownSpec(
  component: ResolvedComponent,
  service: ResolvedService,
  props: InferenceServiceProps,
): Fields {
  return {
    ...componentFields(component, service, props),
    ...containersOf(component, service, props),
  };
}

function containersOf(
  component: ResolvedComponent,
  service: ResolvedService,
  props: InferenceServiceProps,
  protocol?: ResolvedPredictor['protocol'],
): { readonly containers: readonly Container[]; readonly volumes: readonly object[] } {
  const { container, volumes = [] } = servingContainer(component, service, props, protocol);
  return { containers: [container], volumes };
}

function artSpec(
  explainer: ResolvedComponent,
  service: ResolvedService,
  props: InferenceServiceProps,
): Fields {
  const { type = '', config, model } = props.explainer?.art ?? {};
  const uri = model && storageUriOf(model);
  return {
    ...componentFields(explainer, service, props),
    art: {
      type,
      ...(uri !== undefined && { storageUri: uri }),
      ...(config && { config: { ...config } }),
      resources: servingResources(explainer, props),
      securityContext: RUNTIME_SECURITY,
    },
  };
}

function loggerSpec({ sink, mode, headers, annotations }: PayloadLogging): {
  readonly mode: 'all' | 'request' | 'response';
  readonly url: string;
  readonly metadataHeaders?: readonly string[];
  readonly metadataAnnotations?: readonly string[];
} {
  return {
    mode: mode ?? 'all',
    url: typeof sink === 'string' ? sink : sink.url,
    ...(headers && { metadataHeaders: [...headers] }),
    ...(annotations && { metadataAnnotations: [...annotations] }),
  };
}

/** Leads to the pods themselves, on the ports that they listen on. @internal */
export function endpointSpec(
  entry: ResolvedComponent,
  props: InferenceServiceProps,
  agent: boolean,
): ServiceSpec {
  const spec = serviceSpec(entry.server, { ...entry.selector });
  if (!agent || props.mode !== DeploymentMode.STANDARD) return spec;
  const ports = (spec.ports ?? []).map((port) =>
    port.name === 'http' ? { ...port, targetPort: AGENT_PORT } : port,
  );
  return { ...spec, ports };
}

/** An account of its own, unless one is there, with the Secrets by which models are fetched. @internal */
export function serviceAccount(
  { predictor, explainer, canary, serviceAccountName }: InferenceServiceProps,
  metadata: { readonly name: string; readonly labels: Record<string, string> },
): (ServiceAccount & { apiVersion: string; kind: string; metadata: { name: string } }) | undefined {
  if (serviceAccountName !== undefined) return undefined;
  const sources = [predictor.model, canary?.model, explainer?.art?.model];
  const names = sources.flatMap((source) => source?.definition.credentials?.secretName ?? []);
  const secrets = [...new Set(names)].map((name) => ({ name }));
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
    automountServiceAccountToken: false,
    // Where KServe's storage initializer looks for credentials.
    ...(secrets.length > 0 && { secrets }),
  };
}
