/*
 * What runs a model: the registry of engines. A new engine is one file in `engines/` and one line here; the
 * contract tests cover it with no further work.
 */
import { customEngine, type CustomEngineDefinition } from './custom-engine';
import type { EngineDefinition } from './engine-definition';
import { mlServer } from './engines/mlserver';
import { openVino } from './engines/openvino';
import { tensorFlowServing } from './engines/tensorflow-serving';
import { textEmbeddingsInference } from './engines/text-embeddings-inference';
import { triton } from './engines/triton';
import { vllm } from './engines/vllm';

/** The model servers that a `ModelServer` can run. */
export class ServingEngine {
  private static readonly registered = new Map<string, ServingEngine>();

  /** TensorFlow Serving: SavedModels over its own gRPC and REST interfaces. */
  public static readonly TENSORFLOW_SERVING = ServingEngine.register(tensorFlowServing);
  /** OpenVINO Model Server: KServe v2 on Xeon and Intel GPUs. */
  public static readonly OPENVINO = ServingEngine.register(openVino);
  /** NVIDIA Triton Inference Server: KServe v2, many formats, GPU or CPU. */
  public static readonly TRITON = ServingEngine.register(triton);
  /** vLLM: large language models behind the OpenAI interface. */
  public static readonly VLLM = ServingEngine.register(vllm);
  /** Seldon MLServer: KServe v2 for Python models. */
  public static readonly MLSERVER = ServingEngine.register(mlServer);
  /** Hugging Face Text Embeddings Inference. */
  public static readonly TEXT_EMBEDDINGS_INFERENCE =
    ServingEngine.register(textEmbeddingsInference);

  /**
   * An engine of your own.
   * @throws ConfigurationError when a port, the image or a probe is missing or invalid
   */
  public static custom(definition: CustomEngineDefinition): ServingEngine {
    return new ServingEngine(customEngine(definition));
  }

  /** Every engine that ships with the library; contract tests run over these. */
  public static all(): readonly ServingEngine[] {
    return [...this.registered.values()];
  }

  private static register(definition: EngineDefinition): ServingEngine {
    if (this.registered.has(definition.id))
      throw new Error(`engine "${definition.id}" is registered twice`);
    const engine = new ServingEngine(definition);
    this.registered.set(definition.id, engine);
    return engine;
  }

  private constructor(public readonly definition: EngineDefinition) {
    Object.freeze(this);
  }

  /** For people: `TensorFlow Serving`. */
  public toString(): string {
    return this.definition.title;
  }
}

/** Names of the engines for which `can` holds, for messages: `Triton Inference Server or MLServer`. */
export function enginesThat(can: (definition: EngineDefinition) => boolean): string {
  const titles = ServingEngine.all().filter((engine) => can(engine.definition));
  return titles.map(String).join(', ') || 'a custom engine';
}
