/**
 * Two ways for processes to talk. Unary calls carry control and metadata (grpc-js in daemons); connections carry
 * bulk bytes (TCP in daemons). Calls may be lost, delayed, reordered or executed though their reply is lost;
 * bytes inside one connection arrive in order or the connection breaks.
 *
 * Addresses are `host:port` (IPv6 hosts in brackets); port 0 in a listen address means any free port.
 */
export interface Network {
  /** @throws NetworkError when no connection is made within `timeoutMs`. */
  connect(address: string, events: ConnectionEvents, options: { timeoutMs: number }): Promise<Connection>;
  /** Accepts connections; `accept` returns the event handlers for each new one. @throws NetworkError (ADDRESS_IN_USE, …) */
  listen(address: string, accept: (connection: Connection) => ConnectionEvents): Promise<Listener>;
  /**
   * One request, one reply. `path` is a gRPC path such as `/tessera.v1.Metadata/Batch`.
   * @throws CallStatus with a gRPC status code; UNAVAILABLE and DEADLINE_EXCEEDED leave the outcome unknown.
   */
  call(address: string, path: string, request: Uint8Array, options: CallOptions): Promise<Uint8Array>;
  /** Serves unary calls by path. An error thrown by a handler reaches the caller as a CallStatus. */
  serve(address: string, handlers: ReadonlyMap<string, CallHandler>): Promise<Listener>;
}

export interface CallOptions {
  deadlineMs: number;
  signal?: AbortSignal;
}

export type CallHandler = (request: Uint8Array, peer: string) => Promise<Uint8Array>;

/** What a connection tells its owner. `close` comes exactly once and last; `error` is unset for a clean end. */
export interface ConnectionEvents {
  /** The chunk is the receiver's until it returns: what must last longer is copied. */
  data(chunk: Uint8Array): void;
  /** The write queue, over its mark before, has emptied. */
  drain(): void;
  close(error?: NetworkError): void;
}

/** An ordered byte stream. */
export interface Connection {
  /** The peer's `host:port`. */
  readonly remote: string;
  /**
   * Queues the chunks in order, as one system call where possible. The chunks must not change until they are sent.
   * Returns false when more than the high-water mark is queued: stop and wait for `drain`. After close it is a no-op
   * that returns false.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Bytes queued and not yet handed to the system. */
  readonly queuedBytes: number;
  /** Stops and restarts `data`: back-pressure towards the peer. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Drops what is queued and closes now. */
  destroy(): void;
}

export interface Listener {
  /** The bound `host:port`, with the actual port. */
  readonly address: string;
  /** Stops accepting, breaks what is open, resolves when done. */
  close(): Promise<void>;
}

export type NetworkErrorCode = 'ADDRESS_IN_USE' | 'ADDRESS_INVALID' | 'REFUSED' | 'TIMEOUT' | 'BROKEN';

/** A connection or listener failed. */
export class NetworkError extends Error {
  readonly code: NetworkErrorCode;
  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NetworkError';
    this.code = code;
  }
}

/** gRPC status codes, the vocabulary of unary calls. */
export const StatusCode = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** A unary call's failure: a gRPC status code and, where the peer sent them, opaque detail bytes. */
export class CallStatus extends Error {
  readonly statusCode: number;
  readonly details: Uint8Array | undefined;
  constructor(statusCode: number, message: string, details?: Uint8Array, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CallStatus';
    this.statusCode = statusCode;
    this.details = details;
  }
}
