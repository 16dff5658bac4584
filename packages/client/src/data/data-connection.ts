import { type Clock, type Connection, type Network, NetworkError, type Timer } from '@tessera/env';
import {
  encodeFrameHead,
  FRAME_FLAG_ERROR,
  FRAME_FLAG_REPLY,
  type Frame,
  FrameDecoder,
  FrameError,
  FrameKind,
  fromWireError,
  PROTOCOL_VERSION,
  TesseraError,
  v1,
} from '@tessera/protocol';
import {
  DATA_CONNECT_MS_MAX,
  REQUEST_MS_MAX,
  REQUEST_SWEEP_MS,
  REQUESTS_IN_FLIGHT_MAX,
  REQUESTS_WAITING_MAX,
} from '../limits.js';

/** Who is expected at the other end. */
export interface DataPeer {
  readonly server: number;
  readonly address: string;
  readonly diskId: Uint8Array;
  /** For messages. */
  readonly title: string;
  readonly clusterId: Uint8Array;
  /** Who asks, for the server's logs. */
  readonly clientName: string;
}

/** A request: the encoded header message of its kind, and the body's chunks, which stay unchanged until it is answered. */
export interface DataRequest<Reply> {
  readonly kind: number;
  readonly header: Uint8Array;
  readonly body: readonly Uint8Array[];
  /** Bytes it moves, either way: the measure of load. */
  readonly bytes: number;
  /** Reads the reply; what it throws counts as a malformed reply and closes the connection. */
  decode(frame: Frame): Reply;
}

interface Pending {
  readonly request: DataRequest<unknown>;
  readonly expiresAtMs: number;
  resolve(reply: unknown): void;
  reject(error: TesseraError): void;
}

/** One framed connection to a chunkserver: many requests in flight, answered in any order. */
export class DataConnection {
  /** A request made from now on that is unanswered for so long means that the server hangs. */
  answerMsMax = REQUEST_MS_MAX;
  readonly #clock: Clock;
  readonly #peer: DataPeer;
  readonly #decoder = new FrameDecoder({ allocate: allocateBody });
  readonly #pending = new Map<number, Pending>();
  #waiting: Pending[] = [];
  #outbox: Uint8Array[] = [];
  #flushQueued = false;
  #writable = true;
  #connection: Connection | undefined;
  #nextId = 1;
  #sweep: Timer | undefined;
  #failure: TesseraError | undefined;
  #bytesUnderWay = 0;

  private constructor(clock: Clock, peer: DataPeer) {
    this.#clock = clock;
    this.#peer = peer;
  }

  /** Connects and says HELLO. @throws TesseraError UNAVAILABLE, WRONG_CLUSTER, WRONG_VERSION */
  static async open(
    network: Network,
    clock: Clock,
    peer: DataPeer,
    answerMsMax: number = REQUEST_MS_MAX,
  ): Promise<DataConnection> {
    const self = new DataConnection(clock, peer);
    self.answerMsMax = answerMsMax;
    const events = {
      data: (chunk: Uint8Array) => self.#receive(chunk),
      drain: () => {
        self.#writable = true;
        self.#pump();
      },
      close: (error?: NetworkError) => self.#fail(self.#unavailable(error?.message ?? 'it closed the connection')),
    };
    try {
      self.#connection = await network.connect(peer.address, events, { timeoutMs: DATA_CONNECT_MS_MAX });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw self.#unavailable(error.message, error);
    }
    try {
      await self.#hello();
    } catch (error) {
      self.destroy(TesseraError.from(error));
      throw error;
    }
    return self;
  }

  /** Set once the connection is of no more use. */
  get failure(): TesseraError | undefined {
    return this.#failure;
  }

  /** Bytes of unanswered requests. */
  get bytesUnderWay(): number {
    return this.#bytesUnderWay;
  }

