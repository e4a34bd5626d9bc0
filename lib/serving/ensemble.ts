/*
 * Models of one server run one after the other, for one request of a client.
 */
import { Checks } from '../core/checks';
import { requireModelName } from './model';

/** Type of the numbers in a tensor. */
export enum TensorType {
  BOOL = 'BOOL',
  UINT8 = 'UINT8',
  INT8 = 'INT8',
  INT32 = 'INT32',
  INT64 = 'INT64',
  FP16 = 'FP16',
  FP32 = 'FP32',
  FP64 = 'FP64',
  STRING = 'STRING',
}

/** A tensor that clients send or get. */
export interface EnsembleTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Sizes of the dimensions; -1 for any. Without the batch where `maxBatchSize` is set. */
  readonly shape: readonly number[];
}

/** One model of the server, and how its tensors are called in the ensemble. */
export interface EnsembleStep {
  /** Name of a model of the same server. */
  readonly model: string;
  /** Input of the model → tensor of the ensemble, or output of an earlier step. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Output of the model → name by which later steps and clients get it. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Options of an ensemble. */
export interface EnsembleOptions {
  /** What clients send; at least one. */
  readonly inputs: readonly EnsembleTensor[];
  /** What clients get; at least one. */
  readonly outputs: readonly EnsembleTensor[];
  /** The models in their order; at least one. */
  readonly steps: readonly EnsembleStep[];
  /**
   * Most requests in one batch, count, 1 to 4096; the models must take as many.
   * @default - the shapes say all: no batches
   */
  readonly maxBatchSize?: number;
}

/**
 * A pipeline of models that clients call like a model. Plain, frozen data.
 *
 * @example
 * import { Ensemble, TensorType } from 'inference-constructs';
 *
 * const pipeline = Ensemble.of('classify', {
 *   inputs: [{ name: 'image', type: TensorType.UINT8, shape: [-1] }],
 *   outputs: [{ name: 'scores', type: TensorType.FP32, shape: [1000] }],
 *   steps: [
 *     { model: 'decode', inputs: { bytes: 'image' }, outputs: { pixels: 'pixels' } },
 *     { model: 'resnet', inputs: { input: 'pixels' }, outputs: { output: 'scores' } },
 *   ],
 * });
 */
export class Ensemble {
  /**
   * @param name name in requests; letters, digits, `_`, `.` and `-`, at most 100 characters
   * @throws ConfigurationError when a tensor is used before it is made, made twice or never
   */
  public static of(name: string, options: EnsembleOptions): Ensemble {
    const checks = new Checks(`Ensemble(${name})`);
    requireModelName(checks, name);
    const { inputs, outputs, steps, maxBatchSize } = options;
    for (const [property, list] of Object.entries({ inputs, outputs, steps })) {
      checks.require(list.length > 0, property, () => ({
        got: 'none',
        expected: 'at least one',
        fix: `name the ${property} of the ensemble`,
      }));
    }
    for (const { name: tensor, shape } of [...inputs, ...outputs]) {
      checks.require(
        isTensorName(tensor) &&
          shape.every((size) => Number.isInteger(size) && (size === -1 || size > 0)),
        `tensors["${tensor}"]`,
        () => ({
          got: `"${tensor}" of shape [${shape.join(', ')}]`,
          expected: 'a name without quotes and control characters, and sizes of 1 or more, or -1',
          fix: 'copy both from the model',
        }),
      );
    }
    if (maxBatchSize !== undefined)
      checks.requireCount(maxBatchSize, 'maxBatchSize', 1, 4096, ' requests');
    requireFlow(checks, options);
    checks.finish();
    return new Ensemble(name, options);
  }

  private constructor(
    /** Name in requests. */
    public readonly name: string,
    public readonly options: EnsembleOptions,
  ) {
    Object.freeze(this);
  }
}

/** Every tensor is made once, before it is used, and what clients get is among them. */
function requireFlow(checks: Checks, { inputs, outputs, steps }: EnsembleOptions): void {
  const made = new Set(inputs.map(({ name }) => name));
  for (const step of steps) {
    for (const tensor of Object.values(step.inputs)) {
      checks.require(made.has(tensor), `steps["${step.model}"].inputs`, () => ({
        got: `"${tensor}"`,
        expected: `a tensor that is there by then: ${[...made].join(', ')}`,
        fix: 'order the steps, or correct the name',
      }));
    }
    for (const [own, tensor] of Object.entries(step.outputs)) {
      checks.require(
        !made.has(tensor) && isTensorName(own) && isTensorName(tensor),
        `steps["${step.model}"].outputs`,
        () => ({
          got: `"${tensor}"`,
          expected: 'a name of its own, without quotes and control characters',
          fix: 'rename the tensor',
        }),
      );
      made.add(tensor);
    }
  }
  for (const { name } of outputs) {
    checks.require(made.has(name), 'outputs', () => ({
      got: `"${name}"`,
      expected: `a tensor that a step makes: ${[...made].join(', ')}`,
      fix: 'name it in the outputs of a step',
    }));
  }
}

function isTensorName(name: string): boolean {
  return /^[^"\\\p{Cc}]{1,200}$/u.test(name);
}
