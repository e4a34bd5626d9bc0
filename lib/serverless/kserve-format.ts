import { ModelFormat } from '../serving/model';

/** A format in KServe's words: `sklearn`, `onnx` version `1`. */
export interface KServeFormat {
  readonly name: string;
  /** @default - any */
  readonly version?: string;
}

/**
 * What KServe calls the formats.
 * @see https://github.com/kserve/kserve/tree/v0.20.0/config/runtimes (0.20)
 */
const NAMES: Readonly<Record<ModelFormat, string>> = {
  [ModelFormat.SAVED_MODEL]: 'tensorflow',
  [ModelFormat.OPENVINO_IR]: 'openvino',
  [ModelFormat.ONNX]: 'onnx',
  [ModelFormat.TORCHSCRIPT]: 'pytorch',
  [ModelFormat.TENSORRT]: 'tensorrt',
  [ModelFormat.PYTHON]: 'triton',
  [ModelFormat.SCIKIT_LEARN]: 'sklearn',
  [ModelFormat.XGBOOST]: 'xgboost',
  [ModelFormat.LIGHTGBM]: 'lightgbm',
  [ModelFormat.MLFLOW]: 'mlflow',
  [ModelFormat.HUGGING_FACE]: 'huggingface',
};

/** What KServe calls a format. */
export function kserveFormatOf(format: ModelFormat): KServeFormat {
  return { name: NAMES[format] };
}
