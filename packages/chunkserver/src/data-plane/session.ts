import type { Clock, Connection, ConnectionEvents, NetworkError, Timer } from '@tessera/env';
import {
  encodeFrameHead,
  FRAME_FLAG_ERROR,
  FRAME_FLAG_REPLY,
  type Frame,
  FrameDecoder,
  FrameError,
  FrameKind,
  HELLO_HEADER_BYTES_MAX,
  REQUEST_HEADER_BYTES_MAX,
  TesseraError,
  toWireError,
  v1,
} from '@tessera/protocol';
import type { ByteBudget } from './byte-budget.js';
import { ConnectionMemory, type HeldMemory } from './connection-memory.js';
import { answerHello } from './hello.js';
import { type DataPlaneLimits, HELLO_MS_MAX, REQUEST_BYTES, STALL_MS_MAX } from './limits.js';
import type { DataPlaneMeter } from './meter.js';
import { Outbox } from './outbox.js';
import { ReadGate } from './read-gate.js';
import { serveDelete } from './serve-delete.js';
import { serveDescribe } from './serve-describe.js';
import { serveRead } from './serve-read.js';
import { serveWrite } from './serve-write.js';
import type { Reply, Service } from './service.js';

export interface SessionOptions {
  clock: Clock;
  service: Service;
  /** Memory for request and reply bodies. */
  bodies: ByteBudget;
  /** Memory for requests without their bodies. */
  headers: ByteBudget;
  limits: DataPlaneLimits;
  connection: Connection;
  /** The connection was closed because of its peer. */
  meter: DataPlaneMeter;
  onFault: (remote: string, peer: string, reason: string) => void;
  /** Something unexpected happened to a request. */
  onBug: (error: unknown) => void;
  onClosed: (session: Session) => void;
  /** Buffers wait for their bytes to be sent. */
  onPending: () => void;
}

/** A request that has come, and the memory it holds: until its body is taken, and until its reply is sent. */
interface Request {
  readonly frame: Frame;
  readonly head: HeldMemory;
  readonly body: HeldMemory | undefined;
}

