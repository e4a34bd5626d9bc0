/*
 * What a load test calls: the method, the part of its protocol that is needed for it, and the message.
 */
import { Protocol } from '../../serving/engine-definition';
import { Checks } from '../../core/checks';

/** Largest message that a ConfigMap has room for, in bytes of JSON. */
const MOST_BYTES = 900_000;

/** What is made of an input at most before its size is judged. */
const MOST_ELEMENTS = 8 * 1024 * 1024;

const GRPC: readonly Protocol[] = [Protocol.KSERVE_V2_GRPC, Protocol.TFS_GRPC];

/** An input of a model. */
export interface TensorSpec {
  readonly name: string;
  /** In terms of the Open Inference Protocol, such as `FP32`, `UINT8`, `INT64`. */
  readonly datatype: string;
  /** Length of each dimension, the batch among them. */
  readonly shape: readonly number[];
}

/** Bytes of an element, and its number in `types.proto` of TensorFlow. */
const DATATYPES: Readonly<Record<string, { readonly bytes: number; readonly tensorflow: number }>> =
  {
    FP32: { bytes: 4, tensorflow: 1 },
    FP64: { bytes: 8, tensorflow: 2 },
    INT32: { bytes: 4, tensorflow: 3 },
    UINT8: { bytes: 1, tensorflow: 4 },
    INT16: { bytes: 2, tensorflow: 5 },
    INT8: { bytes: 1, tensorflow: 6 },
    INT64: { bytes: 8, tensorflow: 9 },
    BOOL: { bytes: 1, tensorflow: 10 },
    UINT16: { bytes: 2, tensorflow: 17 },
    FP16: { bytes: 2, tensorflow: 19 },
    UINT32: { bytes: 4, tensorflow: 22 },
    UINT64: { bytes: 8, tensorflow: 23 },
  };

/** A call of a model. */
export class InferenceCall {
  /**
   * `ModelInfer` of the Open Inference Protocol by gRPC, with inputs of zeros.
   * @param model its name
   * @throws ConfigurationError when an input is of an unknown type or the message larger than a ConfigMap
   * @see https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_grpc.md (v2)
   */
  public static kserveV2(model: string, inputs: readonly TensorSpec[]): InferenceCall {
    requireTensors('InferenceCall.kserveV2', inputs);
    return new InferenceCall(
      Protocol.KSERVE_V2_GRPC,
      'inference.GRPCInferenceService.ModelInfer',
      {
        model_name: model,
        inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
        raw_input_contents: inputs.map(zeros),
      },
      KSERVE_V2,
    );
  }

  /**
   * `/v2/models/NAME/infer` of the Open Inference Protocol by REST, with inputs of zeros.
   * @param model its name
   * @throws ConfigurationError when an input is of an unknown type or the message larger than a ConfigMap
   * @see https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md (v2)
   */
  public static kserveV2Rest(model: string, inputs: readonly TensorSpec[]): InferenceCall {
    requireTensors('InferenceCall.kserveV2Rest', inputs);
    return new InferenceCall(Protocol.KSERVE_V2_REST, `/v2/models/${model}/infer`, {
      inputs: inputs.map((input) => ({
        ...input,
        data: new Array<number | boolean>(elementsOf(input)).fill(zeroOf(input)),
      })),
    });
  }

  /**
   * `Predict` of TensorFlow Serving by gRPC, with inputs of zeros.
   * @param model its name
   * @throws ConfigurationError when an input is of an unknown type or the message larger than a ConfigMap
   * @see https://github.com/tensorflow/serving/blob/2.20.0/tensorflow_serving/apis/predict.proto
   */
  public static tensorFlowServing(model: string, inputs: readonly TensorSpec[]): InferenceCall {
    requireTensors('InferenceCall.tensorFlowServing', inputs);
    return new InferenceCall(
      Protocol.TFS_GRPC,
      'tensorflow.serving.PredictionService.Predict',
      {
        model_spec: { name: model },
        inputs: Object.fromEntries(
          inputs.map((input) => [
            input.name,
            {
              dtype: DATATYPES[input.datatype]?.tensorflow,
              tensor_shape: { dim: input.shape.map((size) => ({ size })) },
              tensor_content: zeros(input),
            },
          ]),
        ),
      },
      TENSORFLOW_SERVING,
    );
  }

