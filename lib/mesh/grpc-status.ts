/**
 * A status of gRPC.
 * @see https://grpc.io/docs/guides/status-codes/ (2026-11)
 */
export class GrpcStatus {
  /** 1: the caller gave up. */
  public static readonly CANCELLED = new GrpcStatus('CANCELLED', 1, 'cancelled');
  /** 2 */
  public static readonly UNKNOWN = new GrpcStatus('UNKNOWN', 2);
  /** 3: the request is wrong, and stays wrong. */
  public static readonly INVALID_ARGUMENT = new GrpcStatus('INVALID_ARGUMENT', 3);
  /** 4: it took too long. */
  public static readonly DEADLINE_EXCEEDED = new GrpcStatus(
    'DEADLINE_EXCEEDED',
    4,
    'deadline-exceeded',
  );
  /** 5: such as a model that is not there. */
  public static readonly NOT_FOUND = new GrpcStatus('NOT_FOUND', 5);
  /** 7 */
  public static readonly PERMISSION_DENIED = new GrpcStatus('PERMISSION_DENIED', 7);
  /** 8: such as a full queue. */
  public static readonly RESOURCE_EXHAUSTED = new GrpcStatus(
    'RESOURCE_EXHAUSTED',
    8,
    'resource-exhausted',
  );
  /** 9 */
  public static readonly FAILED_PRECONDITION = new GrpcStatus('FAILED_PRECONDITION', 9);
  /** 10 */
  public static readonly ABORTED = new GrpcStatus('ABORTED', 10);
  /** 12 */
  public static readonly UNIMPLEMENTED = new GrpcStatus('UNIMPLEMENTED', 12);
  /** 13 */
  public static readonly INTERNAL = new GrpcStatus('INTERNAL', 13, 'internal');
  /** 14: nobody computed it. Includes connections that could not be made. */
  public static readonly UNAVAILABLE = new GrpcStatus(
    'UNAVAILABLE',
    14,
    // What a client sees as this status is, in front of the server, no answer at all.
    'unavailable,connect-failure,refused-stream',
  );

  private constructor(
    /** As in the specification, such as `UNAVAILABLE`. */
    public readonly name: string,
    public readonly code: number,
    /** Conditions of proxies that stand for it; none if they cannot tell it. @internal */
    public readonly retryConditions?: string,
  ) {
    Object.freeze(this);
  }

  public toString(): string {
    return this.name;
  }

  /** Every status that proxies can retry on. @internal */
  public static retriable(): readonly GrpcStatus[] {
    const { CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE } = GrpcStatus;
    return [CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE];
  }
}
