import type { Message } from './message.js';

/** What a channel tells its owner. `close` comes exactly once and last; `error` is unset for a clean end. */
export interface ChannelEvents {
  /** The message is the receiver's to keep. */
  message(message: Message): void;
  close(error?: Error): void;
}

/** Messages between two ranks, in order, each whole or not at all. */
export interface Channel {
  /**
   * Queues the message, whose body must not change until the other side has it, and resolves once the channel takes
   * more. On a closed channel it does nothing: `close` has said so.
   */
  send(message: Message): Promise<void>;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Drops what is queued and closes now. */
  destroy(): void;
}
