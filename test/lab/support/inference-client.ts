import { join } from 'node:path';
import { Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

interface Tensor {
  readonly datatype: string;
  readonly contents: { readonly fp32Contents?: number[]; readonly fp64Contents?: number[] } | null;
}

interface InferResponse {
  readonly outputs: readonly Tensor[];
  /** Servers that answer with bytes instead of numbers; most do the one or the other. */
  readonly rawOutputContents: readonly Buffer[];
}

interface InferenceStub {
  modelInfer(
    request: object,
    options: { deadline: Date },
    done: (error: ServiceError | null, response: InferResponse) => void,
  ): void;
  close(): void;
}

type StubConstructor = new (
  address: string,
  channel: ReturnType<typeof credentials.createInsecure>,
) => InferenceStub;

/** Calls a model server by the Open Inference Protocol over gRPC. */
export class InferenceClient {
  private readonly stub: InferenceStub;

  public constructor(address: string) {
    const definition = loadSync(join(__dirname, 'inference.proto'), {
      longs: Number,
      arrays: true,
    });
    const { inference } = loadPackageDefinition(definition) as unknown as {
      inference: { GRPCInferenceService: StubConstructor };
    };
    this.stub = new inference.GRPCInferenceService(address, credentials.createInsecure());
  }

  /** Sends rows of numbers and returns the numbers of the first output. */
  public infer(
    model: string,
    input: string,
    rows: readonly (readonly number[])[],
    seconds = 60,
  ): Promise<number[]> {
    const request = {
      modelName: model,
      inputs: [
        {
          name: input,
          datatype: 'FP32',
          shape: [rows.length, rows[0]?.length ?? 0],
          contents: { fp32Contents: rows.flat() },
        },
      ],
    };
    const deadline = new Date(Date.now() + seconds * 1000);
    return new Promise((done, failed) => {
      this.stub.modelInfer(request, { deadline }, (error, response) => {
        if (error) failed(error);
        else done(numbersOf(response));
      });
    });
  }

  public close(): void {
    this.stub.close();
  }
}

function numbersOf({ outputs: [output], rawOutputContents: [raw] }: InferResponse): number[] {
  const contents = output?.contents;
  const typed = [...(contents?.fp32Contents ?? []), ...(contents?.fp64Contents ?? [])];
  if (typed.length > 0 || raw === undefined) return typed;
  const bytes = output?.datatype === 'FP64' ? 8 : 4;
  return Array.from({ length: raw.length / bytes }, (_, index) =>
    bytes === 8 ? raw.readDoubleLE(8 * index) : raw.readFloatLE(4 * index),
  );
}

/** What the standard health service of gRPC says of a server: 1 is SERVING. */
export function grpcHealth(address: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure());
  const bytes = (value: Buffer): Buffer => value;
  return new Promise((done, failed) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      bytes,
      bytes,
      Buffer.alloc(0),
      { deadline: new Date(Date.now() + 5000) },
      (error: ServiceError | null, answer?: Buffer) => {
        client.close();
        if (error) failed(error);
        // A field of the number 1 that is an enumeration, and its value.
        else done(answer?.[0] === 0x08 ? (answer[1] ?? 0) : 0);
      },
    );
  });
}
