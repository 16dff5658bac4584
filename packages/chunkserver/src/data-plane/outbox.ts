import type { Connection } from '@tessera/env';

/**
 * Replies on their way out of a connection. Those of one turn of the event loop leave together. A connection owns the
 * chunks it was given until they are sent; since it is an ordered stream, whatever was written and is not in its queue
 * any more has been sent: that is when `onSent` is called, at the next `reclaim` (after each write; and by the owner).
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #onBacklog: (isLong: boolean) => void;
  readonly #onPending: () => void;
  #chunks: Uint8Array[] = [];
  #flushing = false;
  /** Bytes handed to the connection so far. */
  #writtenBytes = 0;
  /** Bytes handed over or about to be. */
  #queuedUpTo = 0;
  readonly #unsent: { upTo: number; onSent: () => void }[] = [];

  readonly #onWritten: (bytes: number) => void;

  /** `onPending` is called when `onSent` calls are outstanding after a write: somebody must `reclaim` later. */
  constructor(
    connection: Connection,
    onBacklog: (isLong: boolean) => void,
    onPending: () => void,
    onWritten: (bytes: number) => void = () => {},
  ) {
    this.#connection = connection;
    this.#onBacklog = onBacklog;
    this.#onPending = onPending;
    this.#onWritten = onWritten;
  }

  /** Whether `onSent` calls are outstanding. */
  get isPending(): boolean {
    return this.#unsent.length > 0;
  }

  /** Bytes that have left so far. */
  get sentBytes(): number {
    return this.#writtenBytes - this.#connection.queuedBytes;
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): void {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#queuedUpTo += chunk.length;
    }
    if (onSent) this.#unsent.push({ upTo: this.#queuedUpTo, onSent });
    if (this.#flushing) return;
    this.#flushing = true;
    void Promise.resolve().then(() => this.flush());
  }

  /** Hands what is collected to the connection now. */
  flush(): void {
    this.#flushing = false;
    if (this.#chunks.length === 0) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#onWritten(this.#queuedUpTo - this.#writtenBytes);
    this.#writtenBytes = this.#queuedUpTo;
    if (!this.#connection.write(chunks)) this.#onBacklog(true);
    // What the system takes at once, as it does small replies, is sent by now.
    this.reclaim();
    if (this.isPending) this.#onPending();
  }

  /** The connection's queue has emptied. */
  drained(): void {
    this.#onBacklog(false);
    this.reclaim();
  }

  /** Lets go of what has been sent. */
  reclaim(): void {
    if (this.#unsent.length === 0) return;
    const { sentBytes } = this;
    while (this.#unsent.length > 0 && (this.#unsent[0] as { upTo: number }).upTo <= sentBytes)
      this.#unsent.shift()?.onSent();
  }

  /** The connection is gone: the rest will not be sent, and nobody else reads it. */
  drop(): void {
    this.#chunks = [];
    for (const { onSent } of this.#unsent.splice(0)) onSent();
  }
}