  /** @throws TesseraError: the server's answer; UNAVAILABLE when the connection breaks or hangs; OVERLOADED */
  request<Reply>(request: DataRequest<Reply>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#waiting.length >= REQUESTS_WAITING_MAX) {
        throw new TesseraError('OVERLOADED', `${REQUESTS_WAITING_MAX} requests wait for ${this.#peer.title} already`);
      }
      this.#bytesUnderWay += request.bytes;
      const expiresAtMs = this.#clock.monotonicMs() + this.answerMsMax;
      this.#waiting.push({ request, expiresAtMs, resolve: resolve as (reply: unknown) => void, reject });
      this.#pump();
      if (this.#sweep === undefined) this.#armSweep();
    });
  }

  /** Drops the connection; unanswered requests fail with the reason. */
  destroy(reason: TesseraError): void {
    this.#fail(reason);
    this.#connection?.destroy();
  }

  async #hello(): Promise<void> {
    const { clusterId, clientName, server, title, diskId } = this.#peer;
    const header = v1.HelloRequest.encode({ protocolVersion: PROTOCOL_VERSION, clusterId, peer: clientName }).finish();
    const reply = await this.request({
      kind: FrameKind.HELLO,
      header,
      body: [],
      bytes: header.length,
      decode: (frame) => v1.HelloReply.decode(frame.header),
    });
    if (Buffer.compare(reply.clusterId, clusterId) !== 0) {
      throw new TesseraError('WRONG_CLUSTER', `${title} belongs to another cluster`);
    }
    if (reply.server !== server || (diskId.length > 0 && Buffer.compare(reply.diskId, diskId) !== 0)) {
      throw this.#unavailable(`server ${reply.server} answers at its address`);
    }
  }

  #pump(): void {
    while (this.#writable && this.#waiting.length > 0 && this.#pending.size < REQUESTS_IN_FLIGHT_MAX) {
      const pending = this.#waiting.shift() as Pending;
      const id = this.#takeId();
      const { kind, header, body } = pending.request;
      let bodyBytes = 0;
      for (const chunk of body) bodyBytes += chunk.length;
      this.#pending.set(id, pending);
      this.#outbox.push(encodeFrameHead(kind, 0, id, header, bodyBytes), ...body);
    }
    if (this.#outbox.length === 0 || this.#flushQueued) return;
    this.#flushQueued = true;
    // What this turn of the event loop asks for leaves in one system call.
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushQueued = false;
    const chunks = this.#outbox;
    this.#outbox = [];
    if (this.#failure === undefined && this.#connection?.write(chunks) === false) this.#writable = false;
  }

  #takeId(): number {
    while (this.#pending.has(this.#nextId)) this.#nextId = (this.#nextId + 1) >>> 0;
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    return id;
  }

  #receive(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#decoder.push(chunk, (frame) => this.#take(frame));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.destroy(this.#unavailable(`its reply is malformed: ${message}`, error));
    }
  }

  #take(frame: Frame): void {
    const pending = this.#pending.get(frame.requestId);
    if (pending === undefined || pending.request.kind !== frame.kind || (frame.flags & FRAME_FLAG_REPLY) === 0) {
      throw new FrameError(`kind ${frame.kind}, flags ${frame.flags}, id ${frame.requestId} answers no request`);
    }
    const failed = (frame.flags & FRAME_FLAG_ERROR) !== 0;
    const reply = failed ? fromWireError(v1.Error.decode(frame.header)) : pending.request.decode(frame);
    this.#pending.delete(frame.requestId);
    this.#bytesUnderWay -= pending.request.bytes;
    if (failed) pending.reject(reply as TesseraError);
    else pending.resolve(reply);
    this.#pump();
  }

  #armSweep(): void {
    this.#sweep = this.#clock.schedule(REQUEST_SWEEP_MS, () => {
      this.#sweep = undefined;
      if (this.#failure !== undefined || (this.#pending.size === 0 && this.#waiting.length === 0)) return;
      const nowMs = this.#clock.monotonicMs();
      for (const pending of [...this.#pending.values(), ...this.#waiting]) {
        if (pending.expiresAtMs > nowMs) continue;
        this.destroy(this.#unavailable(`no answer within ${this.answerMsMax} ms`));
        return;
      }
      this.#armSweep();
    });
  }

  #fail(error: TesseraError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#sweep?.cancel();
    const unanswered = [...this.#pending.values(), ...this.#waiting];
    this.#pending.clear();
    this.#waiting = [];
    this.#outbox = [];
    this.#bytesUnderWay = 0;
    for (const pending of unanswered) pending.reject(error);
  }

  #unavailable(why: string, cause?: unknown): TesseraError {
    return new TesseraError('UNAVAILABLE', `${this.#peer.title}: ${why}`, cause === undefined ? {} : { cause });
  }
}

/** Not zeroed: the decoder fills all of it. */
function allocateBody(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}
