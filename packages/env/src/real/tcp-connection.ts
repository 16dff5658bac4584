import type { Socket } from 'node:net';
import { formatAddress } from '../address.js';
import { CONNECTION_QUEUED_BYTES_MARK } from '../limits.js';
import type { Connection, ConnectionEvents } from '../network.js';
import { connectionErrorFrom } from './network-errors.js';

/** After `end` a peer has this long to close its side; then the connection is dropped. */
const LINGER_MS = 5_000;

/** Node's options for sockets on either side: no Nagle delay, and dead peers are noticed. */
export const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 15_000,
} as const;

/**
 * A connected socket. `attach` gives it its owner, once, before the event loop turns. The mark of its queue is kept here:
 * the socket's own marks stay as Node has them, since the one for reading is what a paused socket takes in all the same.
 */
export class TcpConnection implements Connection {
  readonly remote: string;
  readonly #socket: Socket;
  #overMark = false;
  #ended = false;
  #error: Error | undefined;
  #events: ConnectionEvents | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = formatAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
  }

  attach(events: ConnectionEvents): void {
    const socket = this.#socket;
    this.#events = events;
    socket.on('drain', () => {
      if (!this.#overMark) return;
      this.#overMark = false;
      events.drain();
    });
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.once('close', () => {
      this.#ended = true;
      events.close(this.#error && connectionErrorFrom(this.#error, this.remote));
    });
  }

  /** Bytes came; they are overwritten after this. */
  received(bytes: Uint8Array): void {
    if (!this.#ended) this.#events?.data(bytes);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (this.#ended || !socket.writable) return false;
    if (chunks.length === 1) {
      socket.write(chunks[0] as Uint8Array);
    } else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
    this.#overMark = socket.writableLength >= CONNECTION_QUEUED_BYTES_MARK;
    return !this.#overMark;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const socket = this.#socket;
    socket.end();
    socket.resume();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(linger));
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}
