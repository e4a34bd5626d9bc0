/*
 * Examples of KServe's documentation, as it prints them, beside the props that say the same. Written down from the
 * documentation of KServe 0.11 to 0.20, whose pages have moved since; names of registries' users are left out.
 */
import {
  DeploymentMode,
  ModelSource,
  type InferenceServiceProps,
  type KServeRuntime,
  type PredictorProps,
} from 'inference-constructs';

/** One example: what is printed below `spec`, and how it is said here. */
export interface Example {
  readonly name: string;
  /** Below `spec:`, in YAML. */
  readonly spec: string;
  readonly props: Omit<InferenceServiceProps, 'name' | 'mode'> & { readonly mode?: DeploymentMode };
}

/** An example of which nothing but the predictor is said. */
export function predictor(name: string, spec: string, props: PredictorProps): Example {
  return { name, spec: `predictor: ${spec}`, props: { predictor: props } };
}

/** A model of the bucket of examples. */
export function gcs(path: string): ModelSource {
  return ModelSource.gcs(`gs://kfserving-examples/models/${path}`, { anonymous: true });
}

/** YAML of a model in that bucket. */
export function inBucket(format: string, path: string, more = ''): string {
  return `{model: {modelFormat: {name: ${format}}, storageUri: "gs://kfserving-examples/models/${path}"${more}}}`;
}

/** A predictor of a runtime of KServe with a model of the bucket. */
export function served(
  runtime: KServeRuntime,
  path: string,
  more: Partial<PredictorProps> = {},
): PredictorProps {
  return { runtime, model: gcs(path), ...more };
}

/** What the documentation calls RawDeployment. */
export const STANDARD = { mode: DeploymentMode.STANDARD };
