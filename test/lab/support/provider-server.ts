/*
 * A resource provider of Pulumi on loopback: the engine's own protocol, answered by what a test gives it. The engine
 * attaches to it by PULUMI_DEBUG_PROVIDERS, in place of starting a plugin.
 */
import {
  Server,
  ServerCredentials,
  status,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import * as grpcService from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as proto from '@pulumi/pulumi/proto/provider_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';

/** Properties as the engine sends them: plain, unknown values as `UNKNOWN`. */
export type Properties = Readonly<Record<string, unknown>>;

/** What stands for a value that is known only after a deployment. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** What a change of a resource means. */
export interface Difference {
  readonly changes: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** A resource that a provider keeps. */
export interface Kept {
  readonly id: string;
  readonly properties: Properties;
}

/** What a test answers for its resources. */
export interface Provider {
  /** Reasons why the inputs are refused, by property. */
  check(type: string, name: string, inputs: Properties): Promise<readonly string[]>;
  diff(type: string, oldInputs: Properties, inputs: Properties): Difference;
  /** What is known before it is made. */
  planned(type: string, name: string, inputs: Properties, before?: Properties): Properties;
  create(type: string, name: string, inputs: Properties): Promise<Kept>;
  read(type: string, id: string): Promise<Properties | undefined>;
  update(type: string, name: string, id: string, inputs: Properties): Promise<Properties>;
  delete(type: string, name: string, id: string): Promise<void>;
  invoke(token: string, args: Properties): Properties;
}

/** The serving provider. */
export interface ProviderServer {
  readonly port: number;
  stop(): void;
}

type Call<T> = ServerUnaryCall<T, never>;
type Answer<T> = sendUnaryData<T>;

/** Type and name of a resource, from its URN. */
export function partsOf(urn: string): { readonly type: string; readonly name: string } {
  const parts = urn.split('::');
  return { type: parts[2]?.split('$').pop() ?? '', name: parts[3] ?? '' };
}

/** Marks of secrets are of no interest here. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  // A secret, and an output with a value, are objects with a signature.
  if ('4dabf18193072939515e22adb298388d' in fields) return plain(fields['value'] ?? UNKNOWN);
  return Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, plain(one)]));
}

function read(struct: { toJavaScript(): unknown } | undefined): Properties {
  return (struct ? plain(struct.toJavaScript()) : {}) as Properties;
}

function write(properties: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as never);
}

/** Serves `provider` until it is stopped. */
export async function serveProvider(provider: Provider): Promise<ProviderServer> {
  const server = new Server({ 'grpc.max_receive_message_length': 1 << 28 });
  const answered =
    <Q, A>(work: (request: Q) => Promise<A> | A) =>
    (call: Call<Q>, answer: Answer<A>): void => {
      void Promise.resolve()
        .then(() => work(call.request))
        .then(
          (result) => answer(null, result),
          (error: unknown) => answer({ code: status.UNKNOWN, details: (error as Error).message }),
        );
    };
  const checked = async (request: proto.CheckRequest): Promise<proto.CheckResponse> => {
    const { type, name } = partsOf(request.getUrn());
    const inputs = read(request.getNews());
    const response = new proto.CheckResponse();
    response.setInputs(write(inputs));
    response.setFailuresList(
      (await provider.check(type, name, inputs)).map((reason) => {
        const failure = new proto.CheckFailure();
        failure.setReason(reason);
        return failure;
      }),
    );
    return response;
  };
  const service = {
    attach: answered(() => new Empty()),
    handshake: (_: unknown, answer: Answer<never>) =>
      answer({ code: status.UNIMPLEMENTED, details: 'no handshake' }),
    getPluginInfo: answered(() => {
      const info = new PluginInfo();
      info.setVersion('99.0.0');
      return info;
    }),
    getSchema: answered(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema('{}');
      return response;
    }),
    checkConfig: answered((request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: answered(() => {
      const response = new proto.DiffResponse();
      response.setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE);
      return response;
    }),
    configure: answered(() => {
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(false);
      response.setSupportspreview(true);
      return response;
    }),
    invoke: answered((request: proto.InvokeRequest) => {
      const response = new proto.InvokeResponse();
      response.setReturn(write(provider.invoke(request.getTok(), read(request.getArgs()))));
      return response;
    }),
    check: answered(checked),
    diff: answered((request: proto.DiffRequest) => {
      const { type } = partsOf(request.getUrn());
      const ignored = request.getIgnorechangesList();
      const difference = provider.diff(type, read(request.getOldInputs()), read(request.getNews()));
      const changes = difference.changes.filter((one) => !ignored.includes(one));
      const response = new proto.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
      response.setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME);
      response.setDiffsList([...changes]);
      response.setReplacesList([...difference.replaces]);
      response.setDeletebeforereplace(difference.deleteBeforeReplace);
      return response;
    }),
    create: answered(async (request: proto.CreateRequest) => {
      const { type, name } = partsOf(request.getUrn());
      const response = new proto.CreateResponse();
      if (request.getPreview()) {
        const inputs = read(request.getProperties());
        response.setProperties(write(provider.planned(type, name, inputs)));
        return response;
      }
      const kept = await provider.create(type, name, read(request.getProperties()));
      response.setId(kept.id);
      response.setProperties(write(kept.properties));
      return response;
    }),
    read: answered(async (request: proto.ReadRequest) => {
      const { type } = partsOf(request.getUrn());
      const properties = await provider.read(type, request.getId());
      const response = new proto.ReadResponse();
      if (properties === undefined) return response;
      response.setId(request.getId());
      response.setProperties(write(properties));
      response.setInputs(request.getInputs());
      return response;
    }),
    update: answered(async (request: proto.UpdateRequest) => {
      const { type, name } = partsOf(request.getUrn());
      const response = new proto.UpdateResponse();
      if (request.getPreview()) {
        const [inputs, before] = [read(request.getNews()), read(request.getOlds())];
        response.setProperties(write(provider.planned(type, name, inputs, before)));
        return response;
      }
      const properties = await provider.update(
        type,
        name,
        request.getId(),
        read(request.getNews()),
      );
      response.setProperties(write(properties));
      return response;
    }),
    delete: answered(async (request: proto.DeleteRequest) => {
      const { type, name } = partsOf(request.getUrn());
      await provider.delete(type, name, request.getId());
      return new Empty();
    }),
    cancel: answered(() => new Empty()),
  };
  server.addService(
    (grpcService as unknown as { ResourceProviderService: never }).ResourceProviderService,
    service,
  );
  const port = await new Promise<number>((done, failed) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? failed(error) : done(bound),
    ),
  );
  return { port, stop: () => server.forceShutdown() };
}
