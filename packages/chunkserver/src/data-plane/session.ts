import type { Clock, Connection, ConnectionEvents, NetworkError, Timer } from '@tessera/env';
import {
  encodeFrameHead,
  FRAME_FLAG_ERROR,
  FRAME_FLAG_REPLY,
  type Frame,
  FrameDecoder,
  FrameError,
  FrameKind,
  TesseraError,
  toWireError,
  v1,
} from '@tessera/protocol';
import type { ByteBudget, Share } from './byte-budget.js';
import { answerHello } from './hello.js';
import { type DataPlaneLimits, HELLO_MS_MAX, STALL_MS_MAX } from './limits.js';
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
  budget: ByteBudget;
  limits: DataPlaneLimits;
  connection: Connection;
  /** The connection was closed because of its peer. */
  onFault: (remote: string, peer: string, reason: string) => void;
  /** Something unexpected happened to a request. */
  onBug: (error: unknown) => void;
  onClosed: (session: Session) => void;
  /** Buffers wait for their bytes to be sent. */
  onPending: () => void;
}

const EMPTY = new Uint8Array(0);

/** One connection of a peer: its requests in work, its replies on their way, and what it may hold of memory. */
export class Session implements ConnectionEvents {
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #decoder: FrameDecoder;
  readonly #gate: ReadGate;
  readonly #outbox: Outbox;
  readonly #shares = new Set<Share>();
  #helloTimer: Timer | undefined;
  #state: 'hello' | 'open' | 'ending' | 'closed' = 'hello';
  #peer = '';
  #requests = 0;
  #backlog: { frame: Frame; share: Share | undefined }[] = [];
  #bodyBytes = 0;
  /** Of the body being received. */
  #incoming: Share | undefined;
  #lastDataMs: number;
  #lastSentMs: number;
  #lastSentBytes = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#decoder = new FrameDecoder({ allocate: (bytes) => this.#allocate(bytes) });
    this.#gate = new ReadGate(options.connection);
    this.#outbox = new Outbox(options.connection, (isLong) => this.#gate.set('replies', isLong));
    this.#lastDataMs = options.clock.monotonicMs();
    this.#lastSentMs = this.#lastDataMs;
    this.#helloTimer = options.clock.schedule(HELLO_MS_MAX, () => {
      this.#helloTimer = undefined;
      this.#abort(`no HELLO within ${HELLO_MS_MAX} ms`);
    });
  }

  data(chunk: Uint8Array): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#lastDataMs = this.#options.clock.monotonicMs();
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
    this.#outbox.drop();
    for (const share of this.#shares) share.release();
    this.#shares.clear();
    this.#backlog = [];
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

  #allocate(bytes: number): Uint8Array {
    if (this.#state !== 'open') throw new FrameError('a body before HELLO');
    const share = this.#request(bytes, () => this.#gate.set('body', false));
    this.#incoming = share;
    if (share.isGranted) return this.#options.service.pool.acquire(bytes);
    // Its pages cost no memory before bytes arrive, and none do while the connection is not read.
    this.#gate.set('body', true);
    return new Uint8Array(bytes);
  }

  #frame(frame: Frame): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    const share = this.#incoming;
    this.#incoming = undefined;
    if (frame.flags !== 0) throw new FrameError(`flags ${frame.flags} in a request`);
    if (frame.kind !== FrameKind.WRITE && frame.body.length > 0)
      throw new FrameError(`a body in a frame of kind ${frame.kind}`);
    if (this.#state === 'hello') {
      if (frame.kind !== FrameKind.HELLO) throw new FrameError(`a frame of kind ${frame.kind} before HELLO`);
      this.#hello(frame);
      return;
    }
    if (frame.kind === FrameKind.HELLO) throw new FrameError('a second HELLO');
    this.#backlog.push({ frame, share });
    this.#startRequests();
  }

  /** Starts what has come, up to the limit; the rest of a chunk waits its turn, and further chunks are not read. */
  #startRequests(): void {
    const { requestsPerConnectionMax } = this.#options.limits;
    while (this.#requests < requestsPerConnectionMax && this.#backlog.length > 0) {
      const { frame, share } = this.#backlog.shift() as { frame: Frame; share: Share | undefined };
      this.#requests++;
      void this.#serve(frame, share);
    }
    this.#gateIfOpen('requests', this.#requests >= requestsPerConnectionMax);
  }

  #hello(frame: Frame): void {
    this.#helloTimer?.cancel();
    this.#helloTimer = undefined;
    try {
      const { peer, reply } = answerHello(frame.header, this.#options.service.identity.current);
      this.#peer = peer;
      this.#state = 'open';
      this.#reply(frame, { header: reply, body: [] });
    } catch (error) {
      if (!(error instanceof TesseraError)) throw error;
      this.#refuse(frame, error);
      this.#outbox.flush();
      this.#state = 'ending';
      this.#options.onFault(this.#connection.remote, this.#peer, error.message);
      this.#connection.end();
    }
  }

  async #serve(frame: Frame, share: Share | undefined): Promise<void> {
    let isTaken = false;
    const onTaken = () => {
      if (isTaken) return;
      isTaken = true;
      this.#options.service.pool.release(frame.body);
      share?.release();
    };
    try {
      const reply = await this.#answer(frame, onTaken);
      this.#reply(frame, reply);
    } catch (error) {
      if (error instanceof FrameError) this.#abort(error.message);
      else {
        if (!(error instanceof TesseraError)) this.#options.onBug(error);
        this.#refuse(frame, TesseraError.from(error));
      }
    } finally {
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
        return serveDescribe(service, frame.header);
      case FrameKind.DELETE:
        return serveDelete(service, frame.header);
      default:
        throw new TesseraError('UNIMPLEMENTED', `this chunkserver knows no request of kind ${frame.kind}`);
    }
  }

  #admit(bytes: number): Promise<Share> {
    return new Promise((resolve) => {
      const share = this.#request(bytes, () => resolve(share));
      if (share.isGranted) resolve(share);
    });
  }

  /** A share of the server's memory that counts for this connection too, until it is released. */
  #request(bytes: number, onGranted: () => void): Share {
    const share = this.#options.budget.request(bytes, onGranted);
    let isReleased = false;
    const counted: Share = {
      bytes,
      get isGranted() {
        return share.isGranted;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#shares.delete(counted);
        this.#bodyBytes -= bytes;
        this.#gateIfOpen('bytes', this.#bodyBytes >= this.#options.limits.bodyBytesPerConnectionMax);
        share.release();
      },
    };
    this.#shares.add(counted);
    this.#bodyBytes += bytes;
    this.#gateIfOpen('bytes', this.#bodyBytes >= this.#options.limits.bodyBytesPerConnectionMax);
    return counted;
  }

  #gateIfOpen(reason: 'requests' | 'bytes', held: boolean): void {
    if (this.#state === 'open') this.#gate.set(reason, held);
  }

  #reply(frame: Frame, { header, body, onSent }: Reply): void {
    if (this.#state !== 'open') {
      onSent?.();
      return;
    }
    const bodyBytes = body.reduce((sum, chunk) => sum + chunk.length, 0);
    const head = encodeFrameHead(frame.kind, FRAME_FLAG_REPLY, frame.requestId, header, bodyBytes);
    this.#outbox.send([head, ...body], onSent);
    if (onSent) this.#options.onPending();
  }

  #refuse(frame: Frame, error: TesseraError): void {
    if (this.#state !== 'open' && this.#state !== 'hello') return;
    const header = v1.Error.encode(toWireError(error)).finish();
    const flags = FRAME_FLAG_REPLY | FRAME_FLAG_ERROR;
    this.#outbox.send([encodeFrameHead(frame.kind, flags, frame.requestId, header, EMPTY.length)]);
  }

  /** The peer broke the rules: nothing it says can be trusted any more. */
  #abort(reason: string): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#state = 'ending';
    this.#options.onFault(this.#connection.remote, this.#peer, reason);
    this.#connection.destroy();
  }
}