/** One connection of a peer: its requests in work, its replies on their way, and what it may hold of memory. */
export class Session implements ConnectionEvents {
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #decoder: FrameDecoder;
  readonly #gate: ReadGate;
  readonly #outbox: Outbox;
  readonly #memory: ConnectionMemory;
  #helloTimer: Timer | undefined;
  #state: 'hello' | 'open' | 'ending' | 'closed' = 'hello';
  #peer = '';
  #requests = 0;
  #backlog: Request[] = [];
  /** Of the frame being received. */
  #incomingHead: HeldMemory | undefined;
  #incomingBody: HeldMemory | undefined;
  #lastDataMs: number;
  #lastSentMs: number;
  #lastSentBytes = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#decoder = new FrameDecoder({
      allocateHeader: (bytes) => this.#allocateHeader(bytes),
      allocate: (bytes) => this.#allocateBody(bytes),
    });
    this.#gate = new ReadGate(options.connection);
    this.#memory = new ConnectionMemory(this.#gate, options.limits.bytesPerConnectionMax);
    this.#outbox = new Outbox(
      options.connection,
      (isLong) => this.#gate.set('replies', isLong),
      () => options.onPending(),
      (bytes) => {
        options.meter.sentBytes += bytes;
      },
    );
    this.#lastDataMs = options.clock.monotonicMs();
    this.#lastSentMs = this.#lastDataMs;
    this.#helloTimer = options.clock.schedule(HELLO_MS_MAX, () => {
      this.#helloTimer = undefined;
      this.#abort(`no HELLO within ${HELLO_MS_MAX} ms`);
    });
  }

  data(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#lastDataMs = this.#options.clock.monotonicMs();
    this.#options.meter.receivedBytes += chunk.length;
    this.#outbox.reclaim();
    try {
      this.#decoder.push(chunk, (frame) => this.#frame(frame));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#abort(error.message);
    }
  }

  drain(): void {
    this.#outbox.drained();
  }

  close(_error?: NetworkError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#helloTimer?.cancel();
    this.#gate.end();
    this.#outbox.drop();
    this.#memory.end();
    // Requests in work hold their bodies, and so their memory, until they are done.
    this.#incomingHead?.release();
    this.#incomingBody?.release();
    for (const { head, body } of this.#backlog.splice(0)) {
      head.release();
      body?.release();
    }
    this.#options.onClosed(this);
  }

  /** Gives back the buffers of replies that were sent; returns whether some are still on their way. */
  reclaim(): boolean {
    this.#outbox.reclaim();
    return this.#outbox.isPending && this.#state !== 'closed';
  }

  /** Ends the connection if its peer neither finishes its frame nor takes its replies. */
  checkStall(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const { sentBytes } = this.#outbox;
    if (sentBytes !== this.#lastSentBytes || this.#connection.queuedBytes === 0) {
      this.#lastSentBytes = sentBytes;
      this.#lastSentMs = nowMs;
    }
    // While we do not read, silence is not the peer's fault.
    if (this.#gate.isHeld) this.#lastDataMs = nowMs;
    if (nowMs - this.#lastSentMs > STALL_MS_MAX) this.#abort(`it has taken no reply for ${STALL_MS_MAX} ms`);
    else if (this.#decoder.isMidFrame && nowMs - this.#lastDataMs > STALL_MS_MAX) {
      this.#abort(`it has begun a frame and sent nothing for ${STALL_MS_MAX} ms`);
    }
  }

  get #isOver(): boolean {
    return this.#state === 'ending' || this.#state === 'closed';
  }

  #allocateHeader(bytes: number): Uint8Array {
    if (this.#isOver) throw new FrameError('the connection is ending');
    const bytesMax = this.#state === 'open' ? REQUEST_HEADER_BYTES_MAX : HELLO_HEADER_BYTES_MAX;
    if (bytes > bytesMax) throw new FrameError(`a header of ${bytes} bytes; at most ${bytesMax} are allowed here`);
    this.#incomingHead = this.#memory.forIncoming(this.#options.headers, REQUEST_BYTES + bytes);
    return new Uint8Array(bytes);
  }

  #allocateBody(bytes: number): Uint8Array {
    if (this.#state !== 'open') throw new FrameError('a body before HELLO');
    this.#incomingBody = this.#memory.forIncoming(this.#options.bodies, bytes);
    // While the connection is not read the pages of a fresh buffer cost no memory; one from the pool would be withheld.
    return this.#memory.isWaiting ? new Uint8Array(bytes) : this.#options.service.pool.acquire(bytes);
  }

  #frame(frame: Frame): void {
    if (this.#isOver) return;
    if (frame.flags !== 0) throw new FrameError(`flags ${frame.flags} in a request`);
    if (frame.kind !== FrameKind.WRITE && frame.body.length > 0)
      throw new FrameError(`a body in a frame of kind ${frame.kind}`);
    if (this.#state === 'hello') {
      if (frame.kind !== FrameKind.HELLO) throw new FrameError(`a frame of kind ${frame.kind} before HELLO`);
      this.#hello(frame);
      this.#incomingHead?.release();
      return;
    }
    if (frame.kind === FrameKind.HELLO) throw new FrameError('a second HELLO');
    this.#backlog.push({ frame, head: this.#incomingHead as HeldMemory, body: this.#incomingBody });
    this.#incomingHead = undefined;
    this.#incomingBody = undefined;
    this.#startRequests();
  }

  /** Starts what has come, up to the limit; the rest of a chunk waits its turn, and further chunks are not read. */
  #startRequests(): void {
    const { requestsPerConnectionMax } = this.#options.limits;
    while (this.#requests < requestsPerConnectionMax && this.#backlog.length > 0) {
      this.#requests++;
      void this.#serve(this.#backlog.shift() as Request);
    }
    this.#gate.set('requests', this.#requests >= requestsPerConnectionMax);
  }

  #hello(frame: Frame): void {
    this.#helloTimer?.cancel();
    this.#helloTimer = undefined;
    try {
      const { peer, reply } = answerHello(frame.header, this.#options.service.identity.current);
      this.#peer = peer;
      this.#state = 'open';
      this.#reply(frame, { header: reply, body: [] }, () => {});
    } catch (error) {
      if (!(error instanceof TesseraError)) throw error;
      this.#refuse(frame, error, () => {});
      this.#outbox.flush();
      this.#gate.end();
      this.#state = 'ending';
      this.#options.onFault(this.#connection.remote, this.#peer, error.message);
      this.#connection.end();
    }
  }

  async #serve({ frame, head, body }: Request): Promise<void> {
    const { clock, meter } = this.#options;
    const startMs = clock.monotonicMs();
    let code: string | undefined;
    let isTaken = false;
    const onTaken = () => {
      if (isTaken) return;
      isTaken = true;
      this.#options.service.pool.release(frame.body);
      body?.release();
    };
    const onSent = () => head.release();
    try {
      const reply = await this.#answer(frame, onTaken);
      this.#reply(frame, reply, onSent);
    } catch (error) {
      code = error instanceof FrameError ? 'BAD_FRAME' : TesseraError.from(error).code;
      if (error instanceof FrameError) {
        onSent();
        this.#abort(error.message);
      } else {
        if (!(error instanceof TesseraError)) this.#options.onBug(error);
        this.#refuse(frame, TesseraError.from(error), onSent);
      }
    } finally {
      meter.answered(frame.kind, code, clock.monotonicMs() - startMs);
      onTaken();
      this.#requests--;
      if (this.#state === 'open') this.#startRequests();
    }
  }

  #answer(frame: Frame, onTaken: () => void): Promise<Reply> {
    const { service } = this.#options;
    switch (frame.kind) {
      case FrameKind.WRITE:
        return serveWrite(service, frame.header, frame.body, onTaken);
      case FrameKind.READ:
        return serveRead(service, frame.header, (bytes) => this.#admit(bytes));
      case FrameKind.DESCRIBE:
        return serveDescribe(service, frame.header, (bytes) => this.#admit(bytes));
      case FrameKind.DELETE:
        return serveDelete(service, frame.header);
      default:
        throw new TesseraError('UNIMPLEMENTED', `this chunkserver knows no request of kind ${frame.kind}`);
    }
  }

  async #admit(bytes: number): Promise<HeldMemory> {
    const memory = await this.#memory.forReply(this.#options.bodies, bytes);
    if (memory === undefined) throw new TesseraError('CANCELLED', 'the connection has ended');
    return memory;
  }

  #reply(frame: Frame, { header, body, onSent }: Reply, onRequestSent: () => void): void {
    const sent = () => {
      onSent?.();
      onRequestSent();
    };
    if (this.#state !== 'open') {
      sent();
      return;
    }
    let bodyBytes = 0;
    for (const chunk of body) bodyBytes += chunk.length;
    const head = encodeFrameHead(frame.kind, FRAME_FLAG_REPLY, frame.requestId, header, bodyBytes);
    this.#outbox.send([head, ...body], sent);
  }

  #refuse(frame: Frame, error: TesseraError, onSent: () => void): void {
    if (this.#state !== 'open' && this.#state !== 'hello') {
      onSent();
      return;
    }
    const header = v1.Error.encode(toWireError(error)).finish();
    const flags = FRAME_FLAG_REPLY | FRAME_FLAG_ERROR;
    this.#outbox.send([encodeFrameHead(frame.kind, flags, frame.requestId, header, 0)], onSent);
  }

  /** The peer broke the rules: nothing it says can be trusted any more. */
  #abort(reason: string): void {
    if (this.#isOver) return;
    this.#state = 'ending';
    this.#options.onFault(this.#connection.remote, this.#peer, reason);
    this.#connection.destroy();
  }
}
