/*
 * Runtimes that KServe itself brings, or that somebody else has put into the cluster: the registry. They run the
 * images and command lines that their makers chose; a `ServingEngine` runs ours.
 * @see https://github.com/kserve/kserve/tree/v0.20.0/config/runtimes (0.20)
 */
import { Checks } from '../core/checks';
import { requireName } from '../core/names';
import { Protocol } from '../serving/engine-definition';

const V1_V2 = [Protocol.TFS_REST, Protocol.KSERVE_V2_REST] as const;
const V2 = [Protocol.KSERVE_V2_REST, Protocol.KSERVE_V2_GRPC] as const;

/** What must be known of a runtime to use it. */
export interface KServeRuntimeOptions {
  /** Formats that it reads, in KServe's words, such as `sklearn`; the first is meant where none is named. */
  readonly formats: readonly string[];
  /** Protocols that it speaks; the first is meant where none is named. */
  readonly protocols: readonly Protocol[];
}

/** A runtime that is in the cluster already. */
export class KServeRuntime {
  public static readonly SKLEARN = KServeRuntime.builtIn('kserve-sklearnserver', ['sklearn']);
  public static readonly XGBOOST = KServeRuntime.builtIn('kserve-xgbserver', ['xgboost']);
  public static readonly LIGHTGBM = KServeRuntime.builtIn('kserve-lgbserver', ['lightgbm']);
  public static readonly PMML = KServeRuntime.builtIn('kserve-pmmlserver', ['pmml']);
  public static readonly PADDLE = KServeRuntime.builtIn('kserve-paddleserver', ['paddle']);
  public static readonly PREDICTIVE = KServeRuntime.builtIn('kserve-predictiveserver', [
    'sklearn',
    'xgboost',
    'lightgbm',
  ]);
  public static readonly AUTOGLUON = KServeRuntime.builtIn('kserve-autogluonserver', ['autogluon']);
  public static readonly HUGGING_FACE = KServeRuntime.builtIn('kserve-huggingfaceserver', [
    'huggingface',
  ]);
  public static readonly MLSERVER = KServeRuntime.builtIn(
    'kserve-mlserver',
    ['sklearn', 'xgboost', 'lightgbm', 'mlflow'],
    V2,
  );
  public static readonly TENSORFLOW_SERVING = KServeRuntime.builtIn(
    'kserve-tensorflow-serving',
    ['tensorflow'],
    [Protocol.TFS_REST, Protocol.TFS_GRPC],
  );
  public static readonly TRITON = KServeRuntime.builtIn(
    'kserve-tritonserver',
    ['triton', 'tensorrt', 'tensorflow', 'onnx', 'pytorch'],
    V2,
  );
  public static readonly TORCHSERVE = KServeRuntime.builtIn(
    'kserve-torchserve',
    ['pytorch'],
    [Protocol.TFS_REST, Protocol.KSERVE_V2_REST, Protocol.KSERVE_V2_GRPC],
  );

  /**
   * A runtime by its name: a ServingRuntime of the namespace, or a ClusterServingRuntime.
   * @throws ConfigurationError when the name is malformed, or it reads or speaks nothing
   */
  public static named(name: string, options: KServeRuntimeOptions): KServeRuntime {
    const checks = new Checks('KServeRuntime.named');
    requireName(checks, 'name', name);
    for (const property of ['formats', 'protocols'] as const)
      checks.require(options[property].length > 0, property, () => ({
        got: 'none',
        expected: 'at least one',
        fix: `name the ${property} of the runtime`,
      }));
    checks.finish();
    return new KServeRuntime(name, options.formats, options.protocols);
  }

  private static builtIn(
    name: string,
    formats: readonly string[],
    protocols: readonly Protocol[] = V1_V2,
  ): KServeRuntime {
    return new KServeRuntime(name, formats, protocols);
  }

  private constructor(
    public readonly name: string,
    public readonly formats: readonly string[],
    public readonly protocols: readonly Protocol[],
  ) {
    Object.freeze(this);
  }

  /** For people: `kserve-sklearnserver`. */
  public toString(): string {
    return this.name;
  }
}
