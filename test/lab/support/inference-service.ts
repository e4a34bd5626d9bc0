/*
 * The Open Inference Protocol from both sides, for the tests of gateways: servers that tell what they saw, and
 * clients with certificates.
 */
import { join } from 'node:path';
import {
  Metadata,
  Server,
  ServerCredentials,
  credentials,
  loadPackageDefinition,
  status,
  type ChannelCredentials,
  type ClientDuplexStream,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { KeyPair } from '../../support/certificates';
import { pause } from './processes';

/** A request or an answer, as far as tests care. */
export interface InferMessage {
  readonly modelName?: string;
  readonly rawInputContents?: readonly Buffer[];
}

const definition = loadSync(join(__dirname, 'inference.proto'), { longs: Number, arrays: true });
const { inference } = loadPackageDefinition(definition) as unknown as {
  inference: { GRPCInferenceService: ServiceClientConstructor };
};

/** Bytes that gRPC adds to the content of a request: measured in tests of limits. */
const UNLIMITED = -1;

/** A model server that answers at once, or after the time that the model's name says, and counts. */
export class RecordingServer {
  /** Calls that it has answered. */
  public calls = 0;
  /** Calls that it was asked, copies and those that it failed included. */
  public asked = 0;
  /** Status that it answers with; OK where undefined. */
  public failure: number | undefined;
  /** Headers of the last call. */
  public lastHeaders: Record<string, unknown> = {};
  public port = 0;

  private readonly server: Server;

  public constructor(
    /** Time that an answer takes. */
    public waitMillis = 0,
    maxRequestBytes = UNLIMITED,
    private readonly compute: () => void = () => undefined,
  ) {
    this.server = new Server({ 'grpc.max_receive_message_length': maxRequestBytes });
    this.server.addService(inference.GRPCInferenceService.service, {
      ModelReady: (_: unknown, done: sendUnaryData<object>) => done(null, { ready: true }),
      ModelInfer: (call: ServerUnaryCall<InferMessage, object>, done: sendUnaryData<object>) =>
        void this.infer(call, done),
      ModelStreamInfer: (call: ServerDuplexStream<InferMessage, object>) => this.stream(call),
    });
  }

  public listen(port = 0): Promise<this> {
    return new Promise((done, failed) => {
      this.server.bindAsync(
        `127.0.0.1:${port}`,
        ServerCredentials.createInsecure(),
        (error, bound) => {
          this.port = bound;
          if (error) failed(error);
          else done(this);
        },
      );
    });
  }

  /** Ends at once, as a process that is killed. */
  public kill(): void {
    this.server.forceShutdown();
  }

  /** Takes nothing new, and ends when all is answered. */
  public drain(): Promise<void> {
    return new Promise((done) => this.server.tryShutdown(() => done()));
  }

  private async infer(
    { request, metadata }: ServerUnaryCall<InferMessage, object>,
    done: sendUnaryData<object>,
  ): Promise<void> {
    this.asked += 1;
    this.lastHeaders = metadata.getMap();
    if (this.waitMillis > 0) await pause(this.waitMillis);
    if (this.failure !== undefined) {
      done({ code: this.failure, details: 'on purpose' });
      return;
    }
    this.compute();
    this.calls += 1;
    done(null, { modelName: request.modelName });
  }

  private stream(call: ServerDuplexStream<InferMessage, object>): void {
    call.on('data', ({ modelName }: InferMessage) => {
      this.calls += 1;
      call.write({ inferResponse: { modelName } });
    });
    call.on('end', () => call.end());
    call.on('error', () => call.end());
  }
}

/** How a client presents itself. */
export interface ClientOptions {
  readonly port: number;
  readonly host: string;
  /** The authority of the server's certificate. */
  readonly trusts: string;
  readonly identity?: KeyPair | undefined;
  /** Value of `:authority`; the host where undefined. */
  readonly authority?: string;
}

/** What became of a call: OK, or the name of the status and its details. */
export interface Outcome {
  readonly code: string;
  readonly details: string;
}

/** What is said of one call. */
export interface CallOptions {
  /** Content of the request. @default 16 */
  readonly bytes?: number;
  /** @default 15 */
  readonly seconds?: number;
  /** @default - none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client on a connection of its own. */
export class SecureClient {
  /** A client that presents itself in another way, or not at all. */
  public static withCredentials(address: string, channel: ChannelCredentials): SecureClient {
    return new SecureClient({ port: 0, host: '', trusts: '' }, address, channel);
  }

  private readonly stub: InstanceType<ServiceClientConstructor>;

  public constructor(options: ClientOptions, address?: string, channel?: ChannelCredentials) {
    const { port, host, trusts, identity, authority } = options;
    const secure = (): ChannelCredentials =>
      credentials.createSsl(
        Buffer.from(trusts),
        identity ? Buffer.from(identity.key) : null,
        identity ? Buffer.from(identity.certificate) : null,
      );
    this.stub = new inference.GRPCInferenceService(
      address ?? `127.0.0.1:${port}`,
      channel ?? secure(),
      {
        ...(host !== '' && {
          'grpc.ssl_target_name_override': host,
          'grpc.default_authority': authority ?? host,
        }),
        'grpc.use_local_subchannel_pool': 1,
        'grpc.max_send_message_length': -1,
        'grpc.initial_reconnect_backoff_ms': 50,
        'grpc.max_reconnect_backoff_ms': 200,
      },
    );
  }

  /** One call, with so many bytes of content. */
  public infer({ bytes = 16, seconds = 15, headers = {} }: CallOptions = {}): Promise<Outcome> {
    const request = { modelName: 'resnet', rawInputContents: [Buffer.alloc(bytes)] };
    return this.call(request, headers, seconds);
  }

  private call(
    request: object,
    headers: Readonly<Record<string, string>>,
    seconds: number,
  ): Promise<Outcome> {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    return new Promise((done) => {
      const deadline = new Date(Date.now() + seconds * 1000);
      const call = this.stub['ModelInfer'] as (
        message: object,
        metadata: Metadata,
        options: object,
        done: (error: ServiceError | null) => void,
      ) => void;
      call.call(this.stub, request, metadata, { deadline }, (error) => done(outcomeOf(error)));
    });
  }

  /** A request of exactly so many bytes, once it is encoded. */
  public message(bytes: number): object {
    const of = (content: number): object => ({
      modelName: 'resnet',
      inputs: [{ name: 'x', datatype: 'UINT8', shape: [content] }],
      rawInputContents: [Buffer.alloc(content)],
    });
    const { requestSerialize } = inference.GRPCInferenceService.service['ModelInfer'] ?? {};
    // Lengths are written in as many bytes as they need, so that it takes a few steps.
    let content = bytes;
    for (let step = 0; step < 5; step += 1)
      content += bytes - (requestSerialize?.(of(content)) ?? Buffer.alloc(0)).length;
    return of(content);
  }

  /** One call, with a request of exactly so many bytes. */
  public inferMessage(bytes: number): Promise<Outcome> {
    return this.call(this.message(bytes), {}, 60);
  }

  public stream(): ClientDuplexStream<InferMessage, object> {
    const open = this.stub['ModelStreamInfer'] as () => ClientDuplexStream<InferMessage, object>;
    return open.call(this.stub);
  }

  public close(): void {
    this.stub.close();
  }
}

/** Calls once, on a connection of its own. */
export async function callOnce(options: ClientOptions, call: CallOptions = {}): Promise<Outcome> {
  const client = new SecureClient(options);
  try {
    return await client.infer({ seconds: 10, ...call });
  } finally {
    client.close();
  }
}

function outcomeOf(error: ServiceError | null): Outcome {
  return error === null
    ? { code: 'OK', details: '' }
    : { code: status[error.code] ?? '', details: error.details };
}
