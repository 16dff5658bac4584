import type { Connection, ConnectionEvents, NetworkError } from '@tessera/env';
import { encodeFrameHead, FrameDecoder, FrameError } from '@tessera/protocol';
import type { Channel, ChannelEvents } from './channel.js';
import { RANK_BODY_BYTES_MAX, RANK_HEADER_BYTES_MAX, RANK_HELLO_BYTES_MAX } from './limits.js';
import type { Message } from './message.js';
import { decodeFields, encodeFields } from './message.js';

/**
 * A channel over one connection, in the data plane's frames. Until `trust` is called the other side may be anybody, and
 * gets no memory but for a small header.
 */
export class FramedChannel implements Channel {
  /** For the connection, which there is only after it has been asked for its events. */
  readonly connectionEvents: ConnectionEvents;
  readonly #decoder: FrameDecoder;
  #events: ChannelEvents;
  #connection: Connection | undefined;
  #trusted = false;
  #closed = false;
  #failure: Error | undefined;
  #waiting: (() => void)[] = [];

  constructor(events: ChannelEvents) {
    this.#events = events;
    this.#decoder = new FrameDecoder({
      allocate: (bytes) => this.#allocate(bytes, 'body', this.#trusted ? RANK_BODY_BYTES_MAX : 0),
      allocateHeader: (bytes) =>
        this.#allocate(bytes, 'header', this.#trusted ? RANK_HEADER_BYTES_MAX : RANK_HELLO_BYTES_MAX),
    });
    this.connectionEvents = {
      data: (chunk) => this.#receive(chunk),
      drain: () => this.#release(),
      close: (error) => this.#close(error),
    };
  }

  attach(connection: Connection): void {
    this.#connection = connection;
  }

  /** The other side has said who it is: from now on these hear of it. */
  trust(events: ChannelEvents): void {
    this.#events = events;
    this.#trusted = true;
  }

  get remote(): string {
    return this.#connection?.remote ?? 'unknown';
  }

  async send({ kind, fields, body }: Message): Promise<void> {
    if (this.#closed) return;
    const head = encodeFrameHead(kind, 0, 0, encodeFields(fields), body.length);
    const takesMore = this.#connection?.write(body.length === 0 ? [head] : [head, body]) ?? false;
    if (takesMore || this.#closed || this.#connection?.queuedBytes === 0) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    this.#connection?.end();
  }

  destroy(): void {
    this.#connection?.destroy();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#decoder.push(chunk, ({ kind, header, body }) => {
        this.#events.message({ kind, fields: decodeFields(header), body });
      });
    } catch (error) {
      this.#failure = error instanceof Error ? error : new FrameError(String(error));
      this.destroy();
    }
  }

  #close(error: NetworkError | undefined): void {
    this.#closed = true;
    this.#release();
    const cutOff = this.#decoder.isMidFrame ? new FrameError('the connection ended inside a message') : undefined;
    this.#events.close(this.#failure ?? error ?? cutOff);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #allocate(bytes: number, what: string, bytesMax: number): Uint8Array {
    if (bytes > bytesMax) throw new FrameError(`a ${what} of ${bytes} bytes; at most ${bytesMax} are allowed here`);
    return new Uint8Array(bytes);
  }
}
