import type { Size } from 'cdk8s';
import { Checks } from '../core/checks';
import type { ModelSource } from './model-source';

/** How the files of a model are written; an engine names those it reads. */
export enum ModelFormat {
  /** TensorFlow SavedModel. */
  SAVED_MODEL = 'TensorFlow SavedModel',
  /** OpenVINO intermediate representation (`.xml` and `.bin`). */
  OPENVINO_IR = 'OpenVINO IR',
  ONNX = 'ONNX',
  /** A TorchScript file. */
  TORCHSCRIPT = 'TorchScript',
  /** A TensorRT engine plan. */
  TENSORRT = 'TensorRT',
  /** Python code of the engine's own interface. */
  PYTHON = 'Python',
  SCIKIT_LEARN = 'scikit-learn',
  XGBOOST = 'XGBoost',
  LIGHTGBM = 'LightGBM',
  MLFLOW = 'MLflow',
  /** A Hugging Face repository: `config.json` and safetensors. */
  HUGGING_FACE = 'Hugging Face',
}

/** Names that work in paths, URLs, file names of a ConfigMap and the text formats of the engines. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Options of a model. */
export interface ModelOptions {
  /** @default - the engine's first format */
  readonly format?: ModelFormat;
  /**
   * Version whose files the source holds directly, 1 or more. Without it, the source holds one directory a
   * version (`1/`, `2/`), where the engine has versions at all.
   * @default - the source holds directories of versions
   */
  readonly version?: number;
  /**
   * Versions to serve out of those in the source.
   * @default - the latest
   */
  readonly serveVersions?: readonly number[];
  /**
   * Size of the files. Sets the volume, the disk request and the start-up budget.
   * @default - unknown: 10 GiB of disk are set aside
   */
  readonly size?: Size;
}

/**
 * One model under the name that clients use. Plain, frozen data.
 *
 * @example
 * import { Model, ModelSource } from 'inference-constructs';
 * import { Size } from 'cdk8s';
 *
 * const model = Model.of('resnet', ModelSource.s3('s3://models/resnet/'), { size: Size.mebibytes(200) });
 */
export class Model {
  /**
   * @param name name in requests; letters, digits, `_`, `.` and `-`, at most 100 characters
   * @throws ConfigurationError when the name or a version is invalid
   */
  public static of(name: string, source: ModelSource, options: ModelOptions = {}): Model {
    const checks = new Checks(`Model(${name})`);
    requireModelName(checks, name);
    const { version, serveVersions } = options;
    if (version !== undefined) checks.requireCount(version, 'version', 1, 2 ** 31 - 1);
    for (const served of serveVersions ?? [])
      checks.requireCount(served, 'serveVersions', 1, 2 ** 31 - 1);
    checks.require(version === undefined || serveVersions === undefined, 'serveVersions', () => ({
      got: `versions ${String(serveVersions)} beside version ${String(version)}`,
      expected: 'one of the two',
      fix: 'name version when the source holds the files of one version, serveVersions when it holds directories of versions',
    }));
    checks.require(serveVersions?.length !== 0, 'serveVersions', () => ({
      got: 'none',
      expected: 'at least one version',
      fix: 'name the versions, or leave it out to serve the latest',
    }));
    checks.finish();
    return new Model(name, source, options);
  }

  private constructor(
    /** Name in requests. */
    public readonly name: string,
    public readonly source: ModelSource,
    public readonly options: ModelOptions,
  ) {
    Object.freeze(this);
  }
}

/** Requires a name that clients, paths and the text formats of the engines take. */
export function requireModelName(checks: Checks, name: string): void {
  checks.require(NAME.test(name), 'name', () => ({
    got: `"${name}" (${name.length} characters)`,
    expected: 'at most 100 letters, digits, "_", "." and "-", starting with a letter or digit',
    fix: 'choose such a name; it stands in paths and URLs',
  }));
}