  /**
   * A POST of JSON, such as `/v1/models/resnet:predict` of TensorFlow Serving or `/v1/chat/completions` of vLLM.
   * @param protocol the protocol that the server must speak
   * @param path path of the URL, with its slash
   * @throws ConfigurationError when the protocol is one of gRPC, or the path none
   */
  public static rest(protocol: Protocol, path: string, body: object): InferenceCall {
    const checks = new Checks('InferenceCall.rest');
    checks.require(
      GRPC.every((one) => one !== protocol),
      'protocol',
      () => ({
        got: protocol,
        expected: Object.values(Protocol)
          .filter((one) => !GRPC.includes(one))
          .join(', '),
        fix: 'use kserveV2 or tensorFlowServing for gRPC',
      }),
    );
    checks.require(/^\/[!-~]*$/.test(path), 'path', () => ({
      got: `"${path}"`,
      expected: 'a path that begins with a slash, without blanks',
      fix: 'write it as it stands behind the host',
    }));
    checks.finish();
    return new InferenceCall(protocol, path, body);
  }

  /** The same call with a message of your own: JSON of Protocol Buffers, bytes in base64, or the body of a POST. */
  public withMessage(message: object): InferenceCall {
    return new InferenceCall(this.protocol, this.target, message, this.proto);
  }

  /** @internal */
  public readonly transport: 'grpc' | 'rest';

  private constructor(
    /** @internal */
    public readonly protocol: Protocol,
    /**
     * Method of gRPC, or path.
     * @internal
     */
    public readonly target: string,
    /** @internal */
    public readonly message: object,
    /**
     * Of gRPC.
     * @internal
     */
    public readonly proto?: string,
  ) {
    this.transport = GRPC.includes(protocol) ? 'grpc' : 'rest';
    const checks = new Checks('InferenceCall');
    const bytes = JSON.stringify(message).length;
    checks.require(bytes <= MOST_BYTES, 'message', () => ({
      got: `${bytes} bytes of JSON`,
      expected: `at most ${MOST_BYTES}, which a ConfigMap has room for`,
      fix: 'send a smaller batch',
    }));
    checks.finish();
    Object.freeze(this);
  }
}

function requireTensors(path: string, inputs: readonly TensorSpec[]): void {
  const checks = new Checks(path);
  checks.require(inputs.length > 0, 'inputs', () => ({
    got: 'none',
    expected: 'the inputs of the model',
    fix: 'name them with types and shapes, as the metadata of the model say',
  }));
  inputs.forEach(({ datatype, shape }, index) => {
    checks.require(DATATYPES[datatype] !== undefined, `inputs[${index}].datatype`, () => ({
      got: `"${datatype}"`,
      expected: Object.keys(DATATYPES).join(', '),
      fix: 'use one of them, or withMessage for others',
    }));
    const fits = shape.every((size) => Number.isInteger(size) && size >= 1);
    checks.require(fits, `inputs[${index}].shape`, () => ({
      got: `[${shape.join(', ')}]`,
      expected: 'whole numbers of 1 or more',
      fix: 'give every dimension a length, the batch among them',
    }));
  });
  checks.finish();
}

function zeros(input: TensorSpec): string {
  return Buffer.alloc(elementsOf(input) * (DATATYPES[input.datatype]?.bytes ?? 1)).toString(
    'base64',
  );
}

function elementsOf({ shape }: TensorSpec): number {
  return Math.min(
    shape.reduce((product, size) => product * size, 1),
    MOST_ELEMENTS,
  );
}

function zeroOf({ datatype }: TensorSpec): number | boolean {
  return datatype === 'BOOL' ? false : 0;
}

const KSERVE_V2 = `syntax = "proto3";
package inference;
service GRPCInferenceService {
  rpc ModelInfer(ModelInferRequest) returns (ModelInferResponse) {}
}
message ModelInferRequest {
  message InferInputTensor {
    string name = 1;
    string datatype = 2;
    repeated int64 shape = 3;
  }
  string model_name = 1;
  string model_version = 2;
  string id = 3;
  repeated InferInputTensor inputs = 5;
  repeated bytes raw_input_contents = 7;
}
message ModelInferResponse {
  string model_name = 1;
  string model_version = 2;
}
`;

const TENSORFLOW_SERVING = `syntax = "proto3";
package tensorflow.serving;
service PredictionService {
  rpc Predict(PredictRequest) returns (PredictResponse) {}
}
message TensorShape {
  message Dim {
    int64 size = 1;
  }
  repeated Dim dim = 2;
}
message Tensor {
  int32 dtype = 1;
  TensorShape tensor_shape = 2;
  bytes tensor_content = 4;
  repeated bytes string_val = 8;
}
message ModelSpec {
  string name = 1;
  string signature_name = 3;
}
message PredictRequest {
  ModelSpec model_spec = 1;
  map<string, Tensor> inputs = 2;
}
message PredictResponse {
  ModelSpec model_spec = 2;
}
`;
