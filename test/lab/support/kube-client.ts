/*
 * A small client of the Kubernetes API: server-side apply with strict field validation, and the warnings
 * that the server answers with.
 */
import { Agent, request } from 'node:https';

/** An object as the API takes and gives it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly managedFields?: unknown;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

/** Options of an apply. */
export interface ApplyOptions {
  /** Goes through admission and validation, and changes nothing. */
  readonly dryRun?: boolean;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export class KubeClient {
  private readonly agent: Agent;
  private readonly resources = new Map<string, Promise<readonly ApiResource[]>>();

  public constructor(
    private readonly server: string,
    private readonly token: string,
    certificate: string,
  ) {
    this.agent = new Agent({ ca: certificate, keepAlive: true, maxSockets: 16 });
  }

  /** @throws Error with the server's words unless it accepts the object */
  public async apply(
    object: KubeObject,
    { dryRun = false }: ApplyOptions = {},
  ): Promise<Answer & { readonly body: KubeObject }> {
    const query = `fieldManager=lab&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    const path = `${await this.pathOf(object)}/${object.metadata.name}?${query}`;
    const answer = await this.request('PATCH', path, object, 'application/apply-patch+yaml');
    if (answer.status >= 300)
      throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    return answer as Answer & { body: KubeObject };
  }

  /** @throws Error with the server's words unless it creates the object */
  public async create(object: KubeObject): Promise<KubeObject> {
    const answer = await this.request('POST', await this.pathOf(object), object);
    if (answer.status >= 300)
      throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    return answer.body as KubeObject;
  }

  /** Deletes at once, without the grace period. */
  public async remove(object: KubeObject): Promise<void> {
    await this.request(
      'DELETE',
      `${await this.pathOf(object)}/${object.metadata.name}?gracePeriodSeconds=0`,
    );
  }

  public async get(object: KubeObject): Promise<KubeObject> {
    const answer = await this.request(
      'GET',
      `${await this.pathOf(object)}/${object.metadata.name}`,
    );
    if (answer.status >= 300)
      throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    return answer.body as KubeObject;
  }

  /** Items of a collection, such as `/api/v1/namespaces/x/pods`. */
  public async list(path: string): Promise<readonly KubeObject[]> {
    const answer = await this.request('GET', path);
    return (answer.body as { items?: KubeObject[] }).items ?? [];
  }

  public request(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<Answer> {
    return new Promise((done, failed) => {
      const headers = {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': type }),
      };
      const call = request(
        `${this.server}${path}`,
        { method, agent: this.agent, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', failed);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const warning = response.headersDistinct['warning'] ?? [];
            done({ status: response.statusCode ?? 0, body: parse(text), warnings: warning });
          });
        },
      );
      call.on('error', failed);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Path of the collection that the object belongs to. */
  private async pathOf({ apiVersion, kind, metadata }: KubeObject): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let resources = this.resources.get(base);
    if (resources === undefined) {
      resources = this.request('GET', base).then(
        ({ body }) => (body as { resources?: ApiResource[] }).resources ?? [],
      );
      this.resources.set(base, resources);
    }
    const resource = (await resources).find((one) => one.kind === kind && !one.name.includes('/'));
    if (resource === undefined) throw new Error(`the server has no ${kind} in ${apiVersion}`);
    return resource.namespaced
      ? `${base}/namespaces/${metadata.namespace ?? 'default'}/${resource.name}`
      : `${base}/${resource.name}`;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf({ status, body }: Answer): string {
  return `${status} ${(body as { message?: string }).message ?? JSON.stringify(body)}`;
}
