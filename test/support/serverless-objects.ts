/* What tests of services look at: one object among those of a chart. */
import {
  DeploymentMode,
  InferenceService,
  ModelSource,
  ServingEngine,
  type InferenceServiceProps,
  type ServingChart,
} from 'inference-constructs';
import { serviceProps } from './serverless';

/** An object as it is written. */
export interface Made {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: Record<string, never>;
  readonly data?: Record<string, string>;
  readonly secrets?: { readonly name: string }[];
}

/** The object of a kind, and of a name where it is given. */
export function find(chart: ServingChart, kind: string, name?: string): Made {
  const found = (chart.toJson() as Made[]).find(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found === undefined) throw new Error(`no ${kind} ${name ?? ''}`);
  return found;
}

/** A service in a chart. */
export function serviceIn(
  chart: ServingChart,
  changes: Partial<InferenceServiceProps> = {},
): InferenceService {
  const { name = 'flowers' } = changes;
  return new InferenceService(chart, name, serviceProps(changes));
}

export const STANDARD = { mode: DeploymentMode.STANDARD };
/** A predictor of MLServer. */
export const mlServer = {
  engine: ServingEngine.MLSERVER,
  model: ModelSource.s3('s3://models/income/'),
};
